//! Pages that say why there is no page.

use super::{
    super::error::HttpError,
    access::Member,
    page::{Frame, Section},
};
use askama::Template;
use axum::{
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{Html, IntoResponse, Response},
};
use sigmic_shared::ErrorCode;

#[derive(Template)]
#[template(path = "console/failure.html")]
struct Failure<'a> {
    frame: Frame,
    code: &'a str,
    heading: &'static str,
    sentence: &'a str,
}

/// What a handler of the Console returns instead of a page.
pub struct ConsoleError {
    error: HttpError,
    /// In a box: failures are rare, and every handler's answer has room for one.
    member: Option<Box<Member>>,
}

/// What every handler of the Console returns.
pub type ConsoleResult = Result<Response, ConsoleError>;

impl<E: Into<HttpError>> From<E> for ConsoleError {
    fn from(error: E) -> Self {
        Self { error: error.into(), member: None }
    }
}

impl ConsoleError {
    /// No such thing, said within the Console's frame.
    pub fn not_found(member: &Member) -> Self {
        Self { error: HttpError::not_found(), member: Some(Box::new(member.clone())) }
    }
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        page(&self.error, self.member.as_deref())
    }
}

/// The page for a failure, with its status.
pub fn page(error: &HttpError, member: Option<&Member>) -> Response {
    let code = error.code();
    let heading = match code {
        ErrorCode::Forbidden => "You may not do this",
        ErrorCode::NotFound => "There is nothing here",
        ErrorCode::RateLimited => "Too many attempts",
        ErrorCode::ServiceUnavailable => "Not just now",
        ErrorCode::InternalError => "Something went wrong",
        _ => "That did not work",
    };
    let frame = match member {
        Some(member) => member.frame(heading, Section::None),
        None => Frame::for_anybody(heading, ""),
    };
    let html = Failure { frame, code: code.code(), heading, sentence: error.message() }.render();
    // The status, the headers and the log's code are those of every other refusal; only the body is for people.
    let mut response = error.clone().into_response();
    *response.body_mut() = html.unwrap_or_default().into();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    response
}

/// A page that asks for its own address again.
pub fn once_more() -> Response {
    Html(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sigmic Console</title>\
         <meta http-equiv=refresh content=0><p><a href=\"\">Continue to the Console</a>",
    )
    .into_response()
}
