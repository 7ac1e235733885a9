//! A project's settings as a form, and the form as a change of them.

use super::super::form::{Field, Posted, blame};
use crate::{project::EditError, store::ProjectRecord};
use serde_json::{Map, Value, json};

const PROVIDERS: [(&str, &str); 4] = [
    ("openai", "OpenAI, and whatever speaks its API"),
    ("anthropic", "Anthropic"),
    ("gemini", "Google Gemini"),
    ("demo", "Demo: no model, no key, works offline"),
];
/// Lines for further policies.
const SPARE_POLICIES: usize = 3;

/// The form, filled in.
pub struct SettingsForm {
    pub name: Field,
    pub provider: Field,
    pub model: Field,
    pub base_url: Field,
    pub api_key: Field,
    pub forget_key: Option<Field>,
    pub system_prompt: Field,
    pub auto_execute: Field,
    pub max_steps: Field,
    pub context_tokens: Field,
    pub policies: Vec<Policy>,
    pub policies_error: String,
    /// What no field is to blame for.
    pub problem: String,
}

/// A line of the policies.
pub struct Policy {
    pub pattern: String,
    pub decision: String,
}

impl SettingsForm {
    /// As the project is. Only an owner may change where its model is.
    pub fn of(project: &ProjectRecord, is_owner: bool) -> Self {
        let has_key = project.sealed_api_key.is_some();
        let key_hint = match (is_owner, has_key) {
            (false, true) => "A key is kept. Only an owner may change it.",
            (false, false) => "None: the server's environment decides. Only an owner may set one.",
            (true, true) => "A key is kept, encrypted, and never shown. Leave this empty to keep it.",
            (true, false) => {
                "Kept encrypted and never shown. Empty: OPENAI_API_KEY and the like in the server's environment."
            }
        };
        let url_hint = if is_owner {
            "Where the provider's API is, if not where it usually is. Conversations and the key are sent there."
        } else {
            "Only an owner may change it."
        };
        let mut policies: Vec<_> = project
            .tool_policies
            .iter()
            .map(|(pattern, decision)| Policy { pattern: pattern.clone(), decision: decision.clone() })
            .collect();
        add_spare(&mut policies);
        Self {
            name: Field::line("name", "Name").required().value(&project.name),
            provider: Field::choice("provider", "Provider", PROVIDERS).value(&project.provider),
            model: Field::line("model", "Model")
                .value(&project.model)
                .hint("Its name, as the provider knows it, such as gpt-5-mini. The demo needs none."),
            base_url: Field::url("baseUrl", "Base URL")
                .value(project.base_url.clone().unwrap_or_default())
                .placeholder("https://api.openai.com/v1")
                .hint(url_hint)
                .locked(!is_owner),
            api_key: Field::password("apiKey", "API key", "off").hint(key_hint).locked(!is_owner),
            forget_key: (is_owner && has_key).then(|| Field::tick("forgetKey", "Forget the key that is kept", false)),
            system_prompt: Field::area("systemPrompt", "System prompt", 8)
                .value(&project.system_prompt)
                .hint("What the agent is told before every conversation."),
            auto_execute: Field::tick("autoExecute", "Run tools without asking", project.auto_execute)
                .hint("Otherwise the visitor approves each call, except where a policy below says allow."),
            max_steps: Field::number("maxSteps", "Most model calls in one answer")
                .required()
                .value(project.max_steps.to_string()),
            context_tokens: Field::number("contextTokens", "Context in tokens")
                .value(project.context_tokens.map(|tokens| tokens.to_string()).unwrap_or_default())
                .hint("Empty: what is known of the model."),
            policies,
            policies_error: String::new(),
            problem: String::new(),
        }
    }

    /// With what was typed in it.
    pub fn typed(self, posted: &Posted, is_owner: bool) -> Self {
        let mut policies: Vec<_> =
            posted_policies(posted).map(|(pattern, decision)| Policy { pattern, decision }).collect();
        add_spare(&mut policies);
        Self {
            name: self.name.typed(posted),
            provider: self.provider.typed(posted),
            model: self.model.typed(posted),
            base_url: if is_owner { self.base_url.typed(posted) } else { self.base_url },
            forget_key: self.forget_key.map(|field| field.typed(posted)),
            system_prompt: self.system_prompt.typed(posted),
            auto_execute: self.auto_execute.typed(posted),
            max_steps: self.max_steps.typed(posted),
            context_tokens: self.context_tokens.typed(posted),
            policies,
            ..self
        }
    }

    /// Puts what is wrong where it is wrong.
    pub fn blame(&mut self, error: &EditError) {
        let (place, sentence) = match error {
            EditError::Problem(problem) => (problem.place.as_str(), format!("{}.", capitalised(&problem.problem))),
            EditError::OwnerNeeded(field) => (*field, "Only an owner may change this.".to_owned()),
            EditError::ApiKey(error) => ("apiKey", format!("The key cannot be kept: {error}.")),
            error => ("", error.to_string()),
        };
        let fields = &mut [
            &mut self.name,
            &mut self.provider,
            &mut self.model,
            &mut self.base_url,
            &mut self.api_key,
            &mut self.system_prompt,
            &mut self.max_steps,
            &mut self.context_tokens,
        ];
        if place.starts_with("toolPolicies") {
            self.policies_error = sentence;
        } else if !blame(fields, place, &sentence) {
            self.problem = sentence;
        }
    }
}

/// The form as a change. What an editor may not change is left out, whatever was sent.
pub fn to_change(posted: &Posted, is_owner: bool) -> Value {
    let number = |name| match posted.text(name).trim() {
        "" => Value::Null,
        text => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    };
    let policies: Map<_, _> =
        posted_policies(posted).map(|(pattern, decision)| (pattern, Value::from(decision))).collect();
    let mut change = json!({
        "name": posted.text("name"),
        "provider": posted.text("provider"),
        "systemPrompt": posted.text("systemPrompt"),
        "autoExecute": posted.is_ticked("autoExecute"),
        "contextTokens": number("contextTokens"),
        "toolPolicies": policies,
    });
    if !posted.text("maxSteps").trim().is_empty() {
        change["maxSteps"] = number("maxSteps");
    }
    let model = posted.text("model").trim();
    if !model.is_empty() || posted.text("provider") != "demo" {
        change["model"] = model.into();
    }
    if is_owner {
        change["baseUrl"] = posted.text("baseUrl").trim().into();
        let key = posted.text("apiKey").trim();
        if !key.is_empty() || posted.is_ticked("forgetKey") {
            change["apiKey"] = key.into();
        }
    }
    change
}

fn posted_policies(posted: &Posted) -> impl Iterator<Item = (String, String)> {
    let lines = posted.all("policyPattern").zip(posted.all("policyDecision"));
    lines
        .map(|(pattern, decision)| (pattern.trim().to_owned(), decision.to_owned()))
        .filter(|(pattern, _)| !pattern.is_empty())
}

fn add_spare(policies: &mut Vec<Policy>) {
    policies.extend((0..SPARE_POLICIES).map(|_| Policy { pattern: String::new(), decision: "ask".to_owned() }));
}

/// A problem begins in the middle of a sentence; a form's sentence does not.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
