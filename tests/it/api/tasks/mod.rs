//! `/api/v1/tasks` and what lies below it, without the stream.

mod approve;
mod cancel;
mod create;
mod erase;
mod follow_up;
mod get;
mod history;
mod idempotency;
mod list;
mod rename;
mod strangers;
mod widget_config;
