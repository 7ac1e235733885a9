//! What a model's server means when it says no.
//!
//! Servers agree on the status for a bad key and for too many requests, and on little else, so
//! the error's code, type and message are looked at too. The same words come in the body of an
//! error reply and, from a server that had already answered 200, in the middle of a stream.

use super::retry_after;
use crate::llm::provider::{ModelError, ModelErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::borrow::Cow;

/// The most characters of an upstream's own words that go into a log.
const QUOTED_CHARS: usize = 300;

/// Finds out what an error means from its HTTP status, if it had one of its own, and its body.
pub fn classify(status: Option<u16>, body: &[u8], secret: Option<&SecretString>) -> ModelError {
    let complaint = Complaint::read(body);
    let status = status.filter(|status| *status >= 300).or_else(|| complaint.status());
    let mut detail = quote(&complaint.message, secret);
    if !complaint.codes.is_empty() {
        detail = format!("{detail} ({})", quote(&complaint.codes.join(", "), secret));
    }
    let mut error = ModelError::new(complaint.kind(status), detail);
    error.retry_after = complaint.retry_after.as_deref().and_then(retry_after::from_protobuf);
    error
}

/// An upstream's words as they may stand in a log: on one line, cut short, without the secret.
pub fn quote(text: &str, secret: Option<&SecretString>) -> String {
    let text = match secret.map(|secret| secret.expose_secret().trim()) {
        Some(secret) if !secret.is_empty() => Cow::Owned(text.replace(secret, "***")),
        _ => Cow::Borrowed(text),
    };
    let mut quoted = String::new();
    for (count, char) in text.trim().chars().enumerate() {
        if count == QUOTED_CHARS {
            quoted.push('…');
            break;
        }
        quoted.push(if char.is_control() { ' ' } else { char });
    }
    quoted
}

/// An error as some server worded it.
#[derive(Debug, Default)]
struct Complaint {
    message: String,
    /// Its code, type and status words, whichever there are.
    codes: Vec<String>,
    /// Gemini's wait, a protobuf duration.
    retry_after: Option<String>,
}

impl Complaint {
    fn read(body: &[u8]) -> Self {
        let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
            return Self { message: String::from_utf8_lossy(body).into_owned(), ..Self::default() };
        };
        // Gemini's OpenAI-compatible endpoint wraps the error in an array.
        if let Some(first) = json.get_mut(0) {
            json = first.take();
        }
        let error = match json.get("error") {
            Some(error @ Value::Object(_)) => error,
            _ => &json,
        };
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let message = ["message", "error", "detail"].iter().find_map(|name| error.get(name)?.as_str());
        let details = error.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut codes: Vec<String> =
            ["code", "type", "status"].iter().filter_map(|name| text(error.get(name)?)).collect();
        codes.extend(details.iter().filter_map(|detail| text(detail.get("reason")?)));
        codes.retain(|code| !code.is_empty() && code != "error");
        Self {
            message: message.map_or_else(|| error.to_string(), str::to_owned),
            codes,
            retry_after: details.iter().find_map(|detail| text(detail.get("retryDelay")?)),
        }
    }

    /// The status an error names in its own code, as vLLM, llama.cpp and OpenRouter do.
    fn status(&self) -> Option<u16> {
        self.codes.iter().filter_map(|code| code.parse().ok()).find(|status| (400..600).contains(status))
    }

    fn kind(&self, status: Option<u16>) -> ModelErrorKind {
        let message = self.message.to_lowercase();
        if status == Some(402) || self.has(EXHAUSTED_CODES) || contains(&message, EXHAUSTED_WORDS) {
            ModelErrorKind::QuotaExhausted
        } else if matches!(status, Some(401 | 403)) || self.has(AUTH_CODES) {
            ModelErrorKind::AuthFailed
        } else if status == Some(413) || self.has(CONTEXT_CODES) || is_about_length(&message) {
            ModelErrorKind::ContextTooLong
        } else if status == Some(429) || self.has(RATE_CODES) {
            ModelErrorKind::RateLimited
        } else if matches!(status, Some(408 | 409 | 425 | 500..)) {
            ModelErrorKind::Unavailable
        } else if status.is_some() || self.has(REFUSED_CODES) {
            ModelErrorKind::Refused
        } else {
            // An error without any sign in the middle of a stream is a server's fault of its own.
            ModelErrorKind::Unavailable
        }
    }

    fn has(&self, known: &[&str]) -> bool {
        self.codes.iter().any(|code| known.iter().any(|known| code.eq_ignore_ascii_case(known)))
    }
}

const EXHAUSTED_CODES: &[&str] = &["insufficient_quota", "billing_hard_limit_reached", "billing_error"];
const EXHAUSTED_WORDS: &[&str] = &["credit balance is too low", "insufficient balance"];
const AUTH_CODES: &[&str] = &[
    "invalid_api_key",
    "authentication_error",
    "permission_error",
    "API_KEY_INVALID",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
];
const CONTEXT_CODES: &[&str] = &["context_length_exceeded", "exceed_context_size_error", "request_too_large"];
const RATE_CODES: &[&str] = &["rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED", "too_many_requests"];
const REFUSED_CODES: &[&str] =
    &["invalid_request_error", "BadRequestError", "not_found_error", "NotFoundError", "INVALID_ARGUMENT", "NOT_FOUND"];

