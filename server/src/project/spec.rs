//! One project as it is declared.

use super::{
    fields::{Fields, Problem},
    mcp_server::McpServer,
};
use crate::{auth::registry, mcp::template};
use secrecy::SecretString;
use serde_json::Value;
use sigmic_shared::widget::Branding;
use std::collections::BTreeMap;
use url::Url;

const MAX_PROMPT_CHARS: usize = 100_000;
const MAX_STEPS: i64 = 1_000;
const MAX_CONTEXT_TOKENS: i64 = 100_000_000;
const MAX_TEXT_CHARS: usize = 1_000;
const MAX_SUGGESTIONS: usize = 12;
const PROVIDERS: [&str; 4] = ["openai", "anthropic", "gemini", "demo"];
const DECISIONS: [&str; 3] = ["allow", "ask", "deny"];
const FIELDS: &[&str] = &[
    "name",
    "provider",
    "model",
    "baseUrl",
    "apiKey",
    "systemPrompt",
    "autoExecute",
    "maxSteps",
    "contextTokens",
    "mcpServers",
    "toolPolicies",
    "branding",
];
const BRANDING: &[&str] = &["title", "logo", "primaryColor", "welcomeMessage", "suggestions"];

/// A project as it is declared. What is left out keeps its value.
#[derive(Clone, Debug, Default)]
pub struct ProjectSpec {
    /// What it is found by.
    pub name: String,
    /// `openai`, `anthropic`, `gemini` or `demo`.
    pub provider: Option<String>,
    /// The model's name, as its provider knows it.
    pub model: Option<String>,
    /// Where the provider is reached; empty: at its usual place.
    pub base_url: Option<String>,
    /// The provider's API key; empty: what the environment says.
    pub api_key: Option<SecretString>,
    /// What the agent is told before every conversation.
    pub system_prompt: Option<String>,
    /// Whether tools run without asking.
    pub auto_execute: Option<bool>,
    /// Most model calls in one run.
    pub max_steps: Option<i64>,
    /// The model's context in tokens.
    pub context_tokens: Option<i64>,
    /// Name → configuration, each checked.
    pub mcp_servers: Option<BTreeMap<String, Value>>,
    /// Tool pattern → decision.
    pub tool_policies: Option<BTreeMap<String, String>>,
    /// How its apps look; what is left out of it keeps its value too.
    pub branding: Option<Branding>,
    /// Fields that mean nothing here, though they may to another MCP client.
    pub ignored: Vec<String>,
}

impl ProjectSpec {
    /// Reads a declared project, which lies at `place`.
    pub(super) fn read(place: &str, value: &Value) -> Result<Self, Problem> {
        let fields = Fields::of(place, value)?;
        refuse_unknown(&fields, FIELDS)?;
        let name = fields.text("name")?.ok_or_else(|| fields.problem("name", "is needed"))?;
        let name = registry::check_name(name).map_err(|error| fields.problem("name", error.to_string()))?;
        let (mcp_servers, ignored) = mcp_servers(&fields)?;
        Ok(Self {
            name: name.to_owned(),
            provider: one_of(&fields, "provider", &PROVIDERS)?,
            model: text(&fields, "model", 1, MAX_TEXT_CHARS)?,
            base_url: base_url(&fields)?,
            api_key: api_key(&fields)?,
            system_prompt: text(&fields, "systemPrompt", 0, MAX_PROMPT_CHARS)?,
            auto_execute: fields.switch("autoExecute")?,
            max_steps: fields.count("maxSteps", MAX_STEPS)?,
            context_tokens: fields.count("contextTokens", MAX_CONTEXT_TOKENS)?,
            mcp_servers,
            tool_policies: tool_policies(&fields)?,
            branding: branding(&fields)?,
            ignored,
        })
    }
}

fn refuse_unknown(fields: &Fields<'_>, known: &[&str]) -> Result<(), Problem> {
    match fields.unknown(known).next() {
        None => Ok(()),
        Some(name) => Err(fields.problem(name, format!("there is no such key; there are {}", known.join(", ")))),
    }
}

fn one_of(fields: &Fields<'_>, name: &str, known: &[&str]) -> Result<Option<String>, Problem> {
    match fields.text(name)? {
        None => Ok(None),
        Some(text) if known.contains(&text) => Ok(Some(text.to_owned())),
        Some(_) => Err(fields.problem(name, format!("expected one of {}", known.join(", ")))),
    }
}

