//! Somebody at the Console, without a browser: keeps the session's cookie, sends forms, and follows nothing by itself.

use crate::{
    client::{Reply, send},
    installation::Installation,
    server::Server,
};
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::{Client as Http, RequestBuilder, redirect::Policy};

/// The password of every account that tests make.
pub const PASSWORD: &str = "correct horse battery staple";
/// The session's cookie.
pub const COOKIE: &str = "__Host-sigmic";

/// Somebody at the Console.
#[derive(Clone, Debug)]
pub struct Visitor {
    http: Http,
    base_url: String,
    /// What the session's cookie holds.
    pub session: Option<String>,
    headers: Vec<(&'static str, String)>,
}

impl Visitor {
    /// Somebody who is not signed in.
    pub fn new(server: &Server) -> Self {
        let http = Http::builder().redirect(Policy::none()).build().expect("a client can be made");
        Self {
            http,
            base_url: server.base_url().to_owned(),
            session: None,
            headers: vec![("sec-fetch-site", "same-origin".to_owned())],
        }
    }

    /// Somebody who is signed in as `email`, whose account there is.
    pub async fn signed_in(server: &Server, email: &str) -> Self {
        let mut visitor = Self::new(server);
        let reply = visitor.sign_in(email, PASSWORD).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        visitor
    }

    /// The same, sending these headers instead of `Sec-Fetch-Site: same-origin`.
    pub fn sending(mut self, headers: &[(&'static str, &str)]) -> Self {
        self.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self
    }

    /// Sends the form of the sign-in page, and keeps the cookie that comes back.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        let reply = self.post("/console/sign-in", &[("email", email), ("password", password)]).await;
        self.keep_cookie(&reply);
        reply
    }

    /// Keeps the session that a reply sets.
    pub fn keep_cookie(&mut self, reply: &Reply) {
        if let Some(session) = session_in(reply) {
            self.session = Some(session).filter(|session| !session.is_empty());
        }
    }

    /// GET
    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: String = url_encoded(fields);
        let request = self.request(Method::POST, path).body(body);
        send(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    }

    /// A request with this visitor's cookie and headers.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base_url));
        if let Some(session) = &self.session {
            request = request.header(header::COOKIE, format!("{COOKIE}={session}"));
        }
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).expect("a test's header can be sent");
            request = request.header(HeaderName::from_static(name), value);
        }
        request
    }
}

/// The session that a reply sets, if it sets one; empty: it takes it away.
pub fn session_in(reply: &Reply) -> Option<String> {
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut sessions = cookies.filter_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='));
    sessions.next().map(|rest| rest.split(';').next().unwrap_or_default().to_owned())
}

impl Installation {
    /// Creates an account of the Console whose password is [`PASSWORD`].
    pub async fn create_account(&self, email: &str, role: &str) {
        self.run_json_with_input(&["admin", "create", "--email", email, "--role", role], PASSWORD).await;
    }
}

fn url_encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}
