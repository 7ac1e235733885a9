//! JSON bodies: of the right type, not too large, and with errors that name the field.

use super::{super::error::HttpError, surrogates};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use serde::de::DeserializeOwned;
use sigmic_shared::{ApiError, ErrorCode};

/// The bytes of a body declared as JSON.
pub struct RawJson(pub Bytes);

/// A JSON body as the type it should be.
pub struct ValidJson<T>(pub T);

impl<S: Send + Sync> FromRequest<S> for RawJson {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        if !is_json(request.headers()) {
            return Err(unsupported("Send the body as application/json."));
        }
        Ok(Self(read(request, state).await?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ValidJson<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let RawJson(bytes) = RawJson::from_request(request, state).await?;
        Ok(Self(parse_json(&bytes)?))
    }
}

/// Reads JSON; the refusal names the field that is wrong.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mended = surrogates::mend(bytes);
    let mut reader = serde_json::Deserializer::from_slice(&mended);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        match cause.classify() {
            serde_json::error::Category::Data if path != "." => {
                ApiError::validation(format!("The field {path} is not as it should be: {}.", reason(&cause)))
            }
            serde_json::error::Category::Data => {
                ApiError::validation(format!("The body is not as it should be: {}.", reason(&cause)))
            }
            _ => not_json(),
        }
    })?;
    reader.end().map_err(|_| not_json())?;
    Ok(value)
}

/// The whole body, if it is not too large.
pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, HttpError> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(cause) if cause.status().as_u16() == 413 => too_large(),
        _ => ApiError::validation("The body could not be read to its end.").into(),
    })
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|mime| {
        mime.type_() == mime::APPLICATION && (mime.subtype() == mime::JSON || mime.suffix() == Some(mime::JSON))
    })
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<mime::Mime> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.parse().ok()
}

pub(super) fn unsupported(message: &'static str) -> HttpError {
    ApiError::new(ErrorCode::UnsupportedMediaType, message).into()
}

pub(super) fn too_large() -> HttpError {
    ApiError::new(ErrorCode::PayloadTooLarge, "The body is larger than 1 MiB.").into()
}

fn not_json() -> ApiError {
    ApiError::validation("The body is not valid JSON.")
}

/// What serde says, without the value it met: that may be a secret in the wrong field.
fn reason(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match (text.strip_prefix("invalid type: "), text.strip_prefix("invalid value: ")) {
        (Some(rest), _) | (_, Some(rest)) => rest
            .rsplit_once(", expected ")
            .map_or("of the wrong type".to_owned(), |(_, expected)| format!("expected {expected}")),
        _ if text.starts_with("missing field") => text.to_owned(),
        _ => "of the wrong type".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigmic_shared::task::{CreateTaskRequest, FollowUpRequest};

    #[test]
    fn a_refusal_names_the_field_and_repeats_no_value() {
        for (json, message) in [
            (r#"{"message":5}"#, "The field message is not as it should be: expected a string."),
            (
                r#"{"message":"m","env":{"A":"secret-1","B":["secret-2"]}}"#,
                "The field env.B is not as it should be: expected a string.",
            ),
            (
                r#"{"message":"m","showInHistory":"secret-3"}"#,
                "The field showInHistory is not as it should be: expected a boolean.",
            ),
            (r#"{}"#, "The body is not as it should be: missing field `message`."),
            (r#""secret-4""#, "The body is not as it should be: expected struct CreateTaskRequest."),
            (r#"{"message":"m"} x"#, "The body is not valid JSON."),
            (r#"{"message":"#, "The body is not valid JSON."),
            ("", "The body is not valid JSON."),
            ("\u{feff}{}", "The body is not valid JSON."),
        ] {
            assert_eq!(parse_json::<CreateTaskRequest>(json.as_bytes()).unwrap_err().message, message, "{json}");
        }
        assert!(parse_json::<FollowUpRequest>(b"{\"message\":\"\xff\"}").is_err());
    }

    #[test]
    fn json_is_told_by_its_content_type() {
        for (value, json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("text/json", false),
            ("", false),
        ] {
            let headers = [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
            assert_eq!(is_json(&headers), json, "{value}");
        }
    }
}
