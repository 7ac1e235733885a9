//! The Console over HTTP: who gets in, who may do what, and what a page never says.

mod cross_site;
mod first_account;
mod looking;
mod pages;
mod sessions;
