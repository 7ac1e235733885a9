//! Whatever is typed comes back inert, and stays in its field.

use serde_json::json;
use sigmic_tests::{console::Visitor, installation::Installation};

/// Without a NUL, a form's text could hold any of these.
const HOSTILE: &[&str] = &[
    "\"><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "'; DROP TABLE projects; --",
    "{{ 7 * 7 }}{% include \"x\" %}",
    "javascript:alert(1)",
    "\u{202e}\u{0}\u{feff}\u{fffd}",
];

#[tokio::test]
async fn every_form_survives_hostile_input() {
    let installation = Installation::new();
    let applied = installation.apply(json!({ "projects": [{ "name": "shop", "provider": "demo" }] })).await;
    let project = applied["projects"][0]["id"].as_str().unwrap().to_owned();
    let app = installation.create_app("shop", &["https://a.example"]).await.app_id;
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let owner = Visitor::signed_in(&server, "ada@example.com").await;
    let project = format!("/console/projects/{project}");
    let forms: Vec<(String, Vec<&str>)> = vec![
        ("/console/sign-in".into(), vec!["email", "next"]),
        ("/console/setup".into(), vec!["email", "token"]),
        (
            "/console/projects".into(),
            vec!["name", "provider", "model", "baseUrl", "systemPrompt", "maxSteps", "policyPattern", "policyDecision"],
        ),
        (project.clone(), vec!["name", "provider", "model", "baseUrl", "systemPrompt", "maxSteps", "contextTokens"]),
        (format!("{project}/looks"), vec!["title", "primaryColor", "logo", "welcomeMessage", "suggestions"]),
        (format!("{project}/servers"), vec!["name", "was", "url", "headers"]),
        (format!("{project}/servers/import"), vec!["declaration"]),
        (format!("{project}/delete"), vec!["confirm"]),
        ("/console/apps".into(), vec!["name", "project", "origins"]),
        (format!("/console/apps/{app}/origins"), vec!["origins"]),
        (format!("/console/apps/{app}/delete"), vec!["confirm"]),
        ("/console/keys".into(), vec!["name", "project", "lifetime"]),
    ];
    for (path, names) in &forms {
        for hostile in HOSTILE {
            let fields: Vec<_> = names.iter().map(|name| (*name, *hostile)).collect();
            let reply = owner.post(path, &fields).await;
            assert!(reply.status < 500, "{path} {hostile:?}: {}", reply.text);
            for active in ["<script>alert", "<img src=x", "href=\"javascript:"] {
                assert!(!reply.text.contains(active), "{path}: {active} in {}", reply.text);
            }
        }
    }
    for path in
        ["/console", "/console/projects", "/console/apps", "/console/keys", &project, &format!("{project}/servers")]
    {
        let reply = owner.get(path).await;
        assert!(reply.status == 200 && !reply.text.contains("<script>alert"), "{path}");
    }
    for path in ["/console/projects/%00", "/console/apps/%00", "/console/projects/..%2f..%2fetc", "/console/apps/%ff"] {
        assert!(matches!(owner.get(path).await.status, 400 | 404), "{path}");
    }
}

#[tokio::test]
async fn what_was_typed_stays_in_the_form() {
    let installation = Installation::new();
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let owner = Visitor::signed_in(&server, "ada@example.com").await;
    let fields = [
        ("name", "My <shop>"),
        ("provider", "gemini"),
        ("model", ""),
        ("systemPrompt", "Line one\nline two & <more>"),
        ("maxSteps", "many"),
        ("policyPattern", "orders__*"),
        ("policyDecision", "deny"),
    ];
    let reply = owner.post("/console/projects", &fields).await;
    assert_eq!(reply.status, 400);
    for part in [
        "value=\"My &#60;shop&#62;\"",
        "<option value=\"gemini\" selected>",
        "Line one\nline two &#38; &#60;more&#62;</textarea>",
        "value=\"many\"",
        "value=\"orders__*\"",
    ] {
        assert!(reply.text.contains(part), "{part} in {}", reply.text);
    }
    let reply = owner.post("/console/apps", &[("name", "x")]).await;
    assert!(reply.status == 400, "an app without a project");
}
