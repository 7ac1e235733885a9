//! Signing in and out.

use super::{
    super::{error::HttpError, state::AppState},
    access::{Asker, Member, safe_next, session_token},
    cookie,
    failure::ConsoleResult,
    form::{Field, Posted},
    page::{Frame, see_other, show},
};
use crate::auth::SignInError;
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use sigmic_shared::{ApiError, ErrorCode};

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage {
    frame: Frame,
    email: Field,
    password: Field,
    next: String,
    problem: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    next: String,
    signed_out: Option<String>,
}

/// `GET /console/sign-in`
pub async fn show_form(asker: Asker, Query(arrival): Query<Arrival>) -> ConsoleResult {
    if asker.session.is_some() {
        return Ok(see_other(safe_next(&arrival.next)));
    }
    let mut page = page(&asker, &arrival.next);
    if arrival.signed_out.is_some() {
        page.frame = page.frame.with_notice("You are signed out.");
    } else if arrival.next == FIRST_PAGE {
        page.problem = "Your browser did not keep the session's cookie. Open the Console over https, or as \
                        http://localhost on the server's own machine."
            .into();
    }
    show(&page)
}

/// `POST /console/sign-in`
pub async fn sign_in(State(state): State<AppState>, asker: Asker, headers: HeaderMap, posted: Posted) -> ConsoleResult {
    let before = session_token(&headers);
    let signed_in = state.sessions.sign_in(posted.text("email"), &posted.secret("password"), before).await;
    let refusal = match signed_in {
        Ok(token) => return Ok(welcome(&token, posted.text("next"))),
        Err(error @ SignInError::Refused) => ApiError::new(ErrorCode::InvalidCredentials, error.to_string()).into(),
        Err(SignInError::TooMany { retry_after_seconds }) => HttpError::rate_limited(retry_after_seconds),
        Err(SignInError::Store(error)) => return Err(error.into()),
        Err(SignInError::Password(error)) => {
            tracing::error!(%error, "a password could not be checked");
            return Err(HttpError::internal().into());
        }
    };
    let mut page = page(&asker, posted.text("next"));
    page.problem = match refusal.code() {
        ErrorCode::RateLimited => "Too many attempts. Wait a little, then try again.".into(),
        _ => refusal.message().to_owned(),
    };
    page.email = page.email.typed(&posted);
    let shown = show(&page)?;
    let mut response = refusal.into_response();
    *response.body_mut() = shown.into_body();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(shown_as_html());
    Ok(response)
}

/// `POST /console/sign-out`
pub async fn sign_out(State(state): State<AppState>, member: Member) -> ConsoleResult {
    state.sessions.end(&member.session).await?;
    Ok(farewell())
}

/// `POST /console/sign-out-everywhere`
pub async fn sign_out_everywhere(State(state): State<AppState>, member: Member) -> ConsoleResult {
    state.sessions.end_all(&member.session).await?;
    Ok(farewell())
}

/// Where one arrives after signing in. Arriving there without a session means that the browser kept no cookie.
const FIRST_PAGE: &str = "/console?welcome";

/// On into the Console, with the session's cookie.
pub fn welcome(token: &SecretString, next: &str) -> Response {
    let next = match safe_next(next) {
        "/console" => FIRST_PAGE,
        next => next,
    };
    ([(header::SET_COOKIE, cookie::keep_session(token))], see_other(next)).into_response()
}

fn farewell() -> Response {
    ([(header::SET_COOKIE, cookie::forget_session())], see_other("/console/sign-in?signed_out")).into_response()
}

fn shown_as_html() -> HeaderMap {
    [(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"))].into_iter().collect()
}

fn page(asker: &Asker, next: &str) -> SignInPage {
    SignInPage {
        frame: asker.frame("Sign in"),
        email: Field::email("email", "Email").required(),
        password: Field::password("password", "Password", "current-password").required(),
        next: safe_next(next).to_owned(),
        problem: String::new(),
    }
}
