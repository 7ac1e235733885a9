//! What the black-box tests stand on: the real server as a process of its own, a scripted model,
//! a real Postgres, a page on another origin, and a real browser.
//!
//! Everything in here panics with a sentence when it cannot do its work: a test has no use for an
//! error it would only unwrap. Deadlines only turn a hang into a failure; nothing is measured.

pub mod browser;
pub mod client;
pub mod installation;
pub mod model;
pub mod page;
pub mod postgres;
pub mod server;
pub mod stream;

use std::time::Duration;

/// How long anything a test waits for may take before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(60);
