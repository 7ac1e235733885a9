//! What handlers take out of requests, checked.

mod authenticated;
mod body;
mod form;
mod idempotency;
mod pages;
mod path_id;
mod surrogates;

pub use authenticated::Authenticated;
pub use body::{RawJson, ValidJson, parse_json};
pub use form::Submitted;
pub use idempotency::IdempotencyHeader;
pub use pages::PageQuery;
pub use path_id::{PathCall, PathId};
