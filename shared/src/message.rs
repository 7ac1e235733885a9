//! Messages of a conversation, as history and streams carry them.

use crate::{MessageId, Timestamp, ToolCall, ids::UnknownName};
use serde::{Deserialize, Serialize};

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The end user, or whoever holds the API key.
    User,
    /// The agent.
    Assistant,
}

impl Role {
    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl TryFrom<String> for Role {
    type Error = UnknownName;

    fn try_from(text: String) -> Result<Self, UnknownName> {
        match text.as_str() {
            "user" => Ok(Self::User),
            "assistant" => Ok(Self::Assistant),
            _ => Err(UnknownName(text)),
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub role: Role,
    /// Its text; an answer is markdown.
    pub content: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Files sent with it; user messages only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_files: Vec<AttachedFile>,
    /// What the model said of its reasoning; answers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thoughts: Vec<Thought>,
    /// Tools the answer used, in the order they were called; answers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttachedFile {
    /// The file's name as it was uploaded.
    pub name: String,
    /// Where it lies in the task's workspace.
    pub path: String,
}

/// One piece of the model's reasoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thought {
    /// A few words.
    pub subject: String,
    /// The rest.
    pub description: String,
}
