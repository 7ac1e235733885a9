//! Which pages may use a token.

use crate::scene::{PROJECT, Scene};
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{client::Client, eventually, installation::Installation, jwt, raw};

/// Whether a GET with this origin is let through; a refusal has to be the documented one.
async fn passes(client: &Client, origin: Option<&str>) -> bool {
    let client = client.clone();
    let client = match origin {
        Some(origin) => client.with_origin(origin),
        None => client,
    };
    let reply = client.get(routes::TASKS).await;
    if reply.status != 200 {
        reply.expect_error(ErrorCode::OriginNotAllowed);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "the page has to be able to read why");
    }
    reply.status == 200
}

#[tokio::test]
async fn an_origin_has_to_be_listed_exactly() {
    let scene = Scene::start().await;
    let app = scene.create_app(&["https://mysite.com", "http://localhost:3000", "https://X.example:443/"]).await;
    let user = Client::end_user(&scene.server, &app, "u1").await;
    for (origin, passed) in [
        (Some("https://mysite.com"), true),
        (Some("http://localhost:3000"), true),
        (Some("https://x.example"), true),
        (Some("https://www.mysite.com"), false),
        (Some("http://mysite.com"), false),
        (Some("https://mysite.com:443"), false),
        (Some("https://mysite.com:8443"), false),
        (Some("https://mysite.com/"), false),
        (Some("https://mysite.com.evil.example"), false),
        (Some("https://evil.example/https://mysite.com"), false),
        (Some("https://evilmysite.com"), false),
        (Some("https://mysite.co"), false),
        (Some("https://MYSITE.com"), false),
        (Some("HTTPS://mysite.com"), false),
        (Some("http://localhost"), false),
        (Some("http://localhost:30000"), false),
        (Some("http://127.0.0.1:3000"), false),
        (Some("null"), false),
        (Some("*"), false),
        (Some(""), false),
        (Some("https://mysite.com, https://evil.example"), false),
        (Some("https://mysite.com https://evil.example"), false),
        (Some("https://user@mysite.com"), false),
        (Some("file://"), false),
        (None, false),
    ] {
        assert_eq!(passes(&user, origin).await, passed, "{origin:?}");
    }
}

#[tokio::test]
async fn no_list_and_a_star_let_everybody_in() {
    let scene = Scene::start().await;
    for origins in [&[][..], &["*"], &["https://a.example", "*"]] {
        let app = scene.create_app(origins).await;
        let user = Client::end_user(&scene.server, &app, "u1").await;
        for origin in [Some("https://evil.example"), Some("null"), Some(""), None] {
            assert!(passes(&user, origin).await, "{origins:?} {origin:?}");
        }
    }
}

#[tokio::test]
async fn several_origin_headers_are_refused() {
    let scene = Scene::start().await;
    let app = scene.create_app(&["https://a.example"]).await;
    let token = format!("authorization: Bearer {}", scene.anonymous().token(&app, "u1").await);
    let line = format!("GET {}", routes::TASKS);
    for (origins, passed) in [
        (vec!["origin: https://a.example"], true),
        (vec!["origin: https://a.example", "origin: https://a.example"], false),
        (vec!["origin: https://a.example", "Origin: https://evil.example"], false),
        (vec!["origin: https://evil.example", "origin: https://a.example"], false),
    ] {
        let reply = raw::request(&scene.server, &line, &[&[&*token][..], &origins].concat(), "").await;
        assert_eq!(reply.status == 200, passed, "{origins:?}: {}", reply.text);
    }
}

#[tokio::test]
async fn the_servers_own_pages_need_no_origin_header_on_a_get() {
    for public_url in [None, Some("https://chat.example.com")] {
        let mut installation = Installation::new();
        if let Some(url) = public_url {
            installation = installation.set("PUBLIC_URL", url);
        }
        let scene = Scene::on(installation).await;
        let own = public_url.map_or_else(|| scene.server.base_url().to_owned(), str::to_owned);
        let (home, away) = (scene.create_app(&[&own]).await, scene.create_app(&["https://a.example"]).await);
        let task = { crate::scene::ask(&scene.user("u1").await, "hi").await };
        for (app, site, passed) in [
            (&home, Some("same-origin"), true),
            (&home, Some("same-site"), false),
            (&home, Some("cross-site"), false),
            (&home, Some("none"), false),
            (&home, None, false),
            (&away, Some("same-origin"), false),
        ] {
            let mut user = Client::end_user(&scene.server, app, "u1").await;
            if let Some(site) = site {
                user = user.with_header("sec-fetch-site", site);
            }
            assert_eq!(passes(&user, None).await, passed, "{public_url:?} {site:?} {}", app.app_id);
            let post = user.delete(&routes::task(task.as_str())).await;
            post.expect_error(ErrorCode::OriginNotAllowed);
        }
    }
}

#[tokio::test]
async fn the_tokens_list_and_the_apps_list_both_count() {
    let scene = Scene::start().await;
    let (a, b) = ("https://a.example", "https://b.example");
    let app = scene.create_app(&[a]).await;
    let before = Client::end_user(&scene.server, &app, "u1").await;
    assert!(passes(&before, Some(a)).await);
    scene.installation.run_json(&["app", "set-origins", &app.app_id, "--origin", b]).await;
    eventually("removing an origin reaches the server", async || (!passes(&before, Some(a)).await).then_some(())).await;
    assert!(!passes(&before, Some(b)).await, "the token's own list has to allow it too");
    let after = Client::end_user(&scene.server, &app, "u1").await;
    assert!(passes(&after, Some(b)).await);
    assert!(!passes(&after, Some(a)).await);
    scene.installation.run_json(&["app", "set-origins", &app.app_id]).await;
    eventually("an empty list reaches the server", async || passes(&before, Some(a)).await.then_some(())).await;
    assert!(!passes(&before, Some(b)).await && passes(&after, Some(b)).await);
}

#[tokio::test]
async fn a_token_without_a_list_obeys_the_apps() {
    let scene = Scene::start().await;
    let app = scene.create_app(&["https://a.example"]).await;
    let token = jwt::sign(&jwt::header(), &jwt::claims(&app.app_id, "u1"));
    let user = scene.anonymous().with_bearer(&token);
    assert!(passes(&user, Some("https://a.example")).await);
    assert!(!passes(&user, Some("https://b.example")).await);
}

#[tokio::test]
async fn what_is_no_origin_cannot_be_listed() {
    let scene = Scene::start().await;
    for entry in [
        "mysite.com",
        "https://",
        "https://a.example/path",
        "https://*.a.example",
        "ftp://a.example",
        "null",
        "https://u:p@a.example",
        "javascript:alert(1)",
        "https://a.example?x",
        "https://a b",
    ] {
        let output =
            scene.installation.run(&["app", "create", "--project", PROJECT, "--name", "n", "--origin", entry]).await;
        assert_eq!((output.status, output.stderr.lines().count()), (Some(1), 1), "{entry}: {output:?}");
        assert_eq!(output.stdout, "", "{entry}");
    }
}
