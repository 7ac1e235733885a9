//! Tokens for the Console's own preview of a project's widget.
//!
//! The preview is the real widget on a page of the Console, so it needs an app like every other. That app belongs to the
//! project, has an id of its own that follows from the project's, allows the Console's origin alone, and has a secret
//! that nobody knows: no token comes from it but those made here.

use super::{Auth, AuthError, Operator, operator::Deed};
use crate::{clock, secrets::credential::CredentialKind, store::AppRecord};
use sha2::{Digest, Sha256};
use sigmic_shared::{
    AppId,
    token::{Claims, TokenResponse},
};
use std::time::Duration;

const NAME: &str = "Console preview";
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// The Console may be reached under several names; the latest few count.
const MOST_ORIGINS: usize = 4;

/// Whether an app is a project's preview, which is nobody's website.
pub fn is_preview(app: &AppRecord) -> bool {
    app.app_id == app_id(&app.project_id)
}

impl Auth {
    /// A token for `visitor`, somebody of the Console at `own_origin`, to try the project's widget with.
    pub async fn preview_token(
        &self,
        operator: &Operator<'_>,
        project_id: &str,
        own_origin: &str,
        visitor: &str,
    ) -> Result<TokenResponse, AuthError> {
        let signer = self.0.signer.as_ref().ok_or(AuthError::JwtNotConfigured)?;
        let app = self.preview_app(operator, project_id, own_origin).await?;
        let iat = u64::try_from(self.0.clock.now_ms() / 1000).unwrap_or(0);
        let exp = iat + LIFETIME.as_secs();
        let claims = Claims {
            app_id: app.app_id.0,
            sub: visitor.to_owned(),
            allowed_origins: vec![own_origin.to_owned()],
            iat,
            exp,
            jti: None,
        };
        let token = signer.sign(&claims).map_err(AuthError::Signing)?;
        let expires_at_ms = i64::try_from(exp).unwrap_or(i64::MAX).saturating_mul(1000);
        Ok(TokenResponse { token, expires_at: clock::timestamp(expires_at_ms) })
    }

    async fn preview_app(
        &self,
        operator: &Operator<'_>,
        project_id: &str,
        own_origin: &str,
    ) -> Result<AppRecord, AuthError> {
        let found = self.0.store.find_app(&app_id(project_id)).await?;
        if let Some(app) = found.as_ref().filter(|app| app.allowed_origins.iter().any(|origin| origin == own_origin)) {
            return Ok(app.clone());
        }
        let secret = CredentialKind::AppSecret.generate(&self.0.clock);
        let mut app = found.unwrap_or_else(|| AppRecord {
            app_id: app_id(project_id),
            project_id: project_id.to_owned(),
            name: NAME.to_owned(),
            allowed_origins: Vec::new().into(),
            secret_hash: CredentialKind::AppSecret.hash(&secret).as_bytes().to_vec(),
            old_secret_hash: None,
            old_secret_until: None,
            disabled: false,
            created_at: self.0.clock.now_ms(),
        });
        let mut origins = app.allowed_origins.0;
        origins.push(own_origin.to_owned());
        let surplus = origins.len().saturating_sub(MOST_ORIGINS);
        app.allowed_origins = origins.split_off(surplus).into();
        let deed =
            Deed { action: "app.preview_opened", subject: app.app_id.as_str(), subject_name: NAME, detail: own_origin };
        operator.noting(deed).save_app(app.clone()).await?;
        self.0.directory.invalidate();
        Ok(app)
    }
}

/// `wapp_` and 12 hexadecimal digits, like every app's.
fn app_id(project_id: &str) -> AppId {
    let digest = Sha256::new_with_prefix("sigmic preview app v1").chain_update(project_id).finalize();
    AppId(format!("wapp_{}", hex::encode(&digest[..6])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{OriginHeaders, tests::Bench};
    use http::{HeaderMap, Method};

    #[tokio::test]
    async fn a_preview_works_on_the_consoles_own_origin_and_nowhere_else() {
        let bench = Bench::new().await;
        let own = "http://127.0.0.1:1";
        let token = bench.auth.preview_token(&bench.operator(), &bench.project_id, own, "preview").await.unwrap().token;
        let headers: HeaderMap =
            [("authorization".parse().unwrap(), format!("Bearer {token}").parse().unwrap())].into_iter().collect();
        let caller = bench.auth.authenticate(&headers).await.unwrap();
        assert_eq!(caller.project_id(), bench.project_id);
        for (origin, allowed) in [(own, true), ("http://localhost:1", false), ("https://a.com", false)] {
            let page: HeaderMap = [("origin".parse().unwrap(), origin.parse().unwrap())].into_iter().collect();
            let request = OriginHeaders::read(&Method::POST, &page, None);
            assert_eq!(bench.auth.check_origin(&caller, &request).is_ok(), allowed, "{origin}");
        }
        let apps = bench.store.list_apps(Some(&bench.project_id)).await.unwrap();
        assert_eq!(apps.iter().filter(|app| is_preview(app)).count(), 1);
        for number in 2..9 {
            let own = format!("http://127.0.0.1:{number}");
            bench.auth.preview_token(&bench.operator(), &bench.project_id, &own, "preview").await.unwrap();
        }
        let app = bench.store.find_app(&app_id(&bench.project_id)).await.unwrap().unwrap();
        assert_eq!(app.allowed_origins.len(), MOST_ORIGINS);
        assert_eq!(app.allowed_origins.last().map(String::as_str), Some("http://127.0.0.1:8"));
    }
}
