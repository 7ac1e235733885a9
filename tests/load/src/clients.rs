//! Those who load a server.

pub mod chats;
pub mod exchange;

mod answer;
mod connection;
mod credentials;
