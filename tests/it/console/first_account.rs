//! The link with which the first account is made.

use sigmic_tests::{
    console::{PASSWORD, Visitor},
    installation::Installation,
    server::Server,
};

/// The path and query of the link in the server's log.
async fn link(server: &Server) -> String {
    let line = server.logged("/console/setup?token=").await;
    let (_, rest) = line.split_once("/console/setup").expect("the line was chosen for it");
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"?=".contains(c)).unwrap_or(rest.len());
    format!("/console/setup{}", &rest[..end])
}

fn token(link: &str) -> &str {
    link.split_once("token=").expect("the link has a token").1
}

fn form<'a>(token: &'a str, email: &'a str, password: &'a str) -> [(&'a str, &'a str); 4] {
    [("token", token), ("email", email), ("password", password), ("again", password)]
}

#[tokio::test]
async fn the_link_makes_one_account_and_signs_it_in() {
    let installation = Installation::new();
    let server = installation.start().await;
    let (link, mut visitor) = (link(&server).await, Visitor::new(&server));
    assert!(visitor.get(&link).await.text.contains("Make the first account"));
    let reply = visitor.post("/console/setup", &form(token(&link), "Ada@example.com", PASSWORD)).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console?welcome")), "{}", reply.text);
    visitor.keep_cookie(&reply);
    assert!(visitor.get("/console").await.text.contains("ada@example.com"));
    let again = Visitor::new(&server);
    assert!(again.get(&link).await.text.contains("set up already"));
    let reply = again.post("/console/setup", &form(token(&link), "eve@example.com", PASSWORD)).await;
    assert!(reply.status == 400 && reply.text.contains("set up already"), "{}", reply.text);
    let accounts = installation.run_json(&["admin", "list"]).await;
    assert_eq!(accounts.as_array().map(Vec::len), Some(1), "{accounts}");
}

#[tokio::test]
async fn a_guessed_or_old_link_does_nothing() {
    let installation = Installation::new();
    let server = installation.start().await;
    let old = link(&server).await;
    server.stop().await;
    let server = installation.start().await;
    let new = link(&server).await;
    assert_ne!(old, new, "each start has a link of its own");
    let visitor = Visitor::new(&server);
    for token in [token(&old), "", &"0".repeat(64)] {
        let reply = visitor.post("/console/setup", &form(token, "eve@example.com", PASSWORD)).await;
        assert!(reply.status == 400 && reply.text.contains("in the server's log") || reply.text.contains("&#39;s log"));
    }
    assert_eq!(installation.run_json(&["admin", "list"]).await, serde_json::json!([]));
}

#[tokio::test]
async fn an_account_from_the_command_line_ends_the_link() {
    let installation = Installation::new();
    let server = installation.start().await;
    let link = link(&server).await;
    installation.create_account("ada@example.com", "owner").await;
    assert!(Visitor::new(&server).get(&link).await.text.contains("set up already"));
    server.stop().await;
    let server = installation.start().await;
    assert!(!server.log().contains("/console/setup"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let server = Installation::new().start().await;
    let (link, visitor) = (link(&server).await, Visitor::new(&server));
    for (email, password, again, problem) in [
        ("ada@example.com", "too short", "too short", "password-error"),
        ("no address", PASSWORD, PASSWORD, "email-error"),
        ("ada@example.com", PASSWORD, "another long password", "again-error"),
    ] {
        let fields = [("token", token(&link)), ("email", email), ("password", password), ("again", again)];
        let reply = visitor.post("/console/setup", &fields).await;
        assert_eq!(reply.status, 400, "{problem}");
        assert!(reply.text.contains(&format!("id=\"{problem}\"")), "{problem}: {}", reply.text);
        assert!(reply.text.contains(&format!("value=\"{email}\"")) && !reply.text.contains(password), "{problem}");
    }
}
