//! A message with what may come along, as JSON or as a multipart form.

use super::{
    super::error::HttpError,
    body::{self, is_json, unsupported},
    parse_json,
};
use axum::extract::{FromRequest, Multipart, Request, multipart::MultipartError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sigmic_shared::ApiError;

const LONGEST_MESSAGE: usize = 100_000;

/// What a task is created with, or followed up with. Fields that do not apply are simply absent.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskForm {
    message: Option<String>,
    /// Prepended to the project's system prompt.
    pub system_prompt: Option<String>,
    /// Whether lists made with a JWT show it.
    pub show_in_history: Option<bool>,
    /// Whether tools run without asking.
    pub auto_execute: Option<bool>,
    /// Checked where contexts are.
    pub env: Option<Value>,
    /// Checked where contexts are.
    pub secrets: Option<Value>,
}

/// A form and its message, checked, and a hash that is the same when the same is sent again.
pub struct Submitted {
    /// What came with the message.
    pub form: TaskForm,
    /// 1 to 100,000 characters, without NUL.
    pub message: String,
    /// SHA-256 over the path and the fields.
    pub hash: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let path = request.uri().path().to_owned();
        let form = read(request, state).await?;
        let mut hasher = Sha256::new_with_prefix(path);
        hasher.update(serde_json::to_vec(&form).map_err(|_| HttpError::internal())?);
        let message = checked_message(form.message.as_deref())?;
        Ok(Self { form, message, hash: hasher.finalize().to_vec() })
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<TaskForm, HttpError> {
    if is_json(request.headers()) {
        return Ok(parse_json(&body::read(request, state).await?)?);
    }
    match body::content_type(request.headers()) {
        Some(mime) if mime.type_() == mime::MULTIPART => {
            let parts = Multipart::from_request(request, state).await;
            let parts = parts.map_err(|_| ApiError::validation("The multipart form has no boundary."))?;
            read_multipart(parts).await
        }
        _ => Err(unsupported("Send application/json or multipart/form-data.")),
    }
}

async fn read_multipart(mut parts: Multipart) -> Result<TaskForm, HttpError> {
    let mut form = TaskForm::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "message" => form.message = Some(part.text().await.map_err(broken)?),
            "systemPrompt" => form.system_prompt = Some(part.text().await.map_err(broken)?),
            "showInHistory" => form.show_in_history = Some(boolean(&name, &part.text().await.map_err(broken)?)?),
            "autoExecute" => form.auto_execute = Some(boolean(&name, &part.text().await.map_err(broken)?)?),
            "env" | "secrets" => {
                return Err(ApiError::validation(format!("{name} can only be sent as application/json.")).into());
            }
            "files" => return Err(ApiError::validation("files: this server takes no files yet.").into()),
            _ => {}
        }
    }
    Ok(form)
}

fn boolean(field: &str, text: &str) -> Result<bool, ApiError> {
    text.parse().map_err(|_| ApiError::validation(format!("The field {field} has to be true or false.")))
}

fn broken(error: MultipartError) -> HttpError {
    if error.status().as_u16() == 413 {
        return body::too_large();
    }
    ApiError::validation("The multipart form is broken.").into()
}

fn checked_message(message: Option<&str>) -> Result<String, ApiError> {
    let message = message.ok_or_else(|| ApiError::validation("The field message is missing."))?;
    if message.trim().is_empty() {
        return Err(ApiError::validation("The field message is empty."));
    }
    if message.chars().nth(LONGEST_MESSAGE).is_some() {
        return Err(ApiError::validation("The field message is longer than 100,000 characters."));
    }
    Ok(message.replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_one_to_a_hundred_thousand_characters() {
        for (message, checked) in [
            (None, None),
            (Some(""), None),
            (Some(" \n"), None),
            (Some("a"), Some("a")),
            (Some(" a "), Some(" a ")),
            (Some("a\0b"), Some("a\u{fffd}b")),
            (Some(&*"ü".repeat(100_000)), Some(&*"ü".repeat(100_000))),
            (Some(&*"a".repeat(100_001)), None),
        ] {
            assert_eq!(checked_message(message).ok().as_deref(), checked);
        }
    }
}
