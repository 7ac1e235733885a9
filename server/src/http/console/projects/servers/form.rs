//! One MCP server as a form, and the form as its configuration.

use crate::http::console::form::{Field, Posted, blame};
use serde_json::{Map, Value, json};

const KINDS: [(&str, &str); 3] = [
    ("http", "At a URL: Streamable HTTP"),
    ("sse", "At a URL: the older one, with server-sent events"),
    ("stdio", "A program on this server's machine"),
];

/// The form, filled in.
pub struct ServerForm {
    pub name: Field,
    pub kind: Field,
    pub url: Field,
    pub headers: Field,
    pub allow_templated_host: Field,
    pub allow_private: Field,
    pub command: Field,
    pub args: Field,
    pub env: Field,
    pub cwd: Field,
    pub timeout: Field,
    pub include_tools: Field,
    pub exclude_tools: Field,
    pub enabled: Field,
    pub problem: String,
}

impl ServerForm {
    /// As the configuration is.
    pub fn of(name: &str, config: &Value) -> Self {
        let text = |key: &str| config[key].as_str().unwrap_or_default().to_owned();
        let lines = |key: &str| {
            let lines = config[key].as_array().into_iter().flatten().filter_map(Value::as_str);
            lines.collect::<Vec<_>>().join("\n")
        };
        let pairs = |key: &str, between: &str| {
            let pairs = config[key].as_object().into_iter().flatten();
            pairs
                .map(|(name, value)| format!("{name}{between}{}", value.as_str().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let is_on = |key: &str, otherwise| config[key].as_bool().unwrap_or(otherwise);
        let kind = if config.get("command").is_some_and(|command| !command.is_null()) {
            "stdio"
        } else if config["type"] == "sse" {
            "sse"
        } else {
            "http"
        };
        Self {
            name: Field::line("name", "Name")
                .required()
                .value(name)
                .hint("Stands in front of its tools: orders makes orders__refund."),
            kind: Field::choice("kind", "How it is reached", KINDS).value(kind),
            url: Field::url("url", "URL").value(text("url")).placeholder("https://tools.example.com/mcp"),
            headers: Field::code("headers", "Headers", 3)
                .value(pairs("headers", ": "))
                .placeholder("Authorization: Bearer {{mcp.API_TOKEN}}")
                .hint("One a line. {{mcp.KEY}} is replaced by what the visitor's token brought along under KEY."),
            allow_templated_host: Field::tick(
                "allowTemplatedHost",
                "A template may decide the host",
                is_on("allowTemplatedHost", false),
            ),
            allow_private: Field::tick(
                "allowPrivate",
                "Such a host may be a private address",
                is_on("allowPrivate", false),
            ),
            command: Field::line("command", "Program").value(text("command")).placeholder("npx"),
            args: Field::code("args", "Arguments", 3)
                .value(lines("args"))
                .hint("One a line. No templates: arguments show in the list of processes."),
            env: Field::code("env", "Variables", 3)
                .value(pairs("env", "="))
                .placeholder("API_TOKEN={{mcp.API_TOKEN}}")
                .hint("One a line."),
            cwd: Field::line("cwd", "Working directory").value(text("cwd")),
            timeout: Field::number("timeout", "Timeout in milliseconds")
                .value(config["timeout"].as_i64().map(|ms| ms.to_string()).unwrap_or_default())
                .hint("For connecting, and for each call."),
            include_tools: Field::code("includeTools", "Only these tools", 2)
                .value(lines("includeTools"))
                .hint("By the server's own names, one a line. Empty: all."),
            exclude_tools: Field::code("excludeTools", "Not these tools", 2)
                .value(lines("excludeTools"))
                .hint("One a line."),
            enabled: Field::tick("enabled", "The agent may use it", is_on("enabled", true)),
            problem: String::new(),
        }
    }

    /// With what was typed in it.
    pub fn typed(mut self, posted: &Posted) -> Self {
        for field in self.fields() {
            *field = std::mem::take(field).typed(posted);
        }
        self
    }

    /// Puts what is wrong at `place`, a path within the configuration, where it is wrong.
    pub fn blame(&mut self, place: &str, sentence: &str) {
        let field = match place.split('.').next().unwrap_or_default() {
            "" => "name",
            field => field,
        };
        if !blame(&mut self.fields(), field, sentence) {
            self.problem = sentence.to_owned();
        }
    }

    fn fields(&mut self) -> [&mut Field; 14] {
        [
            &mut self.name,
            &mut self.kind,
            &mut self.url,
            &mut self.headers,
            &mut self.allow_templated_host,
            &mut self.allow_private,
            &mut self.command,
            &mut self.args,
            &mut self.env,
            &mut self.cwd,
            &mut self.timeout,
            &mut self.include_tools,
            &mut self.exclude_tools,
            &mut self.enabled,
        ]
    }
}

/// The form as a configuration. What belongs to the other kind of server is left out.
///
/// # Errors
/// The field whose lines cannot be read, and why.
pub fn to_config(posted: &Posted) -> Result<Value, (&'static str, &'static str)> {
    let mut config = Map::new();
    if posted.text("kind") == "stdio" {
        config.insert("command".into(), posted.text("command").trim().into());
        let args: Vec<_> = posted.text("args").lines().filter(|line| !line.is_empty()).collect();
        config.insert("args".into(), json!(args));
        let env = pairs(posted.text("env"), '=').ok_or(("env", "Write each as NAME=value, on a line of its own."))?;
        config.insert("env".into(), env.into());
        let cwd = posted.text("cwd").trim();
        if !cwd.is_empty() {
            config.insert("cwd".into(), cwd.into());
        }
    } else {
        config.insert("type".into(), posted.text("kind").into());
        config.insert("url".into(), posted.text("url").trim().into());
        let headers = pairs(posted.text("headers"), ':');
        let headers = headers.ok_or(("headers", "Write each as Name: value, on a line of its own."))?;
        config.insert("headers".into(), headers.into());
        for name in ["allowTemplatedHost", "allowPrivate"] {
            if posted.is_ticked(name) {
                config.insert(name.into(), true.into());
            }
        }
    }
    let timeout = posted.text("timeout").trim();
    if !timeout.is_empty() {
        config.insert("timeout".into(), timeout.parse::<i64>().map_or_else(|_| timeout.into(), Value::from));
    }
    for name in ["includeTools", "excludeTools"] {
        let tools: Vec<_> = posted.text(name).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if !tools.is_empty() {
            config.insert(name.into(), json!(tools));
        }
    }
    if !posted.is_ticked("enabled") {
        config.insert("enabled".into(), false.into());
    }
    Ok(config.into())
}

/// A name and a value on each line.
pub fn pairs(text: &str, between: char) -> Option<Map<String, Value>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once(between)?;
            Some((name.trim().to_owned(), Value::from(value.trim())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_line_by_line() {
        for (text, between, expected) in [
            ("", ':', Some(json!({}))),
            ("A: b: c\n\n B :d", ':', Some(json!({ "A": "b: c", "B": "d" }))),
            ("A=b=c", '=', Some(json!({ "A": "b=c" }))),
            ("A", ':', None),
        ] {
            assert_eq!(pairs(text, between).map(Value::from), expected, "{text}");
        }
    }

    #[test]
    fn a_configuration_fills_its_form() {
        let config =
            json!({ "url": "https://a.com", "headers": { "A": "Bearer {{mcp.K}}" }, "timeout": 5, "enabled": false });
        let form = ServerForm::of("orders", &config);
        assert!(form.headers.to_string().contains("A: Bearer {{mcp.K}}"));
        assert!(form.timeout.to_string().contains("value=\"5\""));
        assert!(!form.enabled.to_string().contains("checked"));
    }
}
