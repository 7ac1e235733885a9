//! The table of all routes.

use super::{
    api, console, cors, docs, error::HttpError, health, observe, openapi, state::AppState, unread, widget_files,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{delete, get, post},
};
use sigmic_shared::{ApiError, ErrorCode};

/// The largest body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;

/// All of the server.
pub fn router(state: AppState) -> Router {
    let api = Router::new()
        .route("/auth/token", post(api::token::exchange))
        .route("/tasks", post(api::tasks::create).get(api::tasks::list))
        .route("/tasks/{id}", get(api::tasks::get).patch(api::tasks::rename).delete(api::tasks::cancel))
        .route("/tasks/{id}/messages", post(api::messages::follow_up))
        .route("/tasks/{id}/stream", get(api::stream::open))
        .route("/tasks/{id}/history", get(api::history::get).delete(api::history::erase))
        .route("/tasks/{id}/tools/{call_id}/approve", post(api::approve::approve))
        .route("/end-users/{end_user_id}", delete(api::end_users::erase))
        .route("/widget/config", get(api::widget_config::get));
    Router::new()
        .nest(sigmic_shared::routes::API, api)
        .route("/widget/{file}", get(widget_files::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::serve))
        .route("/docs", get(docs::serve))
        .route("/docs/style.css", get(docs::style))
        .route("/demo", get(to_demo))
        .merge(console::router(&state))
        .fallback(async || HttpError::not_found())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(unread::read_to_its_end))
        .layer(middleware::from_fn(cors::allow_any_origin))
        .layer(middleware::from_fn(observe::observe))
        .with_state(state)
}

async fn method_not_allowed() -> HttpError {
    ApiError::new(ErrorCode::MethodNotAllowed, "This path exists, but not for this method: see the Allow header.")
        .into()
}

/// The demo lives on another origin, as a customer's page does.
async fn to_demo(State(state): State<AppState>) -> Response {
    match &state.demo_url {
        Some(url) => Redirect::temporary(url).into_response(),
        None => HttpError::not_found().into_response(),
    }
}
