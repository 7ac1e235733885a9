//! What the tests of this room share.

use super::{Auth, AuthError, Operator, registry};
use crate::{
    clock::{Clock, ClockHand},
    secrets::{Keyring, Keys},
    store::{ProjectRecord, Store},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sigmic_shared::{AppId, token::TokenResponse, widget::Branding};
use std::{collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

pub(super) const NOW_MS: i64 = 1_769_860_800_000;
pub(super) const SECRET: &str = "the signing secret of the tests of auth";

/// A store with one project and one app, and a clock that stands still.
pub(super) struct Bench {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) hand: ClockHand,
    pub(super) keys: Keys,
    pub(super) project_id: String,
    pub(super) app_id: AppId,
    pub(super) app_secret: SecretString,
    _folder: TempDir,
}

impl Bench {
    pub(super) async fn new() -> Self {
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
        let keys = Keys { signing: vec![SECRET.into()], encryption: Arc::new(Keyring::parse(&key).unwrap()) };
        Self::with(keys, &["https://a.com"]).await
    }

    pub(super) async fn with(keys: Keys, origins: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).await.unwrap();
        let (clock, hand) = Clock::manual(NOW_MS);
        let project_id = clock.new_uuid_v7().to_string();
        store.save_project(project(&project_id)).await.unwrap();
        let (app, app_secret) =
            registry::create_app(&Operator::command_line(&store, &clock), &project_id, "App", origins).await.unwrap();
        let auth = Auth::new(store.clone(), clock.clone(), keys.clone());
        Self { auth, store, clock, hand, keys, project_id, app_id: app.app_id, app_secret, _folder: folder }
    }

    pub(super) fn operator(&self) -> Operator<'_> {
        Operator::command_line(&self.store, &self.clock)
    }

    /// A request that is all right, with other or further fields.
    pub(super) fn body(&self, fields: Value) -> Value {
        let mut body =
            json!({ "appId": self.app_id, "appSecret": self.app_secret.expose_secret(), "endUserId": "user" });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    pub(super) async fn exchange(&self, body: &Value) -> Result<TokenResponse, AuthError> {
        self.auth.exchange(body.to_string().as_bytes(), |_| Ok(())).await
    }

    pub(super) async fn token(&self) -> String {
        self.exchange(&self.body(json!({}))).await.unwrap().token
    }
}

fn project(id: &str) -> ProjectRecord {
    ProjectRecord {
        id: id.to_owned(),
        name: "default".into(),
        provider: "demo".into(),
        model: "demo".into(),
        base_url: None,
        sealed_api_key: None,
        system_prompt: String::new(),
        auto_execute: true,
        max_steps: 25,
        context_tokens: None,
        mcp_servers: BTreeMap::new().into(),
        tool_policies: BTreeMap::new().into(),
        branding: Branding::default().into(),
        created_at: NOW_MS,
        updated_at: NOW_MS,
    }
}
