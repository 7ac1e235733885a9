//! What every page carries.

use sigmic_tests::{console::Visitor, installation::Installation};

#[tokio::test]
async fn every_page_is_strict_small_and_kept_by_nobody() {
    let installation = Installation::new();
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let ada = Visitor::signed_in(&server, "ada@example.com").await;
    let anybody = Visitor::new(&server);
    for (visitor, path, status) in [
        (&anybody, "/console", 303),
        (&anybody, "/console/", 303),
        (&anybody, "/console/sign-in", 200),
        (&anybody, "/console/setup", 400),
        (&anybody, "/console/nowhere", 404),
        (&ada, "/console", 200),
        (&ada, "/console/account", 200),
        (&ada, "/console/nowhere", 404),
    ] {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, status, "{path}");
        let policy = reply.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(reply.header("access-control-allow-origin").is_none(), "{path}");
        assert!(reply.text.len() < 100_000, "{path}");
        for inline in [" style=", "<style", " onclick", "<script>", "javascript:"] {
            assert!(!reply.text.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn files_are_hashed_and_kept_for_ever() {
    let server = Installation::new().start().await;
    let visitor = Visitor::new(&server);
    let page = visitor.get("/console/sign-in").await.text;
    let paths: Vec<_> = page.split('"').filter(|part| part.starts_with("/console/assets/")).collect();
    assert_eq!(paths.len(), 2, "one style sheet, one script: {paths:?}");
    for path in paths {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.header("cache-control").is_some_and(|text| text.contains("immutable")), "{path}");
    }
    assert_eq!(visitor.get("/console/assets/console.css").await.status, 404);
}
