//! A customer's website as a newcomer would write it: a page, and the backend route that trades
//! credentials for tokens. It uses the API as everybody does, over HTTP and from another origin.

pub mod orders;
mod page;
mod project;

use crate::{
    auth::{
        Operator,
        registry::{self, RegistryError},
    },
    clock::Clock,
    store::{ProjectRecord, Store},
};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use orders::{API_TOKEN, TENANT_ID};
use page::Visitor;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sigmic_shared::{
    AppId,
    envelope::Success,
    routes,
    token::{TokenRequest, TokenResponse},
};
use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

/// What operators see the demo's app as.
const APP: &str = "Demo";

/// What the demo's backend knows.
#[derive(Clone)]
pub struct Demo(Arc<Parts>);

struct Parts {
    app_id: AppId,
    app_secret: SecretString,
    /// The API, as the demo's backend and its visitors reach it.
    host: String,
    client: reqwest::Client,
}

impl Demo {
    /// Makes sure that there is a project, with the shop's order system as its tools, and an app for the page at
    /// `page`. The app's secret is a new one at every start: it lives in this process only.
    pub async fn prepare(
        store: &Store,
        clock: &Clock,
        data_dir: &Path,
        host: String,
        page: SocketAddr,
    ) -> Result<Self, RegistryError> {
        let project = project::prepare(store, clock, data_dir).await?;
        let (app_id, app_secret) = refresh_app(store, clock, &project, &origins(page)).await?;
        let client = reqwest::Client::new();
        Ok(Self(Arc::new(Parts { app_id, app_secret, host, client })))
    }

    /// Its app.
    pub fn app_id(&self) -> &AppId {
        &self.0.app_id
    }

    /// The website.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(show))
            .route("/token", post(refresh))
            .route("/demo.css", get(style))
            .with_state(self)
    }

    /// Trades the app's credentials for a visitor's token, as any backend would. What the agent needs to act for this
    /// visitor goes along every time: a token inherits nothing.
    async fn trade(&self, visitor: Visitor) -> Result<String, reqwest::Error> {
        let request = TokenRequest {
            app_id: self.0.app_id.0.clone(),
            app_secret: self.0.app_secret.expose_secret().to_owned(),
            end_user_id: visitor.id().to_owned(),
            env: Some(BTreeMap::from([(TENANT_ID.to_owned(), visitor.tenant().id().to_owned())])),
            secrets: Some(BTreeMap::from([(API_TOKEN.to_owned(), visitor.tenant().token().to_owned())])),
            ..TokenRequest::default()
        };
        let url = format!("{}{}", self.0.host, routes::TOKEN);
        let answer = self.0.client.post(url).json(&request).send().await?.error_for_status()?;
        Ok(answer.json::<Success<TokenResponse>>().await?.data.token)
    }
}

#[derive(Deserialize)]
struct WhoAsks {
    #[serde(default)]
    visitor: String,
}

async fn show(State(demo): State<Demo>, Query(who): Query<WhoAsks>) -> Response {
    let visitor = Visitor::named(&who.visitor);
    match demo.trade(visitor).await {
        Ok(token) => Html(page::render(visitor, &token, &demo.0.host, &demo.0.app_id)).into_response(),
        Err(error) => failed(&error),
    }
}

async fn refresh(State(demo): State<Demo>, Json(who): Json<WhoAsks>) -> Response {
    match demo.trade(Visitor::named(&who.visitor)).await {
        Ok(token) => Json(serde_json::json!({ "token": token })).into_response(),
        Err(error) => failed(&error),
    }
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("demo.css"))
}

fn failed(error: &reqwest::Error) -> Response {
    tracing::error!(%error, "the demo's backend got no token");
    (StatusCode::BAD_GATEWAY, "The token exchange failed: the server's log says why.").into_response()
}

/// Gives the demo's app a fresh secret and the page's present origins.
async fn refresh_app(
    store: &Store,
    clock: &Clock,
    project: &ProjectRecord,
    origins: &[String],
) -> Result<(AppId, SecretString), RegistryError> {
    let operator = &Operator::server(store, clock);
    let apps = store.list_apps(Some(&project.id)).await?;
    let Some(app) = apps.into_iter().find(|app| app.name == APP) else {
        let (app, secret) = registry::create_app(operator, &project.id, APP, origins).await?;
        return Ok((app.app_id, secret));
    };
    registry::set_origins(operator, &app.app_id, origins).await?;
    let (secret, _) = registry::rotate_secret(operator, &app.app_id, Duration::ZERO).await?;
    Ok((app.app_id, secret))
}

/// The page may be opened under either name of this machine.
fn origins(page: SocketAddr) -> Vec<String> {
    let port = page.port();
    vec![format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")]
}
