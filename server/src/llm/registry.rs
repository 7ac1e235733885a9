//! From a project's settings to the provider that serves it.

use super::{
    demo::Demo,
    openai::OpenAi,
    provider::{ModelError, ModelErrorKind, Provider},
    rig::Rig,
    upstream::{Patience, Upstream},
};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashMap, fmt, sync::Arc};

/// Which model a project talks to, and how.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// Who serves it.
    pub provider: ProviderKind,
    /// Its name there.
    pub model: String,
    /// Where the provider's API is, if not where it usually is.
    pub base_url: Option<Url>,
    /// The key to use, if not the one in the environment.
    pub api_key: Option<SecretString>,
}

/// Who serves models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// OpenAI, and whatever speaks its chat completions.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// No model at all, see [`Demo`].
    Demo,
}

impl ProviderKind {
    /// Every provider there is.
    pub const ALL: [Self; 4] = [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Demo];

    /// Its name in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Demo => "demo",
        }
    }

    /// The provider with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Where its API usually is.
    pub const fn default_base_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com"),
            Self::Demo => None,
        }
    }

    /// The environment variables its key is usually found in, the first that is set counts.
    pub const fn key_variables(self) -> &'static [&'static str] {
        match self {
            Self::OpenAi => &["OPENAI_API_KEY"],
            Self::Anthropic => &["ANTHROPIC_API_KEY"],
            Self::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
            Self::Demo => &[],
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Makes providers. One per process: all its providers share the warm connections of one client,
/// so that making a provider anew for each message costs next to nothing.
#[derive(Clone, Debug)]
pub struct Registry {
    upstream: Upstream,
    fallback_keys: HashMap<ProviderKind, SecretString>,
}

impl Registry {
    /// A registry whose providers wait with `patience`. `look_up_key` is asked once for each of
    /// [`ProviderKind::key_variables`]; what it finds is used for projects without a key.
    pub fn new(patience: Patience, look_up_key: impl Fn(&str) -> Option<SecretString>) -> Self {
        let fallback_keys = ProviderKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let mut found = kind.key_variables().iter().filter_map(|name| look_up_key(name));
                found.find(is_set).map(|key| (kind, key))
            })
            .collect();
        Self { upstream: Upstream::new(patience), fallback_keys }
    }

    /// The provider that serves `settings`.
    ///
    /// # Errors
    ///
    /// [`ModelErrorKind::AuthFailed`] when the provider needs a key and there is none,
    /// [`ModelErrorKind::Refused`] for a base URL that cannot be one.
    pub fn provider(&self, settings: &ModelSettings) -> Result<Arc<dyn Provider>, ModelError> {
        let kind = settings.provider;
        let Some(default_base_url) = kind.default_base_url() else { return Ok(Arc::new(Demo)) };
        let own_key = settings.api_key.clone().filter(is_set);
        let key = own_key.or_else(|| self.fallback_keys.get(&kind).cloned());
        // A server of one's own may well need no key; a provider's own servers always do.
        if key.is_none() && settings.base_url.is_none() {
            let variables = kind.key_variables().join(" or ");
            let detail = format!("no API key: give the project one, or set {variables}");
            return Err(ModelError::new(ModelErrorKind::AuthFailed, detail));
        }
        let base_url = match &settings.base_url {
            Some(base_url) => base_url.clone(),
            None => default_base_url.parse().expect("the constants are URLs"),
        };
        match kind {
            ProviderKind::OpenAi => Ok(Arc::new(OpenAi::new(self.upstream.clone(), &base_url, key)?)),
            ProviderKind::Anthropic => {
                Ok(Arc::new(Rig::anthropic(self.upstream.clone(), &base_url, key.unwrap_or_else(|| "".into()))?))
            }
            ProviderKind::Gemini => {
                Ok(Arc::new(Rig::gemini(self.upstream.clone(), &base_url, key.unwrap_or_else(|| "".into()))?))
            }
            ProviderKind::Demo => Ok(Arc::new(Demo)),
        }
    }
}

fn is_set(key: &SecretString) -> bool {
    !key.expose_secret().trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(variables: &'static [(&str, &str)]) -> Registry {
        Registry::new(Patience::default(), |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| SecretString::from(*value))
        })
    }

    fn settings(provider: ProviderKind) -> ModelSettings {
        ModelSettings { provider, model: "m".into(), base_url: None, api_key: None }
    }

    #[test]
    fn names_read_back_as_themselves() {
        for kind in ProviderKind::ALL {
            assert_eq!(ProviderKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ProviderKind::parse("OpenAI"), None);
    }

    #[test]
    fn a_key_is_taken_from_the_project_or_the_environment() {
        let without = registry(&[("OPENAI_API_KEY", " ")]);
        let with = registry(&[("OPENAI_API_KEY", "k"), ("GOOGLE_API_KEY", "g")]);
        for kind in [ProviderKind::OpenAi, ProviderKind::Gemini, ProviderKind::Demo] {
            assert!(with.provider(&settings(kind)).is_ok(), "{kind}");
        }
        for (registry, kind) in
            [(&without, ProviderKind::OpenAi), (&without, ProviderKind::Gemini), (&with, ProviderKind::Anthropic)]
        {
            let error = registry.provider(&settings(kind)).err().expect("no key");
            assert_eq!(error.kind, ModelErrorKind::AuthFailed);
            assert!(error.detail.contains(kind.key_variables()[0]), "{error}");
        }
        for kind in ProviderKind::ALL {
            let keyed = ModelSettings { api_key: Some("k".into()), ..settings(kind) };
            assert!(without.provider(&keyed).is_ok(), "{kind}");
            let local = "http://127.0.0.1:11434/v1".parse().ok();
            assert!(without.provider(&ModelSettings { base_url: local, ..settings(kind) }).is_ok(), "{kind}");
        }
    }

    #[test]
    fn impossible_settings_are_refused() {
        let registry = registry(&[]);
        for (base_url, key, expected) in [
            ("ftp://example.com", "k", ModelErrorKind::Refused),
            ("mailto:a@example.com", "k", ModelErrorKind::Refused),
            ("http://example.com", "k\nforged: header", ModelErrorKind::AuthFailed),
        ] {
            let settings = ModelSettings {
                base_url: base_url.parse().ok(),
                api_key: Some(key.into()),
                ..settings(ProviderKind::OpenAi)
            };
            let error = registry.provider(&settings).err().expect(base_url);
            assert_eq!(error.kind, expected, "{base_url}");
            assert!(!error.detail.contains("forged"), "{error}");
        }
    }
}
