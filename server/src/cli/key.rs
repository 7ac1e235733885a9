//! `sigmic key`

use super::{Selection, get_project};
use crate::{
    auth::{Operator, registry},
    clock::{self, Clock},
    store::Store,
};
use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Create an API key and print it; it is never shown again
    Create {
        /// The project it opens
        #[arg(long)]
        project: String,
        /// What you call it
        #[arg(long)]
        name: String,
        /// How long it counts, such as 90d; else until it is revoked
        #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
        expires_in: Option<Duration>,
    },
    /// List API keys
    List {
        /// Those of one project only
        #[arg(long)]
        project: Option<String>,
    },
    /// Revoke an API key for good
    Revoke { id: String },
}

pub(super) async fn run(action: Action, store: &Store, clock: &Clock) -> anyhow::Result<Value> {
    let operator = &Operator::command_line(store, clock);
    match action {
        Action::Create { project, name, expires_in } => {
            let project = get_project(store, &project).await?;
            let (record, key) = registry::create_api_key(operator, &project.id, &name, expires_in).await?;
            Ok(json!({
                "id": record.id,
                "apiKey": key.expose_secret(),
                "expiresAt": record.expires_at.map(clock::timestamp),
            }))
        }
        Action::List { project } => list(store, project.as_deref()).await,
        Action::Revoke { id } => {
            registry::revoke_api_key(operator, &id).await?;
            Ok(json!({ "id": id, "revoked": true }))
        }
    }
}

async fn list(store: &Store, project: Option<&str>) -> anyhow::Result<Value> {
    let Selection { project_id, names } = Selection::of(store, project).await?;
    let keys = store.list_api_keys(project_id.as_deref()).await?;
    let uses = store.list_api_key_uses().await?;
    let keys = keys.into_iter().map(|key| {
        json!({
            "id": key.id,
            "name": key.name,
            "project": names.get(&key.project_id),
            "expiresAt": key.expires_at.map(clock::timestamp),
            "revokedAt": key.revoked_at.map(clock::timestamp),
            "lastUsedAt": uses.get(&key.id).copied().map(clock::timestamp),
            "createdAt": clock::timestamp(key.created_at),
        })
    });
    Ok(keys.collect())
}
