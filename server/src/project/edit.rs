//! Changes one project, as somebody does at the Console.
//!
//! A change is written like a declaration. What it leaves out keeps its value; what it names is replaced whole.

use super::{
    McpServer, Problem, ProjectSpec,
    apply::{ApplyError, merge, merge_branding, save},
    mcp_server::Transport,
};
use crate::{
    auth::{Operator, Role},
    secrets::{Keyring, SealError},
    store::{ProjectRecord, StoreError},
};
use serde_json::Value;
use sigmic_shared::widget::Branding;

/// Why a project could not be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A field is not as it should be.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The project was deleted meanwhile.
    #[error("the project does not exist any more")]
    Gone,
    /// The key cannot be encrypted.
    #[error("the key cannot be kept: {0}")]
    ApiKey(SealError),
    /// It takes an owner.
    #[error("{0}: only an owner may change this")]
    OwnerNeeded(
        /// The field.
        &'static str,
    ),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes the project with this id, or creates one, and returns it as it is kept now.
pub async fn edit(
    operator: &Operator<'_>,
    keys: &Keyring,
    project_id: Option<&str>,
    mut change: Value,
) -> Result<ProjectRecord, EditError> {
    let before = match project_id {
        Some(id) => Some(operator.store.find_project(id).await?.ok_or(EditError::Gone)?),
        None => None,
    };
    if let (Some(before), None) = (&before, change.get("name")) {
        change["name"] = before.name.as_str().into();
    }
    let spec = ProjectSpec::read("", &change)?;
    let namesake = operator.store.find_project_by_name(&spec.name).await?;
    if namesake.is_some_and(|other| before.as_ref().is_none_or(|before| before.id != other.id)) {
        return Err(Problem::new("name", "another project has this name").into());
    }
    let mut after = merge(operator.clock, keys, &spec, before.as_ref(), true).map_err(|error| match error {
        ApplyError::ModelNeeded(_) => Problem::new("model", "is needed with a provider other than demo").into(),
        ApplyError::ApiKey(_, error) => EditError::ApiKey(error),
        ApplyError::Store(error) => error.into(),
    })?;
    after.name = spec.name;
    if change.get("contextTokens").is_some_and(Value::is_null) {
        after.context_tokens = None;
    }
    if spec.branding.is_some() {
        after.branding = merge_branding(Branding::default(), spec.branding.as_ref()).into();
    }
    check_authority(operator.role, before.as_ref(), &after)?;
    if before.as_ref().is_none_or(|before| differ(before, &after)) {
        save(operator, before.as_ref(), after.clone()).await?;
    }
    Ok(after)
}

/// What only an owner decides: where conversations and the key for them are sent, and what runs on the server's machine.
fn check_authority(role: Role, before: Option<&ProjectRecord>, after: &ProjectRecord) -> Result<(), EditError> {
    if role == Role::Owner {
        return Ok(());
    }
    if after.base_url.as_deref() != before.and_then(|before| before.base_url.as_deref()) {
        return Err(EditError::OwnerNeeded("baseUrl"));
    }
    if after.sealed_api_key.as_deref() != before.and_then(|before| before.sealed_api_key.as_deref()) {
        return Err(EditError::OwnerNeeded("apiKey"));
    }
    // Another provider's protocol would carry the key, or the environment's, to the address that was chosen for this one.
    let is_chosen = after.base_url.is_some() || after.sealed_api_key.is_some();
    if is_chosen && before.is_some_and(|before| before.provider != after.provider) {
        return Err(EditError::OwnerNeeded("provider"));
    }
    for (name, config) in after.mcp_servers.iter() {
        let kept = before.and_then(|before| before.mcp_servers.get(name));
        if kept != Some(config) && runs_here(name, config) {
            return Err(EditError::OwnerNeeded("mcpServers"));
        }
    }
    Ok(())
}

/// Whether the server is a program on this machine. What cannot be read counts as one.
fn runs_here(name: &str, config: &Value) -> bool {
    McpServer::read("", name, config).map_or(true, |server| matches!(server.transport, Transport::Local(_)))
}

fn differ(before: &ProjectRecord, after: &ProjectRecord) -> bool {
    *before != ProjectRecord { updated_at: before.updated_at, ..after.clone() }
}

#[cfg(test)]
mod tests;
