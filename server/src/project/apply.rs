//! Brings what is declared and what is kept together.

use super::{Document, ProjectSpec};
use crate::{
    auth::{Deed, Operator},
    clock::Clock,
    secrets::{Binding, Keyring, SealError},
    store::{ProjectRecord, Store, StoreError},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sigmic_shared::widget::Branding;
use std::collections::BTreeMap;

const DEMO: &str = "demo";

/// What applying a declaration did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// What was declared, in the same order.
    pub projects: Vec<AppliedProject>,
    /// Names of the projects that were removed.
    pub removed: Vec<String>,
}

/// What became of one declared project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedProject {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What was done.
    pub change: Change,
}

/// What was done with a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Created,
    /// It is different now.
    Updated,
    /// It already was as declared.
    Unchanged,
}

/// Why a declaration could not be applied. Nothing was changed, unless it is the database's doing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A new project needs more than was declared.
    #[error("project {0}: `model` is needed with a provider other than demo")]
    ModelNeeded(String),
    /// A key that cannot be kept.
    #[error("project {0}: its apiKey cannot be kept: {1}")]
    ApiKey(String, SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the store hold what is declared. With `prune`, projects that are not declared are removed
/// with everything in them, and so are MCP servers and policies of a declared project that are not
/// among those it declares.
pub async fn apply(
    operator: &Operator<'_>,
    keys: &Keyring,
    document: &Document,
    prune: bool,
) -> Result<Applied, ApplyError> {
    let Operator { store, clock, .. } = operator;
    let kept = store.list_projects().await?;
    let mut changes = Vec::new();
    for spec in &document.projects {
        let before = kept.iter().find(|project| project.name == spec.name);
        changes.push((before, merge(clock, keys, spec, before, prune)?));
    }
    let mut projects = Vec::new();
    for (before, after) in changes {
        let change = match before {
            None => Change::Created,
            Some(before) if *before == (ProjectRecord { updated_at: before.updated_at, ..after.clone() }) => {
                Change::Unchanged
            }
            Some(_) => Change::Updated,
        };
        projects.push(AppliedProject { id: after.id.clone(), name: after.name.clone(), change });
        if change != Change::Unchanged {
            save(operator, before, after).await?;
        }
    }
    let mut removed = Vec::new();
    let is_declared = |name: &str| document.projects.iter().any(|spec| spec.name == name);
    for project in kept.into_iter().filter(|project| prune && !is_declared(&project.name)) {
        delete(operator, &project).await?;
        removed.push(project.name);
    }
    Ok(Applied { projects, removed })
}

/// Keeps a project, new or changed, and notes which of its fields are others now.
pub(super) async fn save(
    operator: &Operator<'_>,
    before: Option<&ProjectRecord>,
    after: ProjectRecord,
) -> Result<(), StoreError> {
    let changed = before.map(|before| changed_fields(before, &after).join(", ")).unwrap_or_default();
    let action = if before.is_some() { "project.changed" } else { "project.created" };
    let (id, name) = (after.id.clone(), after.name.clone());
    let deed = Deed { action, subject: &id, subject_name: &name, detail: &changed };
    operator.noting(deed).save_project(after).await
}

/// Deletes a project with everything in it. Whether it was still there.
pub async fn delete(operator: &Operator<'_>, project: &ProjectRecord) -> Result<bool, StoreError> {
    let deed = Deed { action: "project.deleted", subject: &project.id, subject_name: &project.name, detail: "" };
    operator.noting(deed).delete_project(project.id.clone()).await
}

/// The names of the fields that differ, as a declaration writes them.
fn changed_fields(before: &ProjectRecord, after: &ProjectRecord) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("provider", before.provider != after.provider),
        ("model", before.model != after.model),
        ("baseUrl", before.base_url != after.base_url),
        ("apiKey", before.sealed_api_key != after.sealed_api_key),
        ("systemPrompt", before.system_prompt != after.system_prompt),
        ("autoExecute", before.auto_execute != after.auto_execute),
        ("maxSteps", before.max_steps != after.max_steps),
        ("contextTokens", before.context_tokens != after.context_tokens),
        ("mcpServers", before.mcp_servers != after.mcp_servers),
        ("toolPolicies", before.tool_policies != after.tool_policies),
        ("branding", before.branding != after.branding),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Seals with the newest encryption key what older ones still seal, so that those can be given up.
/// How many provider keys that were.
pub async fn reseal(store: &Store, clock: &Clock, keys: &Keyring) -> Result<usize, ApplyError> {
    let mut resealed = 0;
    for project in store.list_projects().await? {
        let sealed_api_key = up_to_date(clock, keys, &project.id, project.sealed_api_key.clone())
            .map_err(|error| ApplyError::ApiKey(project.name.clone(), error))?;
        if sealed_api_key != project.sealed_api_key {
            store.save_project(ProjectRecord { sealed_api_key, ..project }).await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

/// The project as it shall be kept.
pub(super) fn merge(
    clock: &Clock,
    keys: &Keyring,
    spec: &ProjectSpec,
    before: Option<&ProjectRecord>,
    prune: bool,
) -> Result<ProjectRecord, ApplyError> {
    // Its provider and model are decided right below.
    let new = || ProjectRecord::new(&spec.name, DEMO, "", clock.new_uuid_v7().to_string(), clock.now_ms());
    let base = before.cloned().unwrap_or_else(new);
    let provider = spec.provider.clone().unwrap_or_else(|| base.provider.clone());
    let model = match &spec.model {
        Some(model) => model.clone(),
        // The demo's model means nothing to a real provider, nor a real one to the demo.
        None if !base.model.is_empty() && (base.provider == DEMO) == (provider == DEMO) => base.model,
        None if provider == DEMO => DEMO.to_owned(),
        None => return Err(ApplyError::ModelNeeded(spec.name.clone())),
    };
    let sealed_api_key = seal_api_key(clock, keys, &base.id, spec.api_key.as_ref(), base.sealed_api_key)
        .map_err(|error| ApplyError::ApiKey(spec.name.clone(), error))?;
    Ok(ProjectRecord {
        id: base.id,
        name: base.name,
        provider,
        model,
        base_url: match &spec.base_url {
            Some(url) => Some(url.clone()).filter(|url| !url.is_empty()),
            None => base.base_url,
        },
        sealed_api_key,
        system_prompt: spec.system_prompt.clone().unwrap_or(base.system_prompt),
        auto_execute: spec.auto_execute.unwrap_or(base.auto_execute),
        max_steps: spec.max_steps.unwrap_or(base.max_steps),
        context_tokens: spec.context_tokens.or(base.context_tokens),
        mcp_servers: merge_map(base.mcp_servers.0, spec.mcp_servers.as_ref(), prune).into(),
        tool_policies: merge_map(base.tool_policies.0, spec.tool_policies.as_ref(), prune).into(),
        branding: merge_branding(base.branding.0, spec.branding.as_ref()).into(),
        created_at: base.created_at,
        updated_at: clock.now_ms(),
    })
}

fn seal_api_key(
    clock: &Clock,
    keys: &Keyring,
    project_id: &str,
    declared: Option<&SecretString>,
    sealed: Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, SealError> {
    let Some(declared) = declared else { return up_to_date(clock, keys, project_id, sealed) };
    if declared.expose_secret().is_empty() {
        return Ok(None);
    }
    let binding = Binding::provider_key(project_id);
    let is_kept = |sealed: &Vec<u8>| {
        let opened = keys.open(&binding, sealed);
        keys.is_current(sealed) && opened.is_ok_and(|key| *key == declared.expose_secret().as_bytes())
    };
    // Sealing anew would look like a change.
    match sealed.filter(is_kept) {
        Some(sealed) => Ok(Some(sealed)),
        None => keys.seal(clock, &binding, declared.expose_secret().as_bytes()).map(Some),
    }
}

/// The same key, sealed with the newest encryption key. What no listed key opens stays as it is:
/// the operator may list its key again.
fn up_to_date(
    clock: &Clock,
    keys: &Keyring,
    project_id: &str,
    sealed: Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, SealError> {
    let binding = Binding::provider_key(project_id);
    match sealed {
        Some(sealed) if !keys.is_current(&sealed) => match keys.open(&binding, &sealed) {
            Ok(key) => keys.seal(clock, &binding, &key).map(Some),
            Err(_) => Ok(Some(sealed)),
        },
        current => Ok(current),
    }
}

fn merge_map<V: Clone>(
    base: BTreeMap<String, V>,
    declared: Option<&BTreeMap<String, V>>,
    prune: bool,
) -> BTreeMap<String, V> {
    let Some(declared) = declared else { return base };
    let mut merged = if prune { BTreeMap::new() } else { base };
    merged.extend(declared.clone());
    merged
}

/// An empty text takes a value away.
pub(super) fn merge_branding(base: Branding, declared: Option<&Branding>) -> Branding {
    let Some(declared) = declared else { return base };
    let merge = |declared: &Option<String>, base: Option<String>| match declared {
        Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        None => base,
    };
    Branding {
        title: merge(&declared.title, base.title),
        logo: merge(&declared.logo, base.logo),
        primary_color: merge(&declared.primary_color, base.primary_color),
        welcome_message: merge(&declared.welcome_message, base.welcome_message),
        suggestions: if declared.suggestions.is_empty() { base.suggestions } else { declared.suggestions.clone() },
    }
}

#[cfg(test)]
mod tests;
