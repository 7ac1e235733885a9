use super::connection::Connection;
use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

/// A widget app's credentials.
#[derive(Clone, Debug, clap::Args)]
pub struct Credentials {
    /// The app, `wapp_…`
    // Where credentials may be left out as a whole, clap would still ask for required ones.
    #[arg(long, required = false)]
    app_id: String,
    /// Its secret, `wsec_…`
    #[arg(long, required = false, env = "LOAD_APP_SECRET")]
    app_secret: String,
}

impl Credentials {
    /// Trades them for a token for one user, with env and secrets when `context` is set. Gives the whole answer.
    pub async fn exchange(&self, connection: &mut Connection, user: &str, context: bool) -> Result<Bytes> {
        let mut request = json!({ "appId": self.app_id, "appSecret": self.app_secret, "endUserId": user });
        if context {
            request["env"] = json!({ "PLAN": "professional", "REGION": "eu-central-1", "USER_NAME": "Ada Lovelace" });
            request["secrets"] = json!({ "API_TOKEN": "tok_4f9d2c7be1a84d36a0c5b8e7f1d29364" });
        }
        let response =
            connection.post("/api/v1/auth/token", "application/json", None, request.to_string().into()).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// What one user sends along with every request.
    pub async fn bearer(&self, connection: &mut Connection, user: &str) -> Result<HeaderValue> {
        let answer: Value = serde_json::from_slice(&self.exchange(connection, user, false).await?)?;
        let token = answer["data"]["token"].as_str().context("the exchange gave no token")?;
        Ok(format!("Bearer {token}").parse()?)
    }
}
