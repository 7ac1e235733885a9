//! `GET /tasks/{id}/stream`, and the stream that a `POST` answers with.

mod conversation;
mod cuts;
mod heartbeat;
mod model_failures;
mod resume;
mod watchers;
mod wire;
