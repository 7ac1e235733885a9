//! One's own account: the password, and signing out everywhere.

use super::{
    super::{error::HttpError, state::AppState},
    access::Member,
    failure::ConsoleResult,
    form::{Field, Posted, blame},
    page::{Frame, Section, show, show_refused},
    sign_in,
};
use crate::auth::{
    SignInError,
    accounts::{self, AccountError},
};
use askama::Template;
use axum::extract::State;

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    frame: Frame,
    email: String,
    role: &'static str,
    present: Field,
    password: Field,
    again: Field,
}

/// `GET /console/account`
pub async fn show_account(member: Member) -> ConsoleResult {
    show(&page(&member))
}

/// `POST /console/account/password`
pub async fn change_password(State(state): State<AppState>, member: Member, posted: Posted) -> ConsoleResult {
    let mut page = page(&member);
    if posted.text("password") != posted.text("again") {
        page.again.set_error("The two passwords are not the same.");
        return show_refused(&page);
    }
    let id = &member.session.account_id;
    let (present, new) = (posted.secret("present"), posted.secret("password"));
    match accounts::change_password(&member.operator(&state), id, &present, &new).await {
        // Everybody who was signed in is not any more; whoever changed it is again.
        Ok(()) => match state.sessions.begin(id, &member.session.email).await {
            Ok(token) => Ok(sign_in::welcome(&token, "/console/account?changed")),
            Err(SignInError::Store(error)) => Err(error.into()),
            Err(_) => Err(HttpError::internal().into()),
        },
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error) => {
            let field = if matches!(error, AccountError::WrongPassword) { "present" } else { "password" };
            blame(&mut [&mut page.present, &mut page.password], field, &error.to_string());
            show_refused(&page)
        }
    }
}

fn page(member: &Member) -> AccountPage {
    AccountPage {
        frame: member.frame("Your account", Section::Account),
        email: member.session.email.clone(),
        role: member.session.role.as_str(),
        present: Field::password("present", "Present password", "current-password").required(),
        password: Field::password("password", "New password", "new-password")
            .required()
            .hint("At least 12 characters."),
        again: Field::password("again", "New password, once more", "new-password").required(),
    }
}
