//! The Console's style sheet and scripts, each under a name that changes with what is in it.

use super::super::error::{HttpError, HttpResult};
use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct File {
    path: String,
    kind: &'static str,
    text: &'static str,
}

static STYLE: LazyLock<File> = LazyLock::new(|| {
    let text = concat!(
        include_str!("../../../../assets/console/console.css"),
        include_str!("../../../../assets/console/looking.css")
    );
    File::new("console", "css", "text/css; charset=utf-8", text)
});
static SCRIPT: LazyLock<File> = LazyLock::new(|| {
    File::new("console", "js", "text/javascript; charset=utf-8", include_str!("../../../../assets/console/console.js"))
});
static PREVIEW: LazyLock<File> = LazyLock::new(|| {
    File::new("preview", "js", "text/javascript; charset=utf-8", include_str!("../../../../assets/console/preview.js"))
});

impl File {
    fn new(name: &str, extension: &str, kind: &'static str, text: &'static str) -> Self {
        let hash = hex::encode(&Sha256::digest(text)[..8]);
        Self { path: format!("/console/assets/{name}-{hash}.{extension}"), kind, text }
    }
}

/// Where the style sheet is.
pub fn style_path() -> &'static str {
    &STYLE.path
}

/// Where the script is.
pub fn script_path() -> &'static str {
    &SCRIPT.path
}

/// Where the preview's script is.
pub fn preview_path() -> &'static str {
    &PREVIEW.path
}

/// `GET /console/assets/{file}`
pub async fn serve(Path(name): Path<String>) -> HttpResult<Response> {
    let is_asked_for = |file: &&LazyLock<File>| file.path.strip_prefix("/console/assets/") == Some(&name);
    let file = [&STYLE, &SCRIPT, &PREVIEW].into_iter().find(is_asked_for).ok_or_else(HttpError::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, file.text).into_response())
}
