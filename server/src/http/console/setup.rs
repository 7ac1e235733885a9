//! The very first account, made with the link from the server's log.

use super::{
    super::{error::HttpError, state::AppState},
    access::Asker,
    failure::ConsoleResult,
    form::{Field, Posted, blame},
    page::{Frame, show, show_refused},
    sign_in,
};
use crate::auth::{SignInError, accounts::AccountError};
use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "console/setup.html")]
struct SetupPage {
    frame: Frame,
    token: String,
    email: Field,
    password: Field,
    again: Field,
}

#[derive(Template)]
#[template(path = "console/setup_closed.html")]
struct ClosedPage {
    frame: Frame,
    has_accounts: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Link {
    token: String,
}

/// `GET /console/setup`
pub async fn show_form(State(state): State<AppState>, asker: Asker, Query(link): Query<Link>) -> ConsoleResult {
    if state.setup.admits(&state.store, &link.token).await? {
        show(&page(&asker, &link.token))
    } else {
        closed(&state, &asker).await
    }
}

/// `POST /console/setup`
pub async fn create(State(state): State<AppState>, asker: Asker, posted: Posted) -> ConsoleResult {
    let token = posted.text("token");
    if !state.setup.admits(&state.store, token).await? {
        return closed(&state, &asker).await;
    }
    let mut page = page(&asker, token);
    page.email = page.email.typed(&posted);
    if posted.text("password") != posted.text("again") {
        page.again.set_error("The two passwords are not the same.");
        return show_refused(&page);
    }
    let created =
        state.setup.finish(&state.store, &state.clock, posted.text("email"), &posted.secret("password")).await;
    match created {
        Ok(account) => match state.sessions.begin(&account.id, &account.email).await {
            Ok(token) => Ok(sign_in::welcome(&token, "/console")),
            Err(SignInError::Store(error)) => Err(error.into()),
            Err(_) => Err(HttpError::internal().into()),
        },
        Err(AccountError::NotTheFirst) => closed(&state, &asker).await,
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error) => {
            let field = if matches!(error, AccountError::Password(_)) { "password" } else { "email" };
            blame(&mut [&mut page.email, &mut page.password], field, &error.to_string());
            show_refused(&page)
        }
    }
}

async fn closed(state: &AppState, asker: &Asker) -> ConsoleResult {
    let has_accounts = state.store.has_accounts().await?;
    show_refused(&ClosedPage { frame: asker.frame("Set up the Console"), has_accounts })
}

fn page(asker: &Asker, token: &str) -> SetupPage {
    SetupPage {
        frame: asker.frame("Set up the Console"),
        token: token.to_owned(),
        email: Field::email("email", "Email").required().hint("You sign in with it. Nothing is sent to it."),
        password: Field::password("password", "Password", "new-password").required().hint("At least 12 characters."),
        again: Field::password("again", "Password, once more", "new-password").required(),
    }
}
