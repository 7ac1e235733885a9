//! How a project's widgets look, beside the real widget.

use super::{
    super::{
        super::state::AppState,
        access::Member,
        failure::{ConsoleError, ConsoleResult},
        files,
        form::{Field, Posted, blame},
        page::{Frame, Section, show, show_refused},
    },
    Tab, Tabs,
    form::capitalised,
    get_project,
};
use crate::{
    auth::{AuthError, Role},
    project::{self, EditError},
    store::ProjectRecord,
};
use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::IntoResponse,
};
use serde_json::json;

/// The preview's page is framed by the Console, and runs the widget; the rest is as strict as everywhere.
const PREVIEW_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data: https: http:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
);

#[derive(Template)]
#[template(path = "console/projects/looks.html")]
struct LooksPage {
    frame: Frame,
    tabs: Tabs,
    title: Field,
    color: Field,
    logo: Field,
    welcome: Field,
    suggestions: Field,
    problem: String,
    may_edit: bool,
}

#[derive(Template)]
#[template(path = "console/projects/preview.html")]
struct PreviewPage<'a> {
    project_id: &'a str,
    token: &'a str,
    problem: &'a str,
    style: &'static str,
    script: &'static str,
}

/// `GET /console/projects/{id}/looks`
pub async fn show_looks(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    show(&page(&member, &project))
}

/// `POST /console/projects/{id}/looks`
pub async fn change(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let suggestions: Vec<_> =
        posted.text("suggestions").lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let change = json!({ "branding": {
        "title": posted.text("title").trim(),
        "primaryColor": posted.text("primaryColor").trim(),
        "logo": posted.text("logo").trim(),
        "welcomeMessage": posted.text("welcomeMessage"),
        "suggestions": suggestions,
    } });
    match project::edit(&member.operator(&state), state.auth.keyring(), Some(&id), change).await {
        Ok(_) => {
            let notice = "Saved. Widgets show it when they are opened next.";
            Ok(member.go_on(&state, &format!("/console/projects/{id}/looks"), notice).await?)
        }
        Err(EditError::Problem(problem)) => {
            let mut page = page(&member, &project);
            let name = problem.place.strip_prefix("branding.").unwrap_or_default();
            let sentence = format!("{}.", capitalised(&problem.problem));
            for field in page.fields() {
                *field = std::mem::take(field).typed(&posted);
            }
            if !blame(&mut page.fields(), name, &sentence) {
                page.problem = sentence;
            }
            show_refused(&page)
        }
        Err(EditError::Store(error)) => Err(error.into()),
        Err(_) => Err(ConsoleError::not_found(&member)),
    }
}

/// `GET /console/projects/{id}/preview`
pub async fn show_preview(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    get_project(&state, &member, &id).await?;
    let (token, problem) = match preview_token(&state, &member, &id).await {
        Ok(token) => (token, String::new()),
        Err(error @ AuthError::JwtNotConfigured) => (String::new(), error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let page = PreviewPage {
        project_id: &id,
        token: &token,
        problem: &problem,
        style: files::style_path(),
        script: files::preview_path(),
    };
    let mut response = show(&page)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, PREVIEW_POLICY);
    Ok(response)
}

/// `POST /console/projects/{id}/preview/token`
pub async fn renew_token(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    get_project(&state, &member, &id).await?;
    let token = preview_token(&state, &member, &id).await?;
    Ok(Json(json!({ "token": token })).into_response())
}

async fn preview_token(state: &AppState, member: &Member, project_id: &str) -> Result<String, AuthError> {
    let visitor = format!("console:{}", member.session.account_id);
    let operator = member.operator(state);
    Ok(state.auth.preview_token(&operator, project_id, &member.own_origin, &visitor).await?.token)
}

fn page(member: &Member, project: &ProjectRecord) -> LooksPage {
    let branding = &project.branding;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    LooksPage {
        frame: member.frame(&project.name, Section::Projects),
        tabs: Tabs::of(project, Tab::Looks),
        title: Field::line("title", "Title").value(text(&branding.title)).placeholder("Chat with AI"),
        color: Field::line("primaryColor", "Colour")
            .value(text(&branding.primary_color))
            .placeholder("#3447c4")
            .hint("#rgb or #rrggbb. The text on it is chosen to be readable."),
        logo: Field::url("logo", "Logo").value(text(&branding.logo)).hint("An https URL, or data:image/…"),
        welcome: Field::area("welcomeMessage", "Welcome message", 3).value(text(&branding.welcome_message)),
        suggestions: Field::area("suggestions", "Suggestions", 4)
            .value(branding.suggestions.join("\n"))
            .hint("One a line, at most 12: questions that a visitor can pick."),
        problem: String::new(),
        may_edit: member.is_at_least(Role::Editor),
    }
}

impl LooksPage {
    fn fields(&mut self) -> [&mut Field; 5] {
        [&mut self.title, &mut self.color, &mut self.logo, &mut self.welcome, &mut self.suggestions]
    }
}
