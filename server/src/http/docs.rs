//! The API's description for people: one page made from the OpenAPI document, without a script.

use super::openapi;
use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse},
};
use serde_json::Value;
use sigmic_shared::{ErrorCode, RunErrorCode};
use std::{fmt::Write, sync::LazyLock};

static PAGE: LazyLock<String> =
    LazyLock::new(|| render(&serde_json::to_value(openapi::document()).unwrap_or_default()));

/// `GET /docs`
pub async fn serve() -> impl IntoResponse {
    let headers: [(HeaderName, HeaderValue); 1] = [(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    )];
    (headers, Html(PAGE.as_str()))
}

/// `GET /docs/style.css`
pub async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs.css"))
}

fn render(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Sigmic API</title><link rel=stylesheet href=/docs/style.css><h1>Sigmic API</h1>\
         <p>For machines: <a href=/openapi.json>openapi.json</a>. Every answer is <code>{ success, data }</code> or \
         <code>{ success, error: { code, message } }</code>.<h2>Calls</h2>",
    );
    for (path, item) in object(&document["paths"]) {
        for (method, operation) in object(item) {
            render_operation(&mut page, method, path, operation);
        }
    }
    page.push_str("<h2>Types</h2>");
    for (name, schema) in object(&document["components"]["schemas"]) {
        render_schema(&mut page, name, schema);
    }
    page.push_str("<h2>Error codes</h2><table><tr><th>Code<th>Status");
    for code in ErrorCode::ALL {
        let _ = write!(page, "<tr><td><code>{code}</code><td>{}", code.status());
    }
    for code in RunErrorCode::ALL {
        let _ = write!(page, "<tr><td><code>{code}</code><td>in a stream");
    }
    page.push_str("</table></html>");
    page
}

fn render_operation(page: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(
        page,
        "<section><h3><b>{}</b> {}</h3><p>{}",
        method.to_uppercase(),
        escape(path),
        escape(operation["summary"].as_str().unwrap_or_default())
    );
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let _ = write!(
            page,
            "<br><code>{}</code> in the {}",
            escape(parameter["name"].as_str().unwrap_or_default()),
            escape(parameter["in"].as_str().unwrap_or_default())
        );
    }
    if let Some(body) = media_type(&operation["requestBody"]) {
        let _ = write!(page, "<p>Takes {}", kind(body));
    }
    if let Some(answer) = media_type(&operation["responses"]["200"]) {
        let _ = write!(page, "<p>Gives {}", kind(answer));
    }
    page.push_str("</section>");
}

fn render_schema(page: &mut String, name: &str, schema: &Value) {
    let about = escape(schema["description"].as_str().unwrap_or_default());
    let _ = write!(page, "<section id=\"{0}\"><h3>{0}</h3><p>{about}", escape(name));
    let parts = schema["allOf"].as_array().map_or(vec![schema], |parts| parts.iter().collect());
    let rows: Vec<_> = parts.into_iter().flat_map(|part| object(&part["properties"])).collect();
    if !rows.is_empty() {
        page.push_str("<table><tr><th>Field<th>Type<th>Meaning");
    }
    for (field, property) in &rows {
        let about = escape(property["description"].as_str().unwrap_or_default());
        let _ = write!(page, "<tr><td><code>{}</code><td>{}<td>{about}", escape(field), kind(property));
    }
    if !rows.is_empty() {
        page.push_str("</table>");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> =
            values.iter().filter_map(Value::as_str).map(|value| format!("<code>{}</code>", escape(value))).collect();
        let _ = write!(page, "<p>{}", values.join(", "));
    }
    page.push_str("</section>");
}

/// A type as a person would say it.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(kinds) = schema[several].as_array() {
            return kinds.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => escape(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(escape).collect::<Vec<_>>().join(" or "),
        _ => "any".into(),
    }
}

fn media_type(holder: &Value) -> Option<&Value> {
    object(&holder["content"]).next().map(|(_, media)| &media["schema"])
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_every_call_type_and_code() {
        for part in [
            "<b>POST</b> /api/v1/auth/token",
            "id=\"TokenRequest\"",
            "<code>endUserId</code>",
            "ORIGIN_NOT_ALLOWED",
            "STEP_LIMIT",
        ] {
            assert!(PAGE.contains(part), "{part}");
        }
    }

    #[test]
    fn what_comes_from_the_document_is_escaped() {
        let page = render(&serde_json::json!({ "paths": { "/<b>": { "get": { "summary": "<script>" } } } }));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
    }
}
