//! The table of all pages: who may open each.

use super::{
    access::{Need, guard},
    account, audit, conversations, failure, files, health, home, overview, setup, sign_in,
};
use crate::{
    auth::Role,
    http::{error::HttpError, state::AppState},
};
use axum::{
    Router,
    routing::{MethodRouter, any, get, post},
};

const ANYBODY: Need = Need::Nothing;
const VIEWER: Need = Need::Role(Role::Viewer);
const EDITOR: Need = Need::Role(Role::Editor);

/// One line: a path, a handler, and what it takes to reach it.
struct Page {
    path: &'static str,
    need: Need,
    handler: MethodRouter<AppState>,
}

/// All of the Console.
pub fn router(state: &AppState) -> Router<AppState> {
    pages()
        .into_iter()
        .fold(Router::new(), |router, page| router.route(page.path, guard(state, page.need, page.handler)))
}

fn pages() -> Vec<Page> {
    let page = |need, path, handler| Page { path, need, handler };
    vec![
        page(ANYBODY, "/console/sign-in", get(sign_in::show_form)),
        page(ANYBODY, "/console/sign-in", post(sign_in::sign_in)),
        page(ANYBODY, "/console/setup", get(setup::show_form)),
        page(ANYBODY, "/console/setup", post(setup::create)),
        page(ANYBODY, "/console/assets/{file}", get(files::serve)),
        page(VIEWER, "/console/sign-out", post(sign_in::sign_out)),
        page(VIEWER, "/console/sign-out-everywhere", post(sign_in::sign_out_everywhere)),
        page(VIEWER, "/console/account", get(account::show_account)),
        page(VIEWER, "/console/account/password", post(account::change_password)),
        page(VIEWER, "/console", get(home::show_home)),
        page(VIEWER, "/console/overview", get(overview::show_overview)),
        page(VIEWER, "/console/conversations", get(conversations::show_list)),
        page(VIEWER, "/console/conversations/{id}", get(conversations::show_transcript)),
        page(VIEWER, "/console/conversations/{id}/export", get(conversations::export)),
        page(EDITOR, "/console/conversations/{id}/erase", get(conversations::show_erase)),
        page(EDITOR, "/console/conversations/{id}/erase", post(conversations::erase)),
        page(EDITOR, "/console/conversations/{id}/erase-all", get(conversations::show_erase_all)),
        page(EDITOR, "/console/conversations/{id}/erase-all", post(conversations::erase_all)),
        page(EDITOR, "/console/audit", get(audit::show_log)),
        page(VIEWER, "/console/health", get(health::show_health)),
        page(ANYBODY, "/console/{*rest}", any(not_found)),
    ]
}

async fn not_found(asker: super::access::Asker) -> axum::response::Response {
    failure::page(&HttpError::not_found(), asker.member().as_ref())
}
