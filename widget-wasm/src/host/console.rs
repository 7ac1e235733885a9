//! What developers of the page read in the console. Never a token and never a message's text.

use wasm_bindgen::JsValue;

/// A warning about the page's configuration.
pub fn warn(sentence: &str) {
    web_sys::console::warn_1(&JsValue::from_str(&format!("[Sigmic] {sentence}")));
}

/// An error with its code, what happened, and what to do about it.
pub fn error(code: &str, message: &str, host: &str) {
    let hint = hint(code, &origin(), host);
    let line = JsValue::from_str(&line(code, message, &hint));
    if code == "MCP_UNAVAILABLE" {
        // The answer goes on without it.
        web_sys::console::warn_1(&line);
    } else {
        web_sys::console::error_1(&line);
    }
}

/// The page's origin.
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

fn line(code: &str, message: &str, hint: &str) -> String {
    let gap = if message.is_empty() || hint.is_empty() { "" } else { " " };
    format!("[Sigmic] {code}: {message}{gap}{hint}")
}

/// What a developer can do about an error, or nothing where the message says it all.
fn hint(code: &str, origin: &str, host: &str) -> String {
    let hint = match code {
        "ORIGIN_NOT_ALLOWED" => {
            return format!(
                "Hint: origin {origin} is not in this app's allowed origins: add it in the app's settings \
                 (scheme, host and port must match exactly)."
            );
        }
        "NETWORK_ERROR" | "TIMEOUT" => {
            return format!(
                "Hint: {host} could not be reached from {origin}. Check that it runs, that `host` is right, and that the \
                 page's CSP has it in connect-src."
            );
        }
        "INVALID_TOKEN" | "AUTH_REQUIRED" | "INVALID_AUTH_FORMAT" => {
            "the token has expired, was made by another server, or its app is gone. Have your backend exchange its \
             credentials for a new one, and set `fetchToken` so that the chat can renew it by itself."
        }
        "MISSING_TOKEN" => "set `token` in window.SigmicChat to a JWT from your backend, or give `fetchToken`.",
        "FETCH_TOKEN_FAILED" => "`fetchToken` threw or its promise was rejected: look at the request it makes.",
        "FETCH_TOKEN_TIMEOUT" => "`fetchToken` did not answer within 15 seconds: look at the request it makes.",
        "FETCH_TOKEN_INVALID" => "`fetchToken` must return a token, as a string or a promise of one.",
        "FETCH_TOKEN_STALE" => "`fetchToken` returned the token that had just been refused: it must not cache.",
        "FETCH_TOKEN_REFUSED" => {
            "the server refused a new token too: check that your backend asks this very server for it, and its clock."
        }
        "JWT_NOT_CONFIGURED" => "set SIGMIC_JWT_SECRET on the server, and restart it.",
        "RATE_LIMITED" => "the server's rate limits can be raised in its settings.",
        "MODEL_AUTH_FAILED" => "the model's provider refuses the project's API key: set another with `sigmic apply`.",
        "MODEL_UNAVAILABLE" => "the model's server cannot be reached from Sigmic: check the project's baseUrl.",
        "MCP_UNAVAILABLE" => {
            "the answer goes on without that server's tools. Check its address in the project, and that your backend sends \
             every KEY of its {{mcp.KEY}} with each token exchange."
        }
        "NOT_FOUND" => "the conversation was erased, or belongs to another end user.",
        "INTERNAL_ERROR" => "the server's log has the details under the response's x-request-id.",
        _ => return String::new(),
    };
    format!("Hint: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_code_the_fact_and_the_way_out() {
        let hint = hint("ORIGIN_NOT_ALLOWED", "https://x.example", "https://api.example");
        assert_eq!(
            line("ORIGIN_NOT_ALLOWED", "This origin is not allowed.", &hint),
            "[Sigmic] ORIGIN_NOT_ALLOWED: This origin is not allowed. Hint: origin https://x.example is not in this app's \
             allowed origins: add it in the app's settings (scheme, host and port must match exactly)."
        );
        assert_eq!(line("STEP_LIMIT", "Too many steps.", ""), "[Sigmic] STEP_LIMIT: Too many steps.");
        assert_eq!(line("X", "", "Hint: h"), "[Sigmic] X: Hint: h");
    }
}
