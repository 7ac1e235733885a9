//! `sigmic app`

use super::{Selection, get_project};
use crate::{
    auth::{Operator, registry},
    clock::{self, Clock},
    store::Store,
};
use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sigmic_shared::AppId;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Create an app and print its id and secret, which is never shown again
    Create {
        /// The project whose agent answers
        #[arg(long)]
        project: String,
        /// What you call it
        #[arg(long)]
        name: String,
        /// An origin that may use it, such as https://example.com; none: any page may
        #[arg(long = "origin", value_name = "ORIGIN")]
        origins: Vec<String>,
    },
    /// List apps
    List {
        /// Those of one project only
        #[arg(long)]
        project: Option<String>,
    },
    /// Give an app a new secret and print it
    RotateSecret {
        app_id: String,
        /// How long the old secret still counts
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = humantime::parse_duration)]
        overlap: Duration,
    },
    /// Replace the origins that may use an app
    SetOrigins {
        app_id: String,
        /// An origin that may use it; none: any page may
        #[arg(long = "origin", value_name = "ORIGIN")]
        origins: Vec<String>,
    },
    /// Call an app by another name
    Rename {
        app_id: String,
        /// What you call it from now on
        #[arg(long)]
        name: String,
    },
    /// Switch an app off, with all its tokens
    Disable { app_id: String },
    /// Switch an app on again
    Enable { app_id: String },
    /// Delete an app for good; its conversations stay with the project
    Delete { app_id: String },
}

pub(super) async fn run(action: Action, store: &Store, clock: &Clock) -> anyhow::Result<Value> {
    let operator = &Operator::command_line(store, clock);
    match action {
        Action::Create { project, name, origins } => {
            let project = get_project(store, &project).await?;
            let (app, secret) = registry::create_app(operator, &project.id, &name, origins).await?;
            Ok(json!({ "appId": app.app_id, "appSecret": secret.expose_secret() }))
        }
        Action::List { project } => list(store, project.as_deref()).await,
        Action::RotateSecret { app_id, overlap } => {
            let (secret, until) = registry::rotate_secret(operator, &AppId(app_id.clone()), overlap).await?;
            let old_secret_until = clock::timestamp(until);
            Ok(json!({ "appId": app_id, "appSecret": secret.expose_secret(), "oldSecretUntil": old_secret_until }))
        }
        Action::SetOrigins { app_id, origins } => {
            let origins = registry::set_origins(operator, &AppId(app_id.clone()), origins).await?;
            Ok(json!({ "appId": app_id, "allowedOrigins": origins }))
        }
        Action::Rename { app_id, name } => {
            let name = registry::rename_app(operator, &AppId(app_id.clone()), &name).await?;
            Ok(json!({ "appId": app_id, "name": name }))
        }
        Action::Disable { app_id } => set_disabled(operator, app_id, true).await,
        Action::Enable { app_id } => set_disabled(operator, app_id, false).await,
        Action::Delete { app_id } => {
            registry::delete_app(operator, &AppId(app_id.clone())).await?;
            Ok(json!({ "appId": app_id, "deleted": true }))
        }
    }
}

async fn set_disabled(operator: &Operator<'_>, app_id: String, disabled: bool) -> anyhow::Result<Value> {
    registry::set_disabled(operator, &AppId(app_id.clone()), disabled).await?;
    Ok(json!({ "appId": app_id, "disabled": disabled }))
}

async fn list(store: &Store, project: Option<&str>) -> anyhow::Result<Value> {
    let Selection { project_id, names } = Selection::of(store, project).await?;
    let apps = store.list_apps(project_id.as_deref()).await?;
    let apps = apps.into_iter().map(|app| {
        json!({
            "appId": app.app_id,
            "name": app.name,
            "project": names.get(&app.project_id),
            "allowedOrigins": *app.allowed_origins,
            "disabled": app.disabled,
            "oldSecretUntil": app.old_secret_until.map(clock::timestamp),
            "createdAt": clock::timestamp(app.created_at),
        })
    });
    Ok(apps.collect())
}
