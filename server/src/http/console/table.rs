//! The table of all pages: who may open each.

use super::{
    access::{Asker, Need, guard},
    account, apps, audit, conversations, failure, files, health, home, keys, overview,
    page::see_other,
    projects::{self, looks, servers, settings},
    setup, sign_in,
};
use crate::{
    auth::Role,
    http::{error::HttpError, state::AppState},
};
use axum::{
    Router,
    handler::Handler,
    http::Method,
    response::Response,
    routing::{self, MethodRouter, any},
};

const ANYBODY: Need = Need::Nothing;
const VIEWER: Need = Need::Role(Role::Viewer);
const EDITOR: Need = Need::Role(Role::Editor);
const OWNER: Need = Need::Role(Role::Owner);

/// One line: a path, a handler, and what it takes to reach it.
struct Page {
    /// None: any.
    method: Option<Method>,
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

/// Every page one has to be signed in for: its method, its path and the least role.
pub fn list_guarded_pages() -> Vec<(Method, &'static str, Role)> {
    let guarded = |page: Page| match page.need {
        Need::Role(role) => Some((page.method?, page.path, role)),
        Need::Nothing => None,
    };
    pages().into_iter().filter_map(guarded).collect()
}

fn pages() -> Vec<Page> {
    vec![
        get(ANYBODY, "/console/sign-in", sign_in::show_form),
        post(ANYBODY, "/console/sign-in", sign_in::sign_in),
        get(ANYBODY, "/console/setup", setup::show_form),
        post(ANYBODY, "/console/setup", setup::create),
        get(ANYBODY, "/console/assets/{file}", files::serve),
        get(VIEWER, "/console", home::show_home),
        post(VIEWER, "/console/sign-out", sign_in::sign_out),
        post(VIEWER, "/console/sign-out-everywhere", sign_in::sign_out_everywhere),
        get(VIEWER, "/console/account", account::show_account),
        post(VIEWER, "/console/account/password", account::change_password),
        get(VIEWER, "/console/overview", overview::show_overview),
        get(VIEWER, "/console/conversations", conversations::show_list),
        get(VIEWER, "/console/conversations/{id}", conversations::show_transcript),
        get(VIEWER, "/console/conversations/{id}/export", conversations::export),
        get(EDITOR, "/console/conversations/{id}/erase", conversations::show_erase),
        post(EDITOR, "/console/conversations/{id}/erase", conversations::erase),
        get(EDITOR, "/console/conversations/{id}/erase-all", conversations::show_erase_all),
        post(EDITOR, "/console/conversations/{id}/erase-all", conversations::erase_all),
        get(EDITOR, "/console/audit", audit::show_log),
        get(VIEWER, "/console/health", health::show_health),
        get(VIEWER, "/console/projects", projects::show_list),
        post(EDITOR, "/console/projects", settings::create),
        get(EDITOR, "/console/projects/new", settings::show_new),
        get(VIEWER, "/console/projects/{id}", settings::show_settings),
        post(EDITOR, "/console/projects/{id}", settings::change),
        post(EDITOR, "/console/projects/{id}/test", settings::test_model),
        post(OWNER, "/console/projects/{id}/delete", settings::delete),
        get(VIEWER, "/console/projects/{id}/servers", servers::show_list),
        post(EDITOR, "/console/projects/{id}/servers", servers::save),
        get(EDITOR, "/console/projects/{id}/servers/new", servers::show_new),
        get(EDITOR, "/console/projects/{id}/servers/edit", servers::show_edit),
        post(EDITOR, "/console/projects/{id}/servers/import", servers::import),
        post(EDITOR, "/console/projects/{id}/servers/test", servers::test),
        post(EDITOR, "/console/projects/{id}/servers/remove", servers::remove),
        get(VIEWER, "/console/projects/{id}/looks", looks::show_looks),
        post(EDITOR, "/console/projects/{id}/looks", looks::change),
        get(EDITOR, "/console/projects/{id}/preview", looks::show_preview),
        post(EDITOR, "/console/projects/{id}/preview/token", looks::renew_token),
        get(VIEWER, "/console/apps", apps::show_list),
        post(EDITOR, "/console/apps", apps::create),
        get(EDITOR, "/console/apps/new", apps::show_new),
        get(VIEWER, "/console/apps/{id}", apps::show_app),
        post(EDITOR, "/console/apps/{id}/rename", apps::rename),
        post(EDITOR, "/console/apps/{id}/origins", apps::set_origins),
        post(EDITOR, "/console/apps/{id}/rotate", apps::rotate),
        post(EDITOR, "/console/apps/{id}/disable", apps::disable),
        post(EDITOR, "/console/apps/{id}/enable", apps::enable),
        post(EDITOR, "/console/apps/{id}/delete", apps::delete),
        get(VIEWER, "/console/keys", keys::show_list),
        post(EDITOR, "/console/keys", keys::create),
        post(EDITOR, "/console/keys/{id}/revoke", keys::revoke),
        get(ANYBODY, "/console/", async || see_other("/console")),
        Page { method: None, path: "/console/{*rest}", need: ANYBODY, handler: any(not_found) },
    ]
}

fn get<H: Handler<T, AppState>, T: 'static>(need: Need, path: &'static str, handler: H) -> Page {
    Page { method: Some(Method::GET), path, need, handler: routing::get(handler) }
}

fn post<H: Handler<T, AppState>, T: 'static>(need: Need, path: &'static str, handler: H) -> Page {
    Page { method: Some(Method::POST), path, need, handler: routing::post(handler) }
}

async fn not_found(asker: Asker) -> Response {
    failure::page(&HttpError::not_found(), asker.member().as_ref())
}
