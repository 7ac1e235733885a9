//! Which model answers when nobody has said.

use serde::Deserialize;
use std::{env, time::Duration};

const OLLAMA: &str = "http://127.0.0.1:11434";

/// Providers that are used when their key is in the environment: key, provider, model.
const KEYED: &[(&str, &str, &str)] = &[
    ("OPENAI_API_KEY", "openai", "gpt-5-mini"),
    ("ANTHROPIC_API_KEY", "anthropic", "claude-haiku-4-5"),
    ("GEMINI_API_KEY", "gemini", "gemini-2.5-flash"),
];

/// A model, and how it came to be chosen.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// Its provider, as projects name it.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Where its API is, if not where the provider's usually is.
    pub base_url: Option<String>,
    /// Why this one.
    pub why: String,
}

impl Model {
    /// What the command line says, else a provider whose key is in the environment, else an Ollama on
    /// this machine, else the demo.
    pub fn choose(provider: Option<String>, name: Option<String>, base_url: Option<String>) -> Self {
        if let Some(name) = name {
            let provider = provider.unwrap_or_else(|| "openai".to_owned());
            return Self { provider, name, base_url, why: "chosen on the command line".to_owned() };
        }
        Self::by_key(|variable| env::var(variable).ok())
            .or_else(|| Self::by_tags(&ask_ollama()?))
            .unwrap_or_else(Self::demo)
    }

    /// One sentence for people.
    pub fn how_to_change(&self) -> String {
        let another = "cargo xtask run --model NAME --base-url http://127.0.0.1:8000/v1";
        if self.provider == "demo" {
            format!("For a real one: OPENAI_API_KEY=… cargo xtask run, or start Ollama, or {another}")
        } else {
            format!("For another: {another}")
        }
    }

    fn by_key(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let (key, provider, name) = KEYED.iter().find(|(key, ..)| set(key).is_some())?;
        Some(Self {
            provider: (*provider).to_owned(),
            name: (*name).to_owned(),
            base_url: set("OPENAI_BASE_URL").filter(|_| *provider == "openai"),
            why: format!("because {key} is set"),
        })
    }

    fn by_tags(tags: &Tags) -> Option<Self> {
        let model = tags.models.iter().find(|model| model.can_chat())?;
        Some(Self {
            provider: "openai".to_owned(),
            name: model.name.clone(),
            base_url: Some(format!("{OLLAMA}/v1")),
            why: "served by the Ollama on this machine".to_owned(),
        })
    }

    fn demo() -> Self {
        let why = "no model at all: it only shows what the widget can do";
        Self { provider: "demo".into(), name: "demo".into(), base_url: None, why: why.into() }
    }
}

/// What Ollama answers when asked for its models.
#[derive(Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    #[serde(default)]
    details: Details,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    family: String,
}

impl Tag {
    /// Embedding models are listed among the others.
    fn can_chat(&self) -> bool {
        !self.name.contains("embed") && !self.details.family.contains("bert")
    }
}

fn ask_ollama() -> Option<Tags> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().into();
    agent.get(format!("{OLLAMA}/api/tags")).call().ok()?.body_mut().read_json().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_that_is_set_decides() {
        let choose = |set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            Model::by_key(find).map(|model| (model.provider, model.base_url))
        };
        assert_eq!(choose(&[]), None);
        assert_eq!(choose(&[("OPENAI_API_KEY", " "), ("GEMINI_API_KEY", "k")]), Some(("gemini".into(), None)));
        let elsewhere = ("OPENAI_BASE_URL", "http://h/v1");
        assert_eq!(choose(&[("ANTHROPIC_API_KEY", "k"), elsewhere]), Some(("anthropic".into(), None)));
        assert_eq!(choose(&[("OPENAI_API_KEY", "k"), elsewhere]), Some(("openai".into(), Some("http://h/v1".into()))));
    }

    #[test]
    fn a_model_for_embeddings_is_passed_over() {
        let tags = r#"{ "models": [
            { "name": "nomic-embed-text:latest", "details": { "family": "nomic-bert" } },
            { "name": "all-minilm:latest", "details": { "family": "bert" } },
            { "name": "qwen3:0.6b", "size": 5, "details": { "family": "qwen3" } } ] }"#;
        let model = Model::by_tags(&serde_json::from_str(tags).unwrap()).unwrap();
        assert_eq!((model.name.as_str(), model.base_url.as_deref()), ("qwen3:0.6b", Some("http://127.0.0.1:11434/v1")));
        assert_eq!(Model::by_tags(&Tags { models: Vec::new() }), None);
    }
}
