//! A customer's page with the two tags, a server behind it, and a model under the test's control.

use crate::scripted_api::ScriptedApi;
use serde_json::{Value, json};
use sigmic_shared::routes;
use sigmic_tests::{
    browser::{Browser, Tab},
    client::Client,
    installation::{AppCredentials, Installation},
    model::ModelServer,
    page::Website,
    server::Server,
};

/// The widget's title when nobody chose one, which names the launcher and the dialog.
pub const TITLE: &str = "Chat with AI";

/// A `fetchToken` as a customer would write it.
pub const FETCH_TOKEN: &str = "fetchToken: async () => (await (await fetch('/token')).json()).token";

/// Timers of the widget that a test cannot wait for run out in an instant. Shorter ones keep their time.
pub const QUICK_TIMEOUTS: &str = "const wait = window.setTimeout; \
    window.setTimeout = (act, ms, ...more) => wait(act, ms >= 15000 ? 300 : ms, ...more)";

/// What a customer's page is like.
pub struct Page<'a> {
    pub token: &'a str,
    /// Lines of the widget's configuration.
    pub configuration: &'a str,
    /// The page's own style sheet.
    pub style: &'a str,
    /// A script of the page that runs before anything else.
    pub before: &'a str,
    pub lang: &'a str,
    /// Directives of its Content-Security-Policy beyond the strict ones.
    pub policy: &'a str,
    /// The API; the server itself if it is empty.
    pub host: &'a str,
}

impl Default for Page<'_> {
    fn default() -> Self {
        Self { token: "", configuration: FETCH_TOKEN, style: "", before: "", lang: "en", policy: "", host: "" }
    }
}

/// Everything a visitor's browser meets.
pub struct Scene {
    pub tab: Tab,
    pub website: Website,
    pub model: ModelServer,
    pub server: Server,
    pub app: AppCredentials,
    pub browser: Browser,
    _installation: Installation,
}

impl Scene {
    /// A server, an app that the website may use, and an empty tab.
    pub async fn set() -> Self {
        Self::set_with(json!({})).await
    }

    /// As [`Scene::set`], where the project is declared with these fields too.
    pub async fn set_with(mut project: Value) -> Self {
        let (model, website) = (ModelServer::start().await, Website::start().await);
        let installation = Installation::new();
        installation.use_model("shop", &model).await;
        project["name"] = json!("shop");
        installation.apply(json!({ "projects": [project] })).await;
        let app = installation.create_app("shop", &[&website.origin()]).await;
        let server = installation.start().await;
        website.token_route("/token", &server, &app, "visitor");
        let browser = Browser::launch().await;
        let tab = browser.new_tab().await;
        Self { tab, website, model, server, app, browser, _installation: installation }
    }

    /// As [`Scene::set`], with the page open and a good token in it.
    pub async fn open() -> Self {
        let scene = Self::set().await;
        scene.show_page(&scene.token(json!({})).await, FETCH_TOKEN, "").await;
        scene
    }

    /// Opens the page with `token`, further lines of configuration and a style sheet of the page's own.
    pub async fn show_page(&self, token: &str, configuration: &str, style: &str) {
        self.show(Page { token, configuration, style, ..Page::default() }).await;
    }

    /// Opens the page with a good token, on an API that says what a test wrote down.
    pub async fn show_scripted(&self, api: &ScriptedApi, page: Page<'_>) {
        let token = self.token(json!({})).await;
        self.show(Page { token: &token, host: api.base_url(), ..page }).await;
    }

    /// Opens the page.
    pub async fn show(&self, page: Page<'_>) {
        let Page { token, configuration, style, before, lang, policy, host } = page;
        let server = self.server.base_url();
        let host = if host.is_empty() { server } else { host };
        let token = json!(token);
        let script = format!("{before};window.SigmicChat = {{ token: {token}, host: '{host}', {configuration} }};");
        self.website.page("/config.js", &[("content-type", "text/javascript")], script);
        self.website.page("/page.css", &[("content-type", "text/css")], style);
        let policy = format!(
            "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self' {server} 'wasm-unsafe-eval'; \
             connect-src 'self' {server} {host}; {policy}"
        );
        let html = format!(
            "<!doctype html><html lang={lang}><meta name=viewport content='width=device-width'><title>Shop</title>\
             <link rel=stylesheet href=/page.css><main><h1>Shop</h1></main>\
             <script src=/config.js></script><script src={server}{} async></script>",
            routes::WIDGET_SCRIPT
        );
        self.website.page("/", &[("content-security-policy", &policy)], html);
        self.tab.goto(&self.website.url("/")).await;
    }

    /// A token of this visitor, with further fields of the exchange.
    pub async fn token(&self, fields: Value) -> String {
        Client::anonymous(&self.server).token_with(&self.app, "visitor", fields).await
    }

    /// Opens the chat with the mouse.
    pub async fn open_chat(&self) {
        self.tab.find("button", TITLE).await.click().await;
        self.tab.find("dialog", TITLE).await;
    }

    /// Types a message and sends it with Enter.
    pub async fn send(&self, message: &str) {
        self.tab.find("textbox", "Message").await.type_text(message).await;
        self.tab.press("Enter").await;
    }

    /// Waits until the messages say `text`.
    pub async fn wait_for_answer(&self, text: &str) {
        let said = async || {
            let logs = self.tab.find_all("log").await;
            let said = logs.first()?.text().await;
            said.contains(text).then_some(())
        };
        self.tab.poll(&format!("the answer {text:?}"), said).await;
    }

    /// Waits until nothing moves that comes to rest at all.
    pub async fn settle(&self) {
        let at_rest = "document.querySelector('sigmic-chat').shadowRoot.getAnimations().every(animation => \
            animation.playState === 'finished' || animation.effect.getComputedTiming().endTime === Infinity)";
        self.tab.wait_for(at_rest).await;
    }

    /// The types of the widget's events so far.
    pub fn events(&self) -> Vec<String> {
        let messages = self.tab.messages().into_iter();
        messages.filter_map(|message| message.data["type"].as_str().map(str::to_owned)).collect()
    }

    /// Fails if the page met anybody but its own server and the widget's, or broke its policy.
    pub fn assert_clean(&self) {
        self.assert_clean_beside(&[]);
    }

    /// As [`Scene::assert_clean`], where the page may also meet these.
    pub fn assert_clean_beside(&self, others: &[&str]) {
        let ours = [self.website.origin(), self.server.base_url().to_owned()];
        let ours: Vec<_> = ours.into_iter().chain(others.iter().map(|&other| other.to_owned())).collect();
        let is_ours = |url: &str| {
            url.starts_with("data:")
                || url == "about:blank"
                || ours.iter().any(|origin| url.starts_with(&format!("{origin}/")))
        };
        let foreign: Vec<_> = self.tab.requests().into_iter().filter(|request| !is_ours(&request.url)).collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
        assert!(self.tab.violations().is_empty(), "{:#?}", self.tab.violations());
        assert!(self.tab.dialogs().is_empty(), "{:#?}", self.tab.dialogs());
    }
}
