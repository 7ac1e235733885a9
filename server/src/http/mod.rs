//! The only room that speaks HTTP: routes, what is taken out of requests, what answers look like.

mod answer;
mod api;
mod console;
mod cors;
mod docs;
mod error;
mod extract;
mod health;
mod limits;
pub mod listener;
mod observe;
pub mod openapi;
mod routes;
mod sse_body;
mod state;
mod unread;
pub mod widget_files;

pub use console::list_guarded_pages as list_guarded_console_pages;
pub use limits::Limits;
pub use routes::router;
pub use state::{AppState, Parts};
