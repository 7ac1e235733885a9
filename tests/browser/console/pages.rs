//! Every page, light and dark, wide and 320 pixels narrow: no barrier, no sideways scrolling, nothing from elsewhere.

use super::{assert_clean, signed_in};
use serde_json::json;
use sigmic_tests::{browser::Browser, installation::Installation, server::Server};

async fn full() -> (Installation, Server, Vec<(&'static str, String)>) {
    let installation = Installation::new();
    let declaration = json!({ "projects": [{
        "name": "Support", "provider": "demo", "systemPrompt": "You answer questions about orders.",
        "toolPolicies": { "orders__refund": "ask", "orders__*": "allow" },
        "mcpServers": {
            "orders": { "url": "https://tools.example.com/{{mcp.TENANT}}/mcp", "headers": { "Authorization": "Bearer {{mcp.API_TOKEN}}" } },
            "disk": { "command": "mcp-disk", "args": ["--read-only"], "enabled": false }
        },
        "branding": { "title": "Ask us", "primaryColor": "#0a7d4f", "suggestions": ["Where is my order?"] }
    }] });
    let applied = installation.apply(declaration).await;
    let project = applied["projects"][0]["id"].as_str().unwrap().to_owned();
    let app = installation.create_app("Support", &["https://www.example.com"]).await.app_id;
    installation.create_app("Support", &["*"]).await;
    installation.create_api_key("Support").await;
    installation.create_account("ada@example.com", "owner").await;
    installation.create_account("viola@example.com", "viewer").await;
    let server = installation.start().await;
    let project = format!("/console/projects/{project}");
    let pages = vec![
        ("home", "/console".to_owned()),
        ("account", "/console/account".to_owned()),
        ("projects", "/console/projects".to_owned()),
        ("project-new", "/console/projects/new".to_owned()),
        ("project", project.clone()),
        ("servers", format!("{project}/servers")),
        ("server", format!("{project}/servers/edit?name=orders")),
        ("looks", format!("{project}/looks")),
        ("apps", "/console/apps".to_owned()),
        ("app-new", "/console/apps/new".to_owned()),
        ("app", format!("/console/apps/{app}")),
        ("keys", "/console/keys".to_owned()),
        ("not-found", "/console/nowhere".to_owned()),
    ];
    (installation, server, pages)
}

#[tokio::test]
async fn no_page_is_a_barrier_light_dark_wide_or_narrow() {
    let (_installation, server, pages) = full().await;
    let browser = Browser::launch().await;
    let mut problems = Vec::new();
    let tab = browser.new_tab().await;
    tab.goto(&server.url("/console/sign-in")).await;
    tab.screenshot_whole("console-sign-in").await;
    problems.extend(tab.find_barriers().await);
    let tab = signed_in(&browser, &server, "ada@example.com").await;
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")] {
        tab.emulate_media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]).await;
        for (name, path) in &pages {
            tab.emulate_screen(width, 800).await;
            tab.goto(&server.url(path)).await;
            let state = format!("{name} {width} {scheme}");
            assert_eq!(tab.evaluate::<i64>("innerWidth").await, width, "{state}");
            tab.screenshot(&format!("console-{name}-{width}-{scheme}")).await;
            problems.extend(tab.find_barriers().await.into_iter().map(|barrier| format!("{state}: {barrier}")));
            let overflow: i64 = tab.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            if overflow > 0 {
                problems.push(format!("{state}: scrolls sideways by {overflow} px"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert_clean(&tab, &server);
}

#[tokio::test]
async fn a_viewers_pages_are_no_barrier_either() {
    let (_installation, server, pages) = full().await;
    let browser = Browser::launch().await;
    let tab = signed_in(&browser, &server, "viola@example.com").await;
    for (name, path) in &pages {
        tab.goto(&server.url(path)).await;
        let barriers = tab.find_barriers().await;
        assert!(barriers.is_empty(), "{name}: {barriers:#?}");
    }
}

#[tokio::test]
async fn keys_alone_reach_everything() {
    let (_installation, server, _) = full().await;
    let browser = Browser::launch().await;
    let tab = signed_in(&browser, &server, "ada@example.com").await;
    tab.goto(&server.url("/console/keys")).await;
    tab.press("Tab").await;
    assert!(tab.find("link", "Skip to the content").await.is("focused"));
    tab.press("Enter").await;
    let reached = async || tab.evaluate::<bool>("document.activeElement.id === 'main'").await.then_some(());
    tab.poll("the content has the focus", reached).await;
    // On a narrow screen the navigation is behind a button.
    tab.emulate_screen(320, 800).await;
    tab.goto(&server.url("/console/account")).await;
    for _ in 0..3 {
        tab.press("Tab").await;
    }
    assert!(tab.find("button", "Menu").await.is("focused"));
    tab.press("Enter").await;
    tab.find("link", "Widget Apps").await;
    tab.press("Escape").await;
    tab.wait_until_gone("link", "Widget Apps").await;
}

#[tokio::test]
async fn the_preview_is_the_real_widget_and_follows_the_form() {
    let (_installation, server, pages) = full().await;
    let looks = &pages.iter().find(|(name, _)| *name == "looks").unwrap().1;
    let browser = Browser::launch().await;
    let tab = signed_in(&browser, &server, "ada@example.com").await;
    tab.goto(&server.url(looks)).await;
    let widget = "document.getElementById('preview').contentWindow.SigmicChat";
    tab.wait_for(&format!("{widget}?.isOpen === true")).await;
    tab.find("textbox", "Title optional").await.type_text(" anything").await;
    let shown =
        "document.getElementById('preview').contentDocument.querySelector('sigmic-chat').shadowRoot.textContent";
    tab.wait_for(&format!("{shown}.includes('Ask us anything')")).await;
    let sent = format!("{widget}.send('Hello from the Console').then(() => true)");
    assert!(tab.evaluate::<bool>(&sent).await);
    tab.screenshot_whole("console-preview").await;
    assert_clean(&tab, &server);
}
