//! A declaration of projects, in TOML or JSON.

use super::{
    ProjectSpec,
    fields::{Fields, Problem},
};
use serde_json::Value;

/// Projects as an operator declares them.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// In the order they are declared. No two have the same name.
    pub projects: Vec<ProjectSpec>,
}

/// How a declaration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON
    Json,
    /// TOML
    Toml,
}

impl Format {
    /// By a file's extension, if that tells, else by how the text begins.
    pub fn guess(extension: Option<&str>, text: &str) -> Self {
        match extension {
            Some("json") => Self::Json,
            Some("toml") => Self::Toml,
            _ if text.trim_start().starts_with('{') => Self::Json,
            _ => Self::Toml,
        }
    }
}

impl Document {
    /// Reads and checks a declaration.
    pub fn read(format: Format, text: &str) -> Result<Self, Problem> {
        let value: Value = match format {
            Format::Json => {
                serde_json::from_str(text).map_err(|error| Problem::new("not valid JSON", error.to_string()))
            }
            // The error's own text shows the line, which may hold a key.
            Format::Toml => toml::from_str(text).map_err(|error: toml::de::Error| {
                let line =
                    error.span().and_then(|span| text.get(..span.start)).unwrap_or_default().matches('\n').count();
                Problem::new("not valid TOML", format!("{} in line {}", error.message(), line + 1))
            }),
        }?;
        let fields = Fields::of("", &value).map_err(|problem| Problem::new("the declaration", problem.problem))?;
        if let Some(name) = fields.unknown(&["projects"]).next() {
            return Err(fields.problem(name, "there is no such key; there is projects"));
        }
        let list = match fields.find("projects") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err(fields.problem("projects", "expected a list of projects")),
            None => return Err(fields.problem("projects", "is needed")),
        };
        let mut projects: Vec<ProjectSpec> = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let place = format!("projects[{index}]");
            let project = ProjectSpec::read(&place, value)?;
            if projects.iter().any(|other| other.name == project.name) {
                return Err(Problem::new(format!("{place}.name"), "another project has the same name"));
            }
            projects.push(project);
        }
        Ok(Self { projects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_say_the_same() {
        let json = r#"{ "projects": [ { "name": "shop", "maxSteps": 5,
            "mcpServers": { "orders": { "url": "https://a.com", "headers": { "A": "{{mcp.K}}" } } } } ] }"#;
        let toml = "[[projects]]\nname = \"shop\"\nmaxSteps = 5\n\
            [projects.mcpServers.orders]\nurl = \"https://a.com\"\nheaders = { A = \"{{mcp.K}}\" }\n";
        for (format, text) in [(Format::Json, json), (Format::Toml, toml)] {
            assert_eq!(Format::guess(None, text), format);
            let document = Document::read(format, text).unwrap();
            assert_eq!(document.projects[0].name, "shop");
            assert_eq!(document.projects[0].max_steps, Some(5));
            assert_eq!(document.projects[0].mcp_servers.as_ref().unwrap()["orders"]["headers"]["A"], "{{mcp.K}}");
        }
    }

    #[test]
    fn an_extension_tells_more_than_the_text() {
        assert_eq!(Format::guess(Some("json"), "name = 1"), Format::Json);
        assert_eq!(Format::guess(Some("toml"), "{}"), Format::Toml);
        assert_eq!(Format::guess(Some("txt"), " \n{}"), Format::Json);
        assert_eq!(Format::guess(None, ""), Format::Toml);
    }

    #[test]
    fn what_is_no_declaration_is_refused() {
        for (format, text, place) in [
            (Format::Json, "", "not valid JSON"),
            (Format::Json, "{", "not valid JSON"),
            (Format::Json, "[]", "the declaration"),
            (Format::Json, "{}", "projects"),
            (Format::Json, r#"{"projects":{}}"#, "projects"),
            (Format::Json, r#"{"projects":[],"apps":[]}"#, "apps"),
            (Format::Json, r#"{"projects":[1]}"#, "projects[0]"),
            (Format::Json, r#"{"projects":[{"name":"a"},{"name":" a"}]}"#, "projects[1].name"),
            (Format::Toml, "", "projects"),
            (Format::Toml, "x", "not valid TOML"),
            (Format::Toml, "projects = 1", "projects"),
            (Format::Toml, "[[projects]]\nname = \"a\"\nproviders = \"x\"", "projects[0].providers"),
        ] {
            assert_eq!(Document::read(format, text).unwrap_err().place, place, "{text}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_not_shown() {
        let error = Document::read(Format::Toml, "[[projects]]\napiKey = hunter2\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
    }
}
