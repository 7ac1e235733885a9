//! From a project to the model that answers for it.

use crate::{
    llm::{
        provider::{ModelError, ModelErrorKind, Provider},
        registry::{ModelSettings, ProviderKind, Registry},
    },
    secrets::{Binding, Keyring},
    store::ProjectRecord,
};
use secrecy::SecretString;
use std::sync::Arc;
use url::Url;

/// Knows which model answers for a project.
pub trait ModelSource: Send + Sync {
    /// The provider of the project's model.
    ///
    /// # Errors
    /// Whatever keeps the model from being asked; a run ends with it as if the model had said so.
    fn find_provider(&self, project: &ProjectRecord) -> Result<Arc<dyn Provider>, ModelError>;
}

/// The models that projects are configured with.
#[derive(Clone, Debug)]
pub struct ProjectModels {
    registry: Registry,
    keys: Arc<Keyring>,
}

impl ProjectModels {
    /// `keys` open the API keys of projects.
    pub fn new(registry: Registry, keys: Arc<Keyring>) -> Self {
        Self { registry, keys }
    }

    fn open_key(&self, project: &ProjectRecord) -> Result<Option<SecretString>, ModelError> {
        let Some(sealed) = &project.sealed_api_key else { return Ok(None) };
        let fault = |detail: String| ModelError::new(ModelErrorKind::AuthFailed, detail);
        let opened = self.keys.open(&Binding::provider_key(&project.id), sealed);
        let opened = opened.map_err(|error| fault(format!("the project's API key cannot be used: {error}")))?;
        let key = str::from_utf8(&opened).map_err(|_| fault("the project's API key is no text".to_owned()))?;
        Ok(Some(SecretString::from(key)))
    }
}

impl ModelSource for ProjectModels {
    fn find_provider(&self, project: &ProjectRecord) -> Result<Arc<dyn Provider>, ModelError> {
        let refused = |detail: String| ModelError::new(ModelErrorKind::Refused, detail);
        let provider = ProviderKind::parse(&project.provider)
            .ok_or_else(|| refused(format!("there is no provider {:?}", project.provider)))?;
        let base_url = project.base_url.as_deref().map(Url::parse).transpose();
        let base_url = base_url.map_err(|error| refused(format!("the project's baseUrl is none: {error}")))?;
        let api_key = self.open_key(project)?;
        self.registry.provider(&ModelSettings { provider, model: project.model.clone(), base_url, api_key })
    }
}
