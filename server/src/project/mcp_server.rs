//! The configuration of an MCP server, as MCP clients everywhere write it.

use super::fields::{Fields, Problem};
use crate::mcp::template::{self, Template};
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use sigmic_shared::token::is_variable_name;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use url::Url;

pub use crate::mcp::config::{Local, McpServer, Protocol, Remote, Transport};

/// The longest name of a server: models allow a tool 64 characters, and it stands in front.
const MAX_NAME_CHARS: usize = 40;
const MAX_TIMEOUT_MS: i64 = 60 * 60 * 1000;

const COMMON: &[&str] = &["type", "timeout", "enabled", "includeTools", "excludeTools"];
const REMOTE: &[&str] = &["url", "headers", "allowTemplatedHost", "allowPrivate"];
const LOCAL: &[&str] = &["command", "args", "env", "cwd"];

impl McpServer {
    /// Reads the configuration `value` of the server called `name`, which lies at `place`.
    pub fn read(place: &str, name: &str, value: &Value) -> Result<Self, Problem> {
        check_name(place, name)?;
        let fields = Fields::of(place, value)?;
        let transport = match (fields.find("url"), fields.find("command")) {
            (Some(_), None) => Transport::Remote(remote(&fields)?),
            (None, Some(_)) => Transport::Local(local(&fields)?),
            _ => return Err(Problem::new(place, "expected either `url` or `command`")),
        };
        let foreign = if matches!(transport, Transport::Remote(_)) { LOCAL } else { REMOTE };
        if let Some(name) = foreign.iter().find(|name| fields.find(name).is_some()) {
            return Err(fields.problem(name, "does not go with the other kind of server"));
        }
        Ok(Self {
            transport,
            timeout: fields.count("timeout", MAX_TIMEOUT_MS)?.map(|ms| Duration::from_millis(ms.unsigned_abs())),
            enabled: fields.switch("enabled")?.unwrap_or(true),
            include_tools: tools(&fields, "includeTools")?,
            exclude_tools: tools(&fields, "excludeTools")?.unwrap_or_default(),
        })
    }

    /// The KEYs that a context has to bring along for it.
    pub fn keys(&self) -> BTreeSet<String> {
        let templates: Vec<&Template> = match &self.transport {
            Transport::Remote(remote) => [&remote.url].into_iter().chain(remote.headers.values()).collect(),
            Transport::Local(local) => local.env.values().collect(),
        };
        templates.into_iter().flat_map(Template::keys).map(str::to_owned).collect()
    }

    /// Fields of `value` that mean nothing here, though they may to another client.
    pub fn unknown_fields<'v>(place: &'v str, value: &'v Value) -> Vec<String> {
        let known = [COMMON, REMOTE, LOCAL].concat();
        match Fields::of(place, value) {
            Ok(fields) => fields.unknown(&known).map(|name| fields.place(name)).collect(),
            Err(_) => Vec::new(),
        }
    }
}

fn check_name(place: &str, name: &str) -> Result<(), Problem> {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if !is_word || name.len() > MAX_NAME_CHARS || name.contains("__") {
        return Err(Problem::new(
            place,
            "a server's name has 1 to 40 letters, digits, `-` and `_`, but no `__`, which ends it in a tool's name",
        ));
    }
    Ok(())
}

