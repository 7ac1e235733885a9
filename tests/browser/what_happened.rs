//! The Console's pages of what happened, in a real Chromium: light and dark, wide and 320 pixels narrow.

use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use serde_json::json;
use sigmic::{
    clock::Clock,
    store::{NewRun, NewTask, RunCheckpoint, RunEnd, Store, ToolCallRecord},
};
use sigmic_shared::{TaskStatus, Thought, ToolCall, ToolCallStatus, stream::Usage};
use sigmic_tests::{
    browser::{Browser, Tab},
    console::PASSWORD,
    installation::Installation,
    server::Server,
};

const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 45;

/// What somebody asked, and what came of it.
struct Told {
    task: String,
    app: String,
    user: &'static str,
    title: String,
    at: i64,
    wait: i64,
    status: TaskStatus,
    error: Option<&'static str>,
}

async fn tell(store: &Store, project: &str, told: Told) {
    let Told { task, app, user, title, at, wait, status, error } = told;
    let new = NewTask {
        id: task.as_str().into(),
        project_id: project.into(),
        owner: Some((app.as_str().into(), user.into())),
        api_key_id: None,
        username: user.into(),
        title: title.clone(),
        system_prompt: None,
        show_in_history: true,
        auto_execute: true,
        env: None,
    };
    let run = NewRun {
        message: title,
        attached_files: Vec::new(),
        user_message_id: format!("{task}-question").as_str().into(),
        answer_id: format!("{task}-answer").as_str().into(),
        context_jti: None,
        node_id: "node".into(),
        lease_until: at + 15_000,
        idempotency: None,
        request_id: Some(format!("request-{task}")),
        now_ms: at,
    };
    store.create_task(new, run).await.unwrap();
    let call = ToolCall {
        call_id: "c".into(),
        tool_name: "orders__find".into(),
        status: if error.is_some() { ToolCallStatus::Error } else { ToolCallStatus::Success },
        args: json!({ "order": 4711, "fields": ["status", "carrier"] }),
        output: Some("{\"status\":\"in transit\",\"carrier\":\"<b>DHL</b>\"}".into()),
        duration_ms: Some(240),
        text_offset: None,
    };
    let answer = RunCheckpoint {
        task_id: task.as_str().into(),
        answer_id: format!("{task}-answer").as_str().into(),
        text: "Your parcel left our warehouse on Monday.\n\nIt should be with you **tomorrow**.".into(),
        thoughts: vec![Thought { subject: "Order".into(), description: "Look it up first.".into() }],
        tool_calls: vec![ToolCallRecord { call, step: 1, text_offset: 0, allows_always: false }],
        run_no: 1,
        node_id: "node".into(),
        now_ms: at + wait + 2_000,
    };
    let end = RunEnd {
        answer,
        status,
        error: error.map(str::to_owned),
        usage: Usage { input_tokens: 900 + wait.unsigned_abs(), output_tokens: 180 },
        first_sign_at: (status == TaskStatus::Completed).then_some(at + wait),
    };
    assert!(store.finish_run(end).await.unwrap());
}

