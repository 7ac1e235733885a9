//! The one definition of everything Sigmic puts on the wire.
//!
//! The server, the widget and the tests all use these types, so a field renamed here is renamed
//! everywhere or nothing compiles. The crate needs nothing but serde and builds for WebAssembly.

pub mod envelope;
pub mod error;
pub mod host_events;
pub mod ids;
pub mod json;
pub mod message;
pub mod routes;
pub mod sse;
pub mod stream;
pub mod task;
pub mod time;
pub mod token;
pub mod tool_call;
pub mod widget;

pub use error::{ApiError, ErrorCode, RunErrorCode};
pub use ids::{AppId, CallId, EndUserId, MessageId, TaskId};
pub use message::{AttachedFile, Message, Role, Thought};
pub use stream::StreamEvent;
pub use task::TaskStatus;
pub use time::Timestamp;
pub use tool_call::{ToolCall, ToolCallStatus};
