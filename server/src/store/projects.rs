//! Projects: the agent's model, prompt, tools and looks.

use super::Json;
use super::{
    Store, StoreError, audit,
    db::{read, write},
    version,
};
use serde_json::Value;
use sigmic_shared::widget::Branding;
use sqlx::FromRow;
use std::collections::BTreeMap;

/// A project.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ProjectRecord {
    /// UUIDv7.
    pub id: String,
    /// Unique; what operators call it.
    pub name: String,
    /// `openai`, `anthropic`, `gemini` or `demo`.
    pub provider: String,
    /// The model's name, as its provider knows it.
    pub model: String,
    /// Where the provider is reached, if not at its usual place.
    pub base_url: Option<String>,
    /// The provider's API key, sealed; else the provider's environment variable counts.
    pub sealed_api_key: Option<Vec<u8>>,
    /// What the agent is told before every conversation.
    pub system_prompt: String,
    /// Whether tools run without asking.
    pub auto_execute: bool,
    /// Most model calls in one run.
    pub max_steps: i64,
    /// The model's context in tokens, if the operator knows better.
    pub context_tokens: Option<i64>,
    /// Name → configuration, checked when saved.
    pub mcp_servers: Json<BTreeMap<String, Value>>,
    /// Tool pattern → `allow`, `ask` or `deny`.
    pub tool_policies: Json<BTreeMap<String, String>>,
    /// How its apps look.
    pub branding: Json<Branding>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

impl ProjectRecord {
    /// A project with everything but its model left as it usually is.
    pub fn new(name: &str, provider: &str, model: &str, id: String, now_ms: i64) -> Self {
        Self {
            id,
            name: name.to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            base_url: None,
            sealed_api_key: None,
            system_prompt: String::new(),
            auto_execute: true,
            max_steps: 25,
            context_tokens: None,
            mcp_servers: Json(BTreeMap::new()),
            tool_policies: Json(BTreeMap::new()),
            branding: Json(Branding::default()),
            created_at: now_ms,
            updated_at: now_ms,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, provider, model, base_url, sealed_api_key, system_prompt, auto_execute, max_steps, \
             context_tokens, mcp_servers, tool_policies, branding, created_at, updated_at FROM projects ",
            $rest
        )
    };
}

const UPSERT: &str = "INSERT INTO projects (id, name, provider, model, base_url, sealed_api_key, system_prompt, \
     auto_execute, max_steps, context_tokens, mcp_servers, tool_policies, branding, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, provider = excluded.provider, model = excluded.model, \
     base_url = excluded.base_url, sealed_api_key = excluded.sealed_api_key, system_prompt = excluded.system_prompt, \
     auto_execute = excluded.auto_execute, max_steps = excluded.max_steps, context_tokens = excluded.context_tokens, \
     mcp_servers = excluded.mcp_servers, tool_policies = excluded.tool_policies, branding = excluded.branding, \
     updated_at = excluded.updated_at";

impl Store {
    /// The project with this id.
    pub async fn find_project(&self, id: &str) -> Result<Option<ProjectRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?))
    }

    /// The project with this name.
    pub async fn find_project_by_name(&self, name: &str) -> Result<Option<ProjectRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE name = $1")).bind(name).fetch_optional(conn).await?))
    }

    /// All projects, by name.
    pub async fn list_projects(&self) -> Result<Vec<ProjectRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("ORDER BY name")).fetch_all(conn).await?))
    }

    /// Creates the project or replaces the one with its id.
    pub async fn save_project(&self, project: ProjectRecord) -> Result<(), StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            sqlx::query(UPSERT)
                .bind(project.id)
                .bind(project.name)
                .bind(project.provider)
                .bind(project.model)
                .bind(project.base_url)
                .bind(project.sealed_api_key)
                .bind(project.system_prompt)
                .bind(project.auto_execute)
                .bind(project.max_steps)
                .bind(project.context_tokens)
                .bind(project.mcp_servers)
                .bind(project.tool_policies)
                .bind(project.branding)
                .bind(project.created_at)
                .bind(project.updated_at)
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, true).map(drop)
        })
    }

    /// Deletes the project with its apps, keys and conversations. Whether there was one.
    pub async fn delete_project(&self, id: String) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let deleted = sqlx::query("DELETE FROM projects WHERE id = $1").bind(id).execute(&mut *conn).await?;
            audit::settle!(conn, note, deleted.rows_affected() > 0)
        })
    }
}
