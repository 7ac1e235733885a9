//! The Console: where an operator makes Widget Apps and looks after everything.
//!
//! Pages are made on the server. `table` says who may open which, and `access` sees to it before a handler is asked;
//! handlers call the same functions as the command line.

mod access;
mod account;
mod apps;
mod audit;
mod conversations;
mod cookie;
mod failure;
mod files;
mod form;
mod health;
mod home;
mod keys;
mod overview;
mod page;
mod projects;
mod query;
mod same_origin;
mod setup;
mod sign_in;
mod table;
mod words;

pub use table::{list_guarded_pages, router};
