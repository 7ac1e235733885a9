//! The Console over HTTP: who gets in, who may do what, and what a page never says.

mod cross_site;
mod first_account;
mod hostile;
mod looking;
mod pages;
mod roles;
mod secrets;
mod servers;
mod sessions;
