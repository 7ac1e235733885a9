//! Who may open which page, decided before the page is asked.

use super::{
    super::{error::HttpError, state::AppState},
    cookie, failure,
    page::{Frame, Section, see_other},
    same_origin,
};
use crate::auth::{Operator, Role, Session};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use sigmic_shared::{ApiError, ErrorCode};

/// What somebody needs to open a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// An account with at least this role.
    Role(Role),
}

/// Nothing inline, nobody else's, in nobody's frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Who asks, and where they are.
#[derive(Clone)]
pub struct Asker {
    /// Who is signed in, if anybody is.
    pub session: Option<Session>,
    /// The Console's own address as their browser sees it.
    pub own_origin: String,
    theme: &'static str,
}

/// Somebody who is signed in, and may do what the page is for.
#[derive(Clone)]
pub struct Member {
    /// Their session.
    pub session: Session,
    /// The Console's own address as their browser sees it.
    pub own_origin: String,
    theme: &'static str,
}

/// Lets only those through to `handler` who have what it needs.
pub fn guard(state: &AppState, need: Need, handler: MethodRouter<AppState>) -> MethodRouter<AppState> {
    handler.layer(middleware::from_fn_with_state((state.clone(), need), admit))
}

async fn admit(State((state, need)): State<(AppState, Need)>, mut request: Request, next: Next) -> Response {
    let asked = check(&state, need, request.method(), request.uri(), request.headers()).await;
    let response = match asked {
        Ok(asker) => {
            request.extensions_mut().insert(asker);
            next.run(request).await
        }
        Err(refusal) => refusal,
    };
    protect(response)
}

async fn check(
    state: &AppState,
    need: Need,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Asker, Response> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !reads && !same_origin::is_own_page(headers, state.public_origin.as_deref()) {
        let refusal = ApiError::new(ErrorCode::Forbidden, "This was sent from another page than the Console's own.");
        return Err(failure::page(&HttpError::from(refusal), None));
    }
    let session = match cookie::session(headers) {
        Some(token) => state.sessions.find(token).await.map_err(|error| failure::page(&error.into(), None))?,
        None => None,
    };
    let asker = Asker {
        session,
        own_origin: same_origin::own_origin(headers, state.public_origin.as_deref()),
        theme: cookie::theme(headers),
    };
    let Need::Role(role) = need else { return Ok(asker) };
    let Some(session) = &asker.session else { return Err(turn_away(uri, headers, reads)) };
    if session.role < role {
        let sentence = format!("Your role is {}, and this takes {}.", session.role, with_article(role));
        let refusal = HttpError::from(ApiError::new(ErrorCode::Forbidden, sentence));
        return Err(failure::page(&refusal, asker.member().as_ref()));
    }
    // A notice is for a page that is looked at, once.
    if reads && session.notice.is_some() {
        let said = state.sessions.set_notice(session, None).await;
        said.map_err(|error| failure::page(&error.into(), asker.member().as_ref()))?;
    }
    Ok(asker)
}

/// Nobody is signed in. Somebody who followed a link from another website may well be: their browser keeps a strict
/// cookie back, and sends it once the Console's own page asks.
fn turn_away(uri: &Uri, headers: &HeaderMap, reads: bool) -> Response {
    if reads && same_origin::is_from_elsewhere(headers) {
        return failure::once_more();
    }
    let path = uri.path_and_query().map_or("/console", |path| path.as_str());
    if !reads || path == "/console" {
        return see_other("/console/sign-in");
    }
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    see_other(&format!("/console/sign-in?next={next}"))
}

/// What every answer of the Console carries. A page may bring a policy of its own.
fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        // With `no-referrer` browsers would send `Origin: null` along with forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Editor => "an editor",
        Role::Owner => "an owner",
    }
}

impl Asker {
    /// The same, if they are signed in.
    pub fn member(&self) -> Option<Member> {
        let session = self.session.clone()?;
        Some(Member { session, own_origin: self.own_origin.clone(), theme: self.theme })
    }

    /// The frame around a page for somebody who is not signed in.
    pub fn frame(&self, title: &str) -> Frame {
        Frame::for_anybody(title, self.theme)
    }
}

impl Member {
    /// The frame around a page of `section`.
    pub fn frame(&self, title: impl Into<String>, section: Section) -> Frame {
        Frame::for_member(title.into(), section, &self.session, self.theme)
    }

    /// Whether they may do what takes `role`.
    pub fn is_at_least(&self, role: Role) -> bool {
        self.session.role >= role
    }

    /// Them, about to change something.
    pub fn operator<'a>(&'a self, state: &'a AppState) -> Operator<'a> {
        Operator { store: &state.store, clock: &state.clock, name: &self.session.email, role: self.session.role }
    }

    /// Sends them on to `path`, where `notice` is said. Whatever they changed counts from now on.
    pub async fn go_on(&self, state: &AppState, path: &str, notice: impl Into<String>) -> Result<Response, HttpError> {
        state.auth.directory().invalidate();
        state.sessions.set_notice(&self.session, Some(notice.into())).await?;
        Ok(see_other(path))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        // The guard puts it there; a page without a guard is a page nobody gets.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| HttpError::internal().into_response())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let asker = Asker::from_request_parts(parts, state).await?;
        asker.member().ok_or_else(|| HttpError::internal().into_response())
    }
}

/// Where to go after signing in: a place in the Console, never anywhere else.
pub fn safe_next(next: &str) -> &str {
    let is_own = next.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own && is_plain { next } else { "/console" }
}

/// The session's cookie in a request.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie::session(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_never_ends_up_elsewhere() {
        for (next, safe) in [
            ("/console", "/console"),
            ("/console/apps?x=1", "/console/apps?x=1"),
            ("/console?x=1", "/console?x=1"),
            ("", "/console"),
            ("/", "/console"),
            ("/consoles", "/console"),
            ("//evil.example/console", "/console"),
            ("https://evil.example", "/console"),
            ("/console/\\evil", "/console"),
            ("/console/a\r\nb", "/console"),
        ] {
            assert_eq!(safe_next(next), safe, "{next}");
        }
    }
}
