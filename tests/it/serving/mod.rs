//! The process: how it starts, stops, survives, and what it tells whoever watches over it.

mod approvals;
mod changes;
mod crash;
mod documents;
mod health;
mod settings;
mod shutdown;