fn remote(fields: &Fields<'_>) -> Result<Remote, Problem> {
    let protocol = match fields.text("type")? {
        None | Some("http") => Protocol::Http,
        Some("sse") => Protocol::Sse,
        Some(_) => return Err(fields.problem("type", "expected \"http\" or \"sse\"")),
    };
    let allow_templated_host = fields.switch("allowTemplatedHost")?.unwrap_or(false);
    let url = template(fields, "url", fields.text("url")?.unwrap_or_default())?;
    check_url(&url, allow_templated_host).map_err(|problem| fields.problem("url", problem))?;
    let mut headers = BTreeMap::new();
    for (name, value) in fields.entries("headers")?.unwrap_or_default() {
        let place = format!("headers.{name}");
        HeaderName::try_from(name)
            .map_err(|_| fields.problem("headers", "one of them has a name no header can have"))?;
        let value = value.as_str().ok_or_else(|| fields.problem(&place, "expected a string"))?;
        HeaderValue::from_str(value).map_err(|_| fields.problem(&place, "a header cannot hold this"))?;
        headers.insert(name.to_owned(), template(fields, &place, value)?);
    }
    let allow_private = fields.switch("allowPrivate")?.unwrap_or(false);
    Ok(Remote { protocol, url, headers, allow_templated_host, allow_private })
}

fn local(fields: &Fields<'_>) -> Result<Local, Problem> {
    if fields.text("type")?.is_some_and(|protocol| protocol != "stdio") {
        return Err(fields.problem("type", "a server with `command` is \"stdio\""));
    }
    let command = literal(fields, "command", fields.text("command")?.unwrap_or_default())?;
    if command.trim().is_empty() {
        return Err(fields.problem("command", "expected a program"));
    }
    let args = fields.texts("args")?.unwrap_or_default();
    let mut env = BTreeMap::new();
    for (name, value) in fields.entries("env")?.unwrap_or_default() {
        if !is_variable_name(name) {
            return Err(fields.problem("env", "one of them has a name no variable can have"));
        }
        let place = format!("env.{name}");
        let value = value.as_str().ok_or_else(|| fields.problem(&place, "expected a string"))?;
        if value.contains('\0') {
            return Err(fields.problem(&place, "a variable cannot hold this"));
        }
        env.insert(name.to_owned(), template(fields, &place, value)?);
    }
    Ok(Local {
        command,
        args: args.into_iter().map(|arg| literal(fields, "args", arg)).collect::<Result<_, _>>()?,
        env,
        cwd: fields.text("cwd")?.map(|cwd| literal(fields, "cwd", cwd)).transpose()?,
    })
}

fn tools(fields: &Fields<'_>, name: &str) -> Result<Option<Vec<String>>, Problem> {
    let Some(tools) = fields.texts(name)? else { return Ok(None) };
    tools.into_iter().map(|tool| literal(fields, name, tool)).collect::<Result<_, _>>().map(Some)
}

fn template(fields: &Fields<'_>, name: &str, text: &str) -> Result<Template, Problem> {
    Template::parse(text).map_err(|error| fields.problem(name, error.to_string()))
}

/// A text in which no template may stand: it shows in a process list, or names something.
fn literal(fields: &Fields<'_>, name: &str, text: &str) -> Result<String, Problem> {
    if template::is_attempted(text) {
        return Err(fields.problem(name, "no template may stand here"));
    }
    if text.contains('\0') {
        return Err(fields.problem(name, "it holds a NUL"));
    }
    Ok(text.to_owned())
}

/// Whether the values decide more than path and query. The URL is filled with one value and with
/// another; what differs besides is decided by them.
fn check_url(url: &Template, allow_templated_host: bool) -> Result<(), &'static str> {
    const NEEDED: &str = "expected an http or https URL";
    let filled = |value: &'static str| {
        let Ok(text) = url.fill(|_| Ok::<_, std::convert::Infallible>(value));
        Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    };
    let (one, two) = match (filled("1"), filled("2")) {
        (Some(one), Some(two)) => (one, two),
        _ => return Err(NEEDED),
    };
    let user = |url: &Url| (url.username().to_owned(), url.password().map(str::to_owned));
    if user(&one) != user(&two) {
        return Err("no template may stand before the `@`");
    }
    if one.scheme() != two.scheme() {
        return Err(NEEDED);
    }
    let host = |url: &Url| (url.host_str().map(str::to_owned), url.port());
    if host(&one) != host(&two) && !allow_templated_host {
        return Err("scheme, host and port must be literal, unless `allowTemplatedHost` is true");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
