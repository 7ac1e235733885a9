//! The page around the chat: its configuration, its events, its storage, its window.

pub mod boot;
pub mod config;
pub mod console;
pub mod events;
pub mod page;
pub mod storage;

pub use boot::Boot;
pub use config::PageConfig;