/// Whether a message complains about the conversation's length. The wordings are those of OpenAI,
/// vLLM, llama.cpp and its Python server, Ollama, LM Studio, Text Generation Inference, Mistral,
/// xAI, Groq, Anthropic and Gemini, in this order as far as they differ.
fn is_about_length(message: &str) -> bool {
    let names_the_context = contains(
        message,
        &["context length", "context size", "context window", "context limit", "context the overflows"],
    );
    let says_too_much =
        contains(message, &["exceed", "maximum", "longer", "larger", "too long", "too large", "overflow"]);
    (names_the_context && says_too_much)
        || contains(
            message,
            &[
                "maximum model length",
                "max_tokens must be at least 1, got -",
                "`max_new_tokens` must be <=",
                "maximum prompt length",
                "request too large",
                "prompt is too long",
                "input is too long",
                "input token count",
            ],
        )
}

fn contains(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{ModelErrorKind::*, *};
    use std::time::Duration;

    #[test]
    fn each_provider_is_understood() {
        for (status, body, expected) in [
            // OpenAI
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                AuthFailed,
            ),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
                Refused,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
                RateLimited,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                QuotaExhausted,
            ),
            (
                429,
                r#"{"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 41288.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported parameter","type":"invalid_request_error","code":"unsupported_parameter"}}"#,
                Refused,
            ),
            (500, r#"{"error":{"message":"The server had an error","type":"server_error"}}"#, Unavailable),
            // vLLM, old and new
            (
                400,
                r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","param":null,"code":400}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"error":{"message":"The decoder prompt (length 9) is longer than the maximum model length of 8.","type":"BadRequestError","code":400}}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"object":"error","message":"max_tokens must be at least 1, got -186.","type":"BadRequestError","code":400}"#,
                ContextTooLong,
            ),
            (
                404,
                r#"{"object":"error","message":"The model `y` does not exist.","type":"NotFoundError","code":404}"#,
                Refused,
            ),
            // llama.cpp
            (
                400,
                r#"{"error":{"code":400,"message":"request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_ctx":4096}}"#,
                ContextTooLong,
            ),
            (
                500,
                r#"{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}"#,
                ContextTooLong,
            ),
            (503, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, Unavailable),
            // Ollama
            (
                404,
                r#"{"error":{"message":"model 'z' not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
                Refused,
            ),
            (400, r#"{"error":"the input length exceeds the context length"}"#, ContextTooLong),
            (500, r#"{"error":"llama runner process has terminated"}"#, Unavailable),
            // LM Studio, Mistral, xAI, Groq, DeepSeek, OpenRouter
            (
                400,
                r#"{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough"}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":"3051"}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}"#,
                ContextTooLong,
            ),
            (
                413,
                r#"{"error":{"message":"Request too large for model","type":"tokens","code":"rate_limit_exceeded"}}"#,
                ContextTooLong,
            ),
            (
                402,
                r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#,
                QuotaExhausted,
            ),
            (403, r#"{"error":{"message":"Key limit exceeded","code":403}}"#, AuthFailed),
            // Anthropic
            (
                401,
                r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
                AuthFailed,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
                ContextTooLong,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
                QuotaExhausted,
            ),
            (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Unavailable),
            (404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#, Refused),
            // Gemini
            (
                400,
                r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#,
                AuthFailed,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
                ContextTooLong,
            ),
            (
                429,
                r#"[{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED"}}]"#,
                RateLimited,
            ),
            (503, r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#, Unavailable),
            // Proxies and others
            (502, "<html>Bad Gateway</html>", Unavailable),
            (413, "<html>413 Request Entity Too Large</html>", ContextTooLong),
            (408, "", Unavailable),
            (422, r#"{"detail":[{"loc":["body","messages"],"msg":"field required"}]}"#, Refused),
            (308, "", Refused),
            (400, r#"{"error":{"message":"Invalid value for context window"}}"#, Refused),
        ] {
            assert_eq!(classify(Some(status), body.as_bytes(), None).kind, expected, "{status} {body}");
        }
    }

    #[test]
    fn an_error_inside_a_stream_speaks_for_itself() {
        for (body, expected) in [
            (r#"{"error":{"message":"The server had an error","type":"server_error"}}"#, Unavailable),
            (r#"{"error":{"message":"Provider returned error","code":429}}"#, RateLimited),
            (r#"{"error":{"message":"Provider returned error","code":"502"}}"#, Unavailable),
            (
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                ContextTooLong,
            ),
            (r#"{"error":{"message":"bad","type":"invalid_request_error"}}"#, Refused),
            (r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#, RateLimited),
            (r#"{"object":"error","message":"boom","type":"InternalServerError","code":500}"#, Unavailable),
            (r#"{"error":"something"}"#, Unavailable),
            ("boom", Unavailable),
        ] {
            assert_eq!(classify(None, body.as_bytes(), None).kind, expected, "{body}");
            assert_eq!(classify(Some(200), body.as_bytes(), None).kind, expected, "{body}");
        }
    }

    #[test]
    fn geminis_wait_is_in_the_body() {
        let body = r#"{"error":{"code":429,"message":"x","details":[{"@type":"…Help"},{"@type":"…RetryInfo","retryDelay":"34s"}]}}"#;
        assert_eq!(classify(Some(429), body.as_bytes(), None).retry_after, Some(Duration::from_secs(34)));
    }

    #[test]
    fn the_detail_is_short_one_line_and_without_the_key() {
        let key = SecretString::from("sk-live-1234");
        let long = format!("no key sk-live-1234\r\nforged log line {}", "x".repeat(1000));
        for body in
            [long.clone(), serde_json::json!({ "error": { "message": long, "code": "sk-live-1234" } }).to_string()]
        {
            let detail = classify(Some(401), body.as_bytes(), Some(&key)).detail;
            assert!(detail.starts_with("no key ***  forged log line x"), "{detail}");
            assert!(!detail.contains("1234") && !detail.contains(char::is_control), "{detail}");
            assert!(detail.chars().count() < QUOTED_CHARS + 20, "{detail}");
        }
    }
}
