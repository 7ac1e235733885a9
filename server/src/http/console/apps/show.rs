//! One app: its state, its origins, how to embed it.

use super::{
    super::{
        super::state::AppState,
        access::Member,
        failure::{ConsoleError, ConsoleResult},
        form::{Field, Posted},
        page::{Frame, Section, show, show_refused},
    },
    OriginsForm, refused,
    snippets::{Snippet, backends, tags},
};
use crate::{
    auth::{
        Role, origin, preview,
        registry::{self, RegistryError},
    },
    clock,
    store::AppRecord,
};
use askama::Template;
use axum::extract::{Path, State};
use sigmic_shared::AppId;

#[derive(Template)]
#[template(path = "console/apps/show.html")]
struct AppPage {
    frame: Frame,
    id: String,
    name: String,
    project_id: String,
    project: String,
    created: String,
    is_disabled: bool,
    old_until: Option<String>,
    kept: Vec<String>,
    new_name: Field,
    origins: OriginsForm,
    confirm: Field,
    overlap: Field,
    may_edit: bool,
    has_spoken: bool,
    backends: Vec<Snippet>,
    tags: Snippet,
}

impl AppPage {
    fn is_for_any(&self) -> bool {
        self.kept.iter().any(|origin| origin == origin::ANY)
    }
}

/// `GET /console/apps/{app_id}`
pub async fn show_app(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let app = get_app(&state, &member, id).await?;
    show(&page(&state, &member, app).await?)
}

/// `POST /console/apps/{app_id}/rename`
pub async fn rename(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let app = get_app(&state, &member, id).await?;
    match registry::rename_app(&member.operator(&state), &app.app_id, posted.text("name")).await {
        Ok(name) => Ok(member.go_on(&state, &path(&app), format!("The app is called {name} now.")).await?),
        Err(RegistryError::Name) => {
            let mut page = page(&state, &member, app).await?;
            page.new_name = page.new_name.typed(&posted);
            page.new_name.set_error("A name has 1 to 100 characters, none of them control characters.");
            show_refused(&page)
        }
        Err(error) => Err(refused(error).into()),
    }
}

/// `POST /console/apps/{app_id}/origins`
pub async fn set_origins(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let app = get_app(&state, &member, id).await?;
    let mut form = OriginsForm::typed(&posted);
    if let Some(origins) = form.read() {
        match registry::set_origins(&member.operator(&state), &app.app_id, &origins).await {
            Ok(_) => {
                return Ok(member.go_on(&state, &path(&app), "The origins are saved. They count at once.").await?);
            }
            Err(RegistryError::Origin(error)) => form.blame(&error),
            Err(error) => return Err(refused(error).into()),
        }
    }
    let mut page = page(&state, &member, app).await?;
    page.origins = form;
    show_refused(&page)
}

/// `POST /console/apps/{app_id}/disable`
pub async fn disable(state: State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    set_disabled(state, member, id, true, "The app is off. None of its tokens works any more.").await
}

/// `POST /console/apps/{app_id}/enable`
pub async fn enable(state: State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    set_disabled(state, member, id, false, "The app is on again.").await
}

/// `POST /console/apps/{app_id}/delete`
pub async fn delete(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let app = get_app(&state, &member, id).await?;
    if posted.text("confirm").trim() != app.name {
        let mut page = page(&state, &member, app).await?;
        page.confirm.set_error("This is not the app's name.");
        return show_refused(&page);
    }
    registry::delete_app(&member.operator(&state), &app.app_id).await.map_err(refused)?;
    Ok(member.go_on(&state, "/console/apps", format!("The app {} is deleted.", app.name)).await?)
}

async fn set_disabled(
    State(state): State<AppState>,
    member: Member,
    id: String,
    disabled: bool,
    notice: &str,
) -> ConsoleResult {
    let app = get_app(&state, &member, id).await?;
    registry::set_disabled(&member.operator(&state), &app.app_id, disabled).await.map_err(refused)?;
    Ok(member.go_on(&state, &path(&app), notice).await?)
}

async fn get_app(state: &AppState, member: &Member, id: String) -> Result<AppRecord, ConsoleError> {
    let found = if id.contains('\0') { None } else { state.store.find_app(&AppId(id)).await? };
    found.filter(|app| !preview::is_preview(app)).ok_or_else(|| ConsoleError::not_found(member))
}

fn path(app: &AppRecord) -> String {
    format!("/console/apps/{}", app.app_id)
}

async fn page(state: &AppState, member: &Member, app: AppRecord) -> Result<AppPage, ConsoleError> {
    let project = state.store.find_project(&app.project_id).await?;
    let now_ms = state.clock.now_ms();
    Ok(AppPage {
        frame: member.frame(&app.name, Section::Apps),
        created: clock::timestamp(app.created_at).0,
        is_disabled: app.disabled,
        old_until: app.old_secret_until.filter(|until| *until > now_ms).map(|until| clock::timestamp(until).0),
        new_name: Field::line("name", "Name").required().value(&app.name),
        origins: OriginsForm::of(&app.allowed_origins),
        confirm: Field::line("confirm", "The app's name").required(),
        overlap: Field::choice(
            "overlap",
            "The present secret counts for another",
            [("24h", "day"), ("7d", "week"), ("1h", "hour"), ("0s", "moment: it ends at once")],
        ),
        may_edit: member.is_at_least(Role::Editor),
        has_spoken: state.store.count_tasks_of_app(&app.app_id, 1).await? > 0,
        backends: backends(&member.own_origin, app.app_id.as_str(), None),
        tags: tags(&member.own_origin),
        project: project.map(|project| project.name).unwrap_or_default(),
        project_id: app.project_id,
        kept: app.allowed_origins.0,
        id: app.app_id.0,
        name: app.name,
    })
}
