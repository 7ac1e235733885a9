//! What a server offers, made fit for models. A listing is hostile: it can be endless, huge, or lie about its shape.

use super::{config::McpServer, toolset::McpTool};
use crate::secrets::Redactor;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Most tools taken from one server.
const MOST_TOOLS: usize = 256;
/// Longest name a server may give a tool, in bytes.
const OWN_NAME_BYTES: usize = 256;
/// Longest description, in bytes; the rest is cut off.
const DESCRIPTION_BYTES: usize = 8 * 1024;
/// Largest schema, in bytes as JSON. A tool with a larger one is left out.
const SCHEMA_BYTES: usize = 64 * 1024;
/// Most bytes of descriptions and schemas of one server together.
const ALL_BYTES: usize = 1024 * 1024;
/// The longest name that models take.
const PUBLIC_NAME_BYTES: usize = 64;
const SEPARATOR: &str = "__";

/// A tool under both of its names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KnownTool {
    /// The name its server knows it by.
    pub own_name: String,
    /// The tool as a model sees it.
    pub tool: McpTool,
}

/// Which of a server's tools are offered.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    include: Option<BTreeSet<String>>,
    exclude: BTreeSet<String>,
}

impl Selection {
    pub(super) fn of(server: &McpServer) -> Self {
        Self {
            include: server.include_tools.as_ref().map(|names| names.iter().cloned().collect()),
            exclude: server.exclude_tools.iter().cloned().collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.include.as_ref().is_none_or(|names| names.contains(name)) && !self.exclude.contains(name)
    }
}

/// Reads the tools that the server called `server` lists.
pub(super) fn read(server: &str, listed: Vec<Value>, selection: &Selection, redactor: &Redactor) -> Vec<KnownTool> {
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    let mut tools = Vec::new();
    for listed in listed {
        let Value::Object(mut listed) = listed else { continue };
        let Some(Value::String(own_name)) = listed.remove("name") else { continue };
        if !(1..=OWN_NAME_BYTES).contains(&own_name.len())
            || !selection.has(&own_name)
            || !seen.insert(own_name.clone())
        {
            continue;
        }
        let description = cut(redactor.mask(&description(&listed)).into_owned(), DESCRIPTION_BYTES);
        let Some((input_schema, schema_bytes)) = schema(listed.remove("inputSchema"), redactor) else {
            tracing::debug!(server, "a tool without a usable schema is left out");
            continue;
        };
        bytes += description.len() + schema_bytes;
        if tools.len() == MOST_TOOLS || bytes > ALL_BYTES {
            tracing::warn!(server, taken = tools.len(), "an MCP server lists more than is taken from one");
            break;
        }
        tools.push(KnownTool { own_name, tool: McpTool { name: String::new(), description, input_schema } });
    }
    let names = public_names(server, tools.iter().map(|known| redactor.mask(&known.own_name).into_owned()));
    let named = tools.into_iter().zip(names);
    named.filter_map(|(known, name)| Some(KnownTool { tool: McpTool { name: name?, ..known.tool }, ..known })).collect()
}

fn description(listed: &Map<String, Value>) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let title = || text(listed.get("title"));
    let hint = || text(listed.get("annotations").and_then(|annotations| annotations.get("title")));
    text(listed.get("description")).or_else(title).or_else(hint).unwrap_or_default()
}

/// The schema with no value in it, and its size.
fn schema(listed: Option<Value>, redactor: &Redactor) -> Option<(Value, usize)> {
    let mut schema = match listed {
        Some(Value::Object(schema)) => schema,
        _ => return None,
    };
    if schema.entry("type").or_insert_with(|| "object".into()) != "object" {
        return None;
    }
    let text = Value::Object(schema).to_string();
    if text.len() > SCHEMA_BYTES {
        return None;
    }
    let schema = serde_json::from_str(&redactor.mask(&text)).ok()?;
    Some((schema, text.len()))
}

/// Names fit for models, each unique; none for a name that cannot be made so. A name that fits stays as it is, any other
/// is mended the same way every time.
///
/// No tool's part begins with `_`, and no server's name has two in a row: so two servers never share a name.
fn public_names(server: &str, own_names: impl Iterator<Item = String>) -> Vec<Option<String>> {
    let own_names: Vec<String> = own_names.collect();
    let room = PUBLIC_NAME_BYTES.saturating_sub(server.len() + SEPARATOR.len());
    let fits = |name: &str| name.len() <= room && !name.starts_with('_') && name.bytes().all(is_name_byte);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    // Those that fit come first, so that nothing mended takes their place.
    for pass in [true, false] {
        for (index, name) in own_names.iter().enumerate().filter(|(_, name)| fits(name) == pass) {
            let name = if pass { name.clone() } else { mend(name, room) };
            taken.entry(name).or_insert(index);
        }
    }
    let mut names = vec![None; own_names.len()];
    for (name, index) in taken {
        if let Some(place) = names.get_mut(index) {
            *place = Some(format!("{server}{SEPARATOR}{name}"));
        }
    }
    names
}

fn mend(name: &str, room: usize) -> String {
    let digest = hex::encode(Sha256::digest(name));
    let mark: String = digest.chars().take(8).collect();
    let word: String =
        name.chars().map(|char| if char.is_ascii() && is_name_byte(char as u8) { char } else { '_' }).collect();
    let word = cut(word.trim_matches('_').to_owned(), room.saturating_sub(mark.len() + 1));
    if word.is_empty() { mark } else { format!("{word}-{mark}") }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// At most `bytes` of a text, in whole characters.
pub(super) fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[cfg(test)]
mod tests;
