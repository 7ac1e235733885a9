//! What holds for every request.

mod cors;
mod hostile;
mod limits;
mod refusals;
mod request_ids;
