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
    response::Response,
    routing::{MethodRouter, any, get, post},
};

const ANYBODY: Need = Need::Nothing;
const VIEWER: Need = Need::Role(Role::Viewer);
const EDITOR: Need = Need::Role(Role::Editor);
const OWNER: Need = Need::Role(Role::Owner);

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
        page(VIEWER, "/console", get(home::show_home)),
        page(VIEWER, "/console/sign-out", post(sign_in::sign_out)),
        page(VIEWER, "/console/sign-out-everywhere", post(sign_in::sign_out_everywhere)),
        page(VIEWER, "/console/account", get(account::show_account)),
        page(VIEWER, "/console/account/password", post(account::change_password)),
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
        page(VIEWER, "/console/projects", get(projects::show_list)),
        page(EDITOR, "/console/projects", post(settings::create)),
        page(EDITOR, "/console/projects/new", get(settings::show_new)),
        page(VIEWER, "/console/projects/{id}", get(settings::show_settings)),
        page(EDITOR, "/console/projects/{id}", post(settings::change)),
        page(EDITOR, "/console/projects/{id}/test", post(settings::test_model)),
        page(OWNER, "/console/projects/{id}/delete", post(settings::delete)),
        page(VIEWER, "/console/projects/{id}/servers", get(servers::show_list)),
        page(EDITOR, "/console/projects/{id}/servers", post(servers::save)),
        page(EDITOR, "/console/projects/{id}/servers/new", get(servers::show_new)),
        page(EDITOR, "/console/projects/{id}/servers/edit", get(servers::show_edit)),
        page(EDITOR, "/console/projects/{id}/servers/import", post(servers::import)),
        page(EDITOR, "/console/projects/{id}/servers/test", post(servers::test)),
        page(EDITOR, "/console/projects/{id}/servers/remove", post(servers::remove)),
        page(VIEWER, "/console/projects/{id}/looks", get(looks::show_looks)),
        page(EDITOR, "/console/projects/{id}/looks", post(looks::change)),
        page(EDITOR, "/console/projects/{id}/preview", get(looks::show_preview)),
        page(EDITOR, "/console/projects/{id}/preview/token", post(looks::renew_token)),
        page(VIEWER, "/console/apps", get(apps::show_list)),
        page(EDITOR, "/console/apps", post(apps::create)),
        page(EDITOR, "/console/apps/new", get(apps::show_new)),
        page(VIEWER, "/console/apps/{id}", get(apps::show_app)),
        page(EDITOR, "/console/apps/{id}/origins", post(apps::set_origins)),
        page(EDITOR, "/console/apps/{id}/rotate", post(apps::rotate)),
        page(EDITOR, "/console/apps/{id}/disable", post(apps::disable)),
        page(EDITOR, "/console/apps/{id}/enable", post(apps::enable)),
        page(EDITOR, "/console/apps/{id}/delete", post(apps::delete)),
        page(VIEWER, "/console/keys", get(keys::show_list)),
        page(EDITOR, "/console/keys", post(keys::create)),
        page(EDITOR, "/console/keys/{id}/revoke", post(keys::revoke)),
        page(ANYBODY, "/console/", get(async || see_other("/console"))),
        page(ANYBODY, "/console/{*rest}", any(not_found)),
    ]
}

async fn not_found(asker: Asker) -> Response {
    failure::page(&HttpError::not_found(), asker.member().as_ref())
}
