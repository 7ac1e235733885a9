use super::*;
use secrecy::ExposeSecret;
use serde_json::json;

fn read(fields: Value) -> Result<ProjectSpec, Problem> {
    let mut value = json!({ "name": "default" });
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    ProjectSpec::read("projects[0]", &value)
}

#[test]
fn the_documented_shape_is_read() {
    let spec = read(json!({
        "provider": "openai",
        "model": "gpt-5-mini",
        "baseUrl": "https://api.openai.com/v1",
        "apiKey": "sk-1",
        "systemPrompt": "Be brief.",
        "autoExecute": true,
        "maxSteps": 25,
        "mcpServers": { "orders": {
            "url": "https://shop.example/mcp", "type": "http",
            "headers": { "Authorization": "Bearer {{mcp.API_TOKEN}}" },
        } },
        "toolPolicies": { "orders__refund": "ask", "orders__*": "allow", "*": "deny" },
        "branding": {
            "title": "Shop", "logo": "https://shop.example/logo.svg", "primaryColor": "#0066CC",
            "welcomeMessage": "Hello", "suggestions": ["Where is my order?"],
        },
    }))
    .unwrap();
    assert_eq!((spec.name.as_str(), spec.provider.as_deref()), ("default", Some("openai")));
    assert_eq!(spec.api_key.unwrap().expose_secret(), "sk-1");
    assert_eq!((spec.auto_execute, spec.max_steps, spec.context_tokens), (Some(true), Some(25), None));
    assert_eq!(spec.mcp_servers.unwrap().len(), 1);
    assert_eq!(spec.tool_policies.unwrap()["*"], "deny");
    assert_eq!(spec.branding.unwrap().suggestions, ["Where is my order?"]);
    assert!(spec.ignored.is_empty());
}

#[test]
fn what_is_left_out_or_null_is_not_there() {
    let fields = FIELDS.iter().filter(|name| **name != "name").map(|name| ((*name).to_owned(), Value::Null));
    for fields in [json!({}), Value::Object(fields.collect())] {
        let spec = read(fields).unwrap();
        assert!(spec.provider.is_none() && spec.model.is_none() && spec.base_url.is_none() && spec.api_key.is_none());
        assert!(spec.system_prompt.is_none() && spec.auto_execute.is_none() && spec.max_steps.is_none());
        assert!(spec.mcp_servers.is_none() && spec.tool_policies.is_none() && spec.branding.is_none());
    }
}

#[test]
fn problems_name_their_place() {
    for (fields, place, problem) in [
        (json!({ "name": null }), "name", "is needed"),
        (json!({ "name": " " }), "name", "1 to 100 characters"),
        (json!({ "name": "a\nb" }), "name", "1 to 100 characters"),
        (json!({ "nmae": "x" }), "nmae", "no such key; there are name,"),
        (json!({ "provider": "azure" }), "provider", "one of openai, anthropic, gemini, demo"),
        (json!({ "provider": 1 }), "provider", "expected a string"),
        (json!({ "model": "" }), "model", "1 to 1000 characters"),
        (json!({ "baseUrl": "api.openai.com" }), "baseUrl", "http or https URL"),
        (json!({ "baseUrl": "https://user@api.openai.com" }), "baseUrl", "http or https URL"),
        (json!({ "baseUrl": "https://api.openai.com?x" }), "baseUrl", "http or https URL"),
        (json!({ "apiKey": "sk hunter2" }), "apiKey", "no key has"),
        (json!({ "apiKey": "hunter2\n" }), "apiKey", "no key has"),
        (json!({ "apiKey": ["hunter2"] }), "apiKey", "expected a string"),
        (json!({ "systemPrompt": "x".repeat(100_001) }), "systemPrompt", "0 to 100000 characters"),
        (json!({ "systemPrompt": "\u{0}" }), "systemPrompt", "NUL"),
        (json!({ "autoExecute": "true" }), "autoExecute", "true or false"),
        (json!({ "maxSteps": 0 }), "maxSteps", "from 1 to 1000"),
        (json!({ "maxSteps": 1001 }), "maxSteps", "from 1 to 1000"),
        (json!({ "maxSteps": -1 }), "maxSteps", "from 1 to 1000"),
        (json!({ "maxSteps": 2.5 }), "maxSteps", "from 1 to 1000"),
        (json!({ "contextTokens": "8k" }), "contextTokens", "whole number"),
        (json!({ "mcpServers": [] }), "mcpServers", "expected an object"),
        (json!({ "mcpServers": { "a": {} } }), "mcpServers.a", "either `url` or `command`"),
        (json!({ "mcpServers": { "a b": { "command": "x" } } }), "mcpServers.a b", "a server's name"),
        (
            json!({ "mcpServers": { "a": { "command": "x", "args": ["{{mcp.K}}"] } } }),
            "mcpServers.a.args",
            "no template",
        ),
        (json!({ "toolPolicies": [] }), "toolPolicies", "expected an object"),
        (json!({ "toolPolicies": { "a": "maybe" } }), "toolPolicies.a", "allow, ask or deny"),
        (json!({ "toolPolicies": { "a": true } }), "toolPolicies.a", "allow, ask or deny"),
        (json!({ "toolPolicies": { "": "ask" } }), "toolPolicies", "expected patterns"),
        (json!({ "toolPolicies": { "a b": "ask" } }), "toolPolicies", "expected patterns"),
        (json!({ "toolPolicies": { "{{mcp.K}}": "ask" } }), "toolPolicies", "expected patterns"),
        (json!({ "branding": "blue" }), "branding", "expected an object"),
        (json!({ "branding": { "colour": "#fff" } }), "branding.colour", "no such key"),
        (json!({ "branding": { "primaryColor": "blue" } }), "branding.primaryColor", "a colour such as"),
        (json!({ "branding": { "primaryColor": "#12" } }), "branding.primaryColor", "a colour such as"),
        (json!({ "branding": { "primaryColor": "#ggg" } }), "branding.primaryColor", "a colour such as"),
        (json!({ "branding": { "primaryColor": "#fff;}" } }), "branding.primaryColor", "a colour such as"),
        (json!({ "branding": { "logo": "javascript:alert(1)" } }), "branding.logo", "http or https URL"),
        (json!({ "branding": { "suggestions": "x" } }), "branding.suggestions", "a list of strings"),
        (json!({ "branding": { "suggestions": vec![""; 13] } }), "branding.suggestions", "at most 12"),
    ] {
        let error = read(fields.clone()).unwrap_err();
        assert_eq!(error.place, format!("projects[0].{place}"), "{fields}: {error}");
        assert!(error.problem.contains(problem), "{fields}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn fields_of_other_mcp_clients_are_kept_aside() {
    let spec = read(json!({ "mcpServers": { "a": { "command": "x", "disabled": true } } })).unwrap();
    assert_eq!(spec.ignored, ["projects[0].mcpServers.a.disabled"]);
}