/// An instance that has been used for a while, and its pages.
async fn used() -> (Installation, Server, Vec<(&'static str, String)>) {
    let installation = Installation::new();
    let declaration = json!({ "projects": [{ "name": "Support", "provider": "demo" }] });
    let applied = installation.apply(declaration).await;
    let project = applied["projects"][0]["id"].as_str().unwrap().to_owned();
    let shop = installation.create_app("Support", &["https://www.example.com"]).await.app_id;
    let blog = installation.create_app("Support", &["https://blog.example.com"]).await.app_id;
    installation.run_json(&["app", "rotate-secret", &blog]).await;
    installation.create_account("ada@example.com", "owner").await;
    let store = Store::open(None, &installation.data_dir()).await.unwrap();
    let now_ms = Clock::system().now_ms();
    for day in 0..DAYS {
        for number in 0..(2 + day * 7 % 5) {
            let (status, error) = match (day + number) % 11 {
                3 => (TaskStatus::Failed, Some("LLM_UNAVAILABLE: The model's server cannot be reached.")),
                7 => (TaskStatus::Cancelled, None),
                _ => (TaskStatus::Completed, None),
            };
            let told = Told {
                task: format!("00000000-0000-7000-8000-{day:06}{number:06}"),
                app: if number % 3 == 2 { blog.clone() } else { shop.clone() },
                user: ["grace.hopper", "alan", "katherine@example.com"][(day + number) as usize % 3],
                title: format!("Where is my order {}?", 4711 + day * 10 + number),
                at: now_ms - (DAYS - day) * DAY_MS + DAY_MS - 60_000 * (number + 1),
                wait: 300 + (day * 37 + number * 211) % 900,
                status,
                error,
            };
            tell(&store, &project, told).await;
        }
    }
    store.close().await;
    let server = installation.start().await;
    let conversation = format!("/console/conversations/00000000-0000-7000-8000-{:06}{:06}", DAYS - 2, 1);
    let pages = vec![
        ("overview", "/console".to_owned()),
        ("overview-90", format!("/console/overview?days=90&app={shop}")),
        ("overview-empty", "/console/overview?days=7&app=nobody".to_owned()),
        ("conversations", "/console/conversations".to_owned()),
        ("conversations-none", "/console/conversations?q=nowhere".to_owned()),
        ("conversation", conversation.clone()),
        ("erase", format!("{conversation}/erase")),
        ("erase-all", format!("{conversation}/erase-all")),
        ("audit", "/console/audit".to_owned()),
        ("health", "/console/health".to_owned()),
    ];
    (installation, server, pages)
}

async fn signed_in(browser: &Browser, server: &Server) -> Tab {
    let tab = browser.new_tab().await;
    tab.goto(&server.url("/console/sign-in")).await;
    tab.find("textbox", "Email").await.type_text("ada@example.com").await;
    tab.find("textbox", "Password").await.type_text(PASSWORD).await;
    tab.find("button", "Sign in").await.click().await;
    tab.find("navigation", "Console").await;
    tab
}

#[tokio::test]
async fn no_page_of_what_happened_is_a_barrier() {
    let (_installation, server, pages) = used().await;
    let browser = Browser::launch().await;
    let tab = signed_in(&browser, &server).await;
    let mut problems = Vec::new();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")] {
        tab.emulate_media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]).await;
        let screen = SetDeviceMetricsOverrideParams::new(width, 900, 1.0, false);
        tab.page().execute(screen).await.unwrap();
        for (name, path) in &pages {
            let state = format!("{name} {width} {scheme}");
            tab.goto(&server.url(path)).await;
            tab.evaluate::<bool>(
                "document.querySelectorAll('.call, .transcript details').forEach(it => it.open = true) ?? true",
            )
            .await;
            tab.screenshot(&format!("console-{name}-{width}-{scheme}")).await;
            problems.extend(tab.find_barriers().await.into_iter().map(|barrier| format!("{state}: {barrier}")));
            let overflow: i64 = tab.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            if overflow > 0 {
                problems.push(format!("{state}: scrolls sideways by {overflow} px"));
            }
            let bytes: u64 = tab.evaluate("performance.getEntriesByType('navigation')[0].decodedBodySize").await;
            if bytes >= 100_000 {
                problems.push(format!("{state}: {bytes} bytes"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(tab.violations().is_empty() && tab.dialogs().is_empty(), "{:#?}", tab.violations());
}

#[tokio::test]
async fn keys_alone_find_a_conversation_and_the_numbers_behind_a_plot() {
    let (_installation, server, _) = used().await;
    let browser = Browser::launch().await;
    let tab = signed_in(&browser, &server).await;
    tab.goto(&server.url("/console/overview?days=90")).await;
    tab.evaluate::<bool>("document.querySelector('.plot summary').focus() ?? true").await;
    tab.press("Enter").await;
    tab.wait_for("document.querySelector('.plot td').checkVisibility()").await;
    tab.goto(&server.url("/console/conversations")).await;
    tab.evaluate::<bool>("document.getElementById('q').focus() ?? true").await;
    tab.type_text("order 4711?").await;
    tab.press("Enter").await;
    tab.find("link", "Where is my order 4711?").await.click().await;
    tab.find("heading", "Where is my order 4711?").await;
}
