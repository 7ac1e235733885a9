//! The API's endpoints, one file per resource.

pub mod approve;
pub mod end_users;
pub mod history;
mod launch;
pub mod messages;
pub mod stream;
pub mod tasks;
pub mod token;
pub mod views;
pub mod widget_config;