fn text(fields: &Fields<'_>, name: &str, min: usize, max: usize) -> Result<Option<String>, Problem> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    if !(min..=max).contains(&text.chars().count()) {
        return Err(fields.problem(name, format!("expected {min} to {max} characters")));
    }
    // Postgres keeps none.
    if text.contains('\0') { Err(fields.problem(name, "it holds a NUL")) } else { Ok(Some(text.to_owned())) }
}

fn base_url(fields: &Fields<'_>) -> Result<Option<String>, Problem> {
    let Some(text) = fields.text("baseUrl")? else { return Ok(None) };
    let usable = text.is_empty()
        || Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
    if usable {
        Ok(Some(text.to_owned()))
    } else {
        Err(fields.problem("baseUrl", "expected an http or https URL without user, query and fragment"))
    }
}

fn api_key(fields: &Fields<'_>) -> Result<Option<SecretString>, Problem> {
    let Some(key) = fields.text("apiKey")? else { return Ok(None) };
    // It is sent in a header.
    let usable = key.bytes().all(|byte| byte.is_ascii_graphic());
    if usable { Ok(Some(key.into())) } else { Err(fields.problem("apiKey", "it holds a character no key has")) }
}

type McpServers = (Option<BTreeMap<String, Value>>, Vec<String>);

fn mcp_servers(fields: &Fields<'_>) -> Result<McpServers, Problem> {
    let Some(entries) = fields.entries("mcpServers")? else { return Ok((None, Vec::new())) };
    let mut servers = BTreeMap::new();
    let mut ignored = Vec::new();
    for (name, value) in entries {
        let place = fields.place(&format!("mcpServers.{name}"));
        McpServer::read(&place, name, value)?;
        ignored.extend(McpServer::unknown_fields(&place, value));
        servers.insert(name.to_owned(), value.clone());
    }
    Ok((Some(servers), ignored))
}

fn tool_policies(fields: &Fields<'_>) -> Result<Option<BTreeMap<String, String>>, Problem> {
    let Some(entries) = fields.entries("toolPolicies")? else { return Ok(None) };
    let policies = entries.into_iter().map(|(pattern, decision)| {
        let place = format!("toolPolicies.{pattern}");
        let fits = (1..=200).contains(&pattern.len()) && pattern.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits || template::is_attempted(pattern) {
            return Err(fields.problem("toolPolicies", "expected patterns such as orders__refund, orders__* or *"));
        }
        let decision = decision.as_str().filter(|decision| DECISIONS.contains(decision));
        let decision = decision.ok_or_else(|| fields.problem(&place, "expected allow, ask or deny"))?;
        Ok((pattern.to_owned(), decision.to_owned()))
    });
    policies.collect::<Result<_, _>>().map(Some)
}

fn branding(fields: &Fields<'_>) -> Result<Option<Branding>, Problem> {
    let Some(value) = fields.find("branding") else { return Ok(None) };
    let place = fields.place("branding");
    let fields = Fields::of(&place, value)?;
    refuse_unknown(&fields, BRANDING)?;
    let suggestions = fields.texts("suggestions")?.unwrap_or_default();
    if suggestions.len() > MAX_SUGGESTIONS || suggestions.iter().any(|text| text.chars().count() > MAX_TEXT_CHARS) {
        return Err(fields.problem("suggestions", "expected at most 12 texts of at most 1000 characters"));
    }
    let branding = Branding {
        title: text(&fields, "title", 0, MAX_TEXT_CHARS)?,
        logo: text(&fields, "logo", 0, 100_000)?,
        primary_color: text(&fields, "primaryColor", 0, 7)?,
        welcome_message: text(&fields, "welcomeMessage", 0, MAX_PROMPT_CHARS)?,
        suggestions: suggestions.into_iter().map(str::to_owned).collect(),
    };
    if branding.logo.as_deref().is_some_and(|logo| !is_image_url(logo)) {
        return Err(fields.problem("logo", "expected an http or https URL, or data:image/…"));
    }
    if branding.primary_color.as_deref().is_some_and(|color| !is_color(color)) {
        return Err(fields.problem("primaryColor", "expected a colour such as #06c or #0066cc"));
    }
    Ok(Some(branding))
}

/// Empty means none.
fn is_image_url(text: &str) -> bool {
    text.is_empty()
        || text.starts_with("data:image/")
        || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// `#rgb` or `#rrggbb`; empty means none.
fn is_color(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('#') else { return text.is_empty() };
    matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
