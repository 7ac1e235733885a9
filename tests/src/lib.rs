//! What the black-box tests stand on: the real server as a process of its own, a scripted model,
//! a real Postgres, a page on another origin, a real browser, and forged tokens and requests.
//!
//! Everything in here panics with a sentence when it cannot do its work: a test has no use for an
//! error it would only unwrap. Deadlines only turn a hang into a failure; nothing is measured.

pub mod browser;
pub mod client;
pub mod console;
pub mod installation;
pub mod jwt;
pub mod mcp;
pub mod model;
pub mod page;
pub mod postgres;
pub mod raw;
pub mod server;
pub mod stream;

use std::time::Duration;

/// How long anything a test waits for may take before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How often something that cannot be waited for is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks again and again until there is something to give. `what` is said when it never comes.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let found = async {
        loop {
            match look().await {
                Some(found) => return found,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    };
    tokio::time::timeout(DEADLINE, found).await.unwrap_or_else(|_| panic!("it never happened: {what}"))
}
