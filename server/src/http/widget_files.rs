//! The widget's files, built into the binary together with their compressed forms.

use super::error::{HttpError, HttpResult};
use axum::{
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};
use std::borrow::Cow;

/// What `cargo xtask widget` built. Each file lies beside its `.br` and `.gz` forms.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
#[allow_missing = true]
struct Built;

/// The one name that stays the same from version to version.
const SCRIPT: &str = "sigmic-chat.js";
/// Long enough for a visit, short enough that a new version arrives soon.
const SCRIPT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const HASHED_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Whether this binary has a widget inside.
pub fn are_built_in() -> bool {
    Built::get(SCRIPT).is_some()
}

/// One file, in the smallest form the browser takes.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> HttpResult<Response> {
    let content_type = content_type(&name).ok_or_else(HttpError::not_found)?;
    let plain = Built::get(&name).ok_or_else(HttpError::not_found)?;
    let (file, encoding) = smallest_accepted(&name, &headers).unwrap_or((plain, None));
    let tag = etag(&file, encoding);
    let mut answer = HeaderMap::from_iter([
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, if name == SCRIPT { SCRIPT_CACHE } else { HASHED_CACHE }),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
        (HeaderName::from_static("timing-allow-origin"), HeaderValue::from_static("*")),
    ]);
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    answer.insert(header::CONTENT_TYPE, content_type);
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok((answer, Body::from(bytes(file.data))).into_response())
}

fn smallest_accepted(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| Some((Built::get(&format!("{name}.{ending}"))?, Some(encoding))))
}

/// Whether an `Accept-Encoding` names the encoding, and not with a weight of zero.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(known) = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
    known
        .split(',')
        .any(|known| known.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes() || known.trim() == "*")
}

fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> HeaderValue {
    let hash = hex::encode(&file.metadata.sha256_hash()[..12]);
    let tag = format!("\"{hash}{}\"", encoding.unwrap_or_default());
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Only what a page may load has a type; the compressed forms are not files of their own.
fn content_type(name: &str) -> Option<HeaderValue> {
    let kind = match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    Some(HeaderValue::from_static(kind))
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_chosen_as_the_browser_says() {
        for (accepted, encoding, expected) in [
            ("gzip, deflate, br, zstd", "br", true),
            ("gzip;q=0.5, br;q=0", "br", false),
            ("gzip;q=0.5, br;q=0", "gzip", true),
            ("BR", "br", true),
            ("brotli", "br", false),
            ("*", "br", false),
            ("", "gzip", false),
        ] {
            assert_eq!(accepts(accepted, encoding), expected, "{accepted} {encoding}");
        }
    }
}
