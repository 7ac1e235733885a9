//! The API, one module for each group of its endpoints.

mod auth;
mod conventions;
mod stream;
mod tasks;
mod token;
