//! A customer's website: pages on an origin of their own, and a backend that trades credentials.

use crate::{client::Client, installation::AppCredentials, server::Server};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{Html, IntoResponse, Response},
};
use futures::future::BoxFuture;
use serde_json::json;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A small website. Its pages can be changed while it runs.
#[derive(Debug)]
pub struct Website {
    port: u16,
    site: Arc<Site>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Site {
    routes: Mutex<HashMap<String, Route>>,
    visits: Mutex<Vec<String>>,
}

type Route = Arc<dyn Fn(HeaderMap) -> BoxFuture<'static, Response> + Send + Sync>;

impl Website {
    /// A website without any page yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let site = Arc::new(Site::default());
        let router = Router::new().fallback(answer).with_state(site.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving does not fail") });
        Self { port, site, serving }
    }

    /// `http://localhost:<port>`: another host than the server's 127.0.0.1.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The URL of `path`, which starts with a slash.
    pub fn url(&self, path: &str) -> String {
        self.origin() + path
    }

    /// Puts an HTML page at `path`, sent with `headers`.
    pub fn page(&self, path: &str, headers: &[(&str, &str)], html: impl Into<String>) -> &Self {
        let html = html.into();
        let headers: HeaderMap = headers.iter().map(|(name, value)| header(name, value)).collect();
        self.route(path, move |_| {
            let response = (headers.clone(), Html(html.clone())).into_response();
            Box::pin(async { response })
        })
    }

    /// Puts a backend at `path` that trades `app`'s credentials for a token of `user` and answers
    /// `{ "token": "…" }`, as a customer's backend would.
    pub fn token_route(&self, path: &str, server: &Server, app: &AppCredentials, user: &str) -> &Self {
        self.token_route_with(path, server, app, user, json!({}))
    }

    /// As [`Website::token_route`], with further fields of the exchange, `expiresIn` for example.
    pub fn token_route_with(
        &self,
        path: &str,
        server: &Server,
        app: &AppCredentials,
        user: &str,
        fields: serde_json::Value,
    ) -> &Self {
        let (client, app, user) = (Client::anonymous(server), app.clone(), user.to_owned());
        self.route(path, move |_| {
            let (client, app, user, fields) = (client.clone(), app.clone(), user.clone(), fields.clone());
            Box::pin(
                async move { Json(json!({ "token": client.token_with(&app, &user, fields).await })).into_response() },
            )
        })
    }

    /// Answers requests to `path`, whatever their method.
    pub fn route(
        &self,
        path: &str,
        handler: impl Fn(HeaderMap) -> BoxFuture<'static, Response> + Send + Sync + 'static,
    ) -> &Self {
        self.site.routes.lock().expect("no holder panics").insert(path.to_owned(), Arc::new(handler));
        self
    }

    /// How often `path` was asked for.
    pub fn visits(&self, path: &str) -> usize {
        self.site.visits.lock().expect("no holder panics").iter().filter(|visited| *visited == path).count()
    }
}

impl Drop for Website {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("visits", &self.visits).finish_non_exhaustive()
    }
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let route = site.routes.lock().expect("no holder panics").get(&path).cloned();
    site.visits.lock().expect("no holder panics").push(path);
    match route {
        Some(route) => route(request.headers().clone()).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    (name.parse().expect("a test's header has a valid name"), value.parse().expect("and a sendable value"))
}
