//! A tab: a page, what can be done with it, and what happened in it.

use super::{
    Element,
    accessibility::Outline,
    keyboard,
    recorder::{ConsoleMessage, CspViolation, PageMessage, Recorder, Request},
};
use crate::DEADLINE;
use chromiumoxide::{
    Browser as Chromium, Page,
    cdp::browser_protocol::emulation::{
        MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams, SetTouchEmulationEnabledParams,
    },
    page::ScreenshotParams,
};
use serde::de::DeserializeOwned;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often a condition is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// One tab. Everything that looks for something waits until it is there.
#[derive(Debug)]
pub struct Tab {
    page: Page,
    recorder: Recorder,
}

impl Tab {
    pub(super) async fn open(chromium: &Chromium) -> Self {
        let page = chromium.new_page("about:blank").await.expect("a tab can be opened");
        let recorder = Recorder::start(&page).await;
        Self { page, recorder }
    }

    /// Opens a URL and waits until it is loaded.
    pub async fn goto(&self, url: &str) {
        self.page.goto(url).await.unwrap_or_else(|error| panic!("{url} cannot be opened: {error}"));
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.page.reload().await.expect("a page can be loaded again");
    }

    /// Waits until exactly one thing has this role and this accessible name, and gives it.
    pub async fn find(&self, role: &str, name: &str) -> Element<'_> {
        self.find_one(role, Some(name)).await
    }

    /// Waits until exactly one thing has this role, whatever its name.
    pub async fn find_role(&self, role: &str) -> Element<'_> {
        self.find_one(role, None).await
    }

    /// Everything that has this role now.
    pub async fn find_all(&self, role: &str) -> Vec<Element<'_>> {
        let outline = self.outline().await;
        outline.find(role, None).map(|thing| Element::new(self, thing.clone())).collect()
    }

    /// Waits until nothing has this role and this name.
    pub async fn wait_until_gone(&self, role: &str, name: &str) {
        let gone = async |outline: Outline| outline.find(role, Some(name)).next().is_none().then_some(());
        self.wait_for_outline(&format!("no {role} {name:?}"), gone).await;
    }

    /// Waits until `text` can be read somewhere on the page, in one piece.
    pub async fn wait_for_text(&self, text: &str) {
        let found = async |outline: Outline| outline.0.iter().any(|thing| thing.name.contains(text)).then_some(());
        self.wait_for_outline(&format!("the text {text:?}"), found).await;
    }

    /// Waits until a JavaScript expression is true.
    pub async fn wait_for(&self, expression: &str) {
        let holds = async || self.page.evaluate(expression).await.ok()?.into_value::<bool>().ok()?.then_some(());
        self.poll(expression, holds).await;
    }

    /// Waits until the recorded messages of the page to itself contain one that `wanted` accepts.
    pub async fn wait_for_message(&self, wanted: impl Fn(&PageMessage) -> bool) -> PageMessage {
        self.poll("a message", async || self.messages().into_iter().find(&wanted)).await
    }

    /// Looks until `look` finds something; `what` says what it looks for.
    pub async fn poll<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if start.elapsed() > DEADLINE {
                self.give_up(what).await;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The value of a JavaScript expression; a promise is awaited.
    pub async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> T {
        let result = self.page.evaluate_expression(expression).await;
        let result = result.unwrap_or_else(|error| panic!("{expression}: {error}"));
        result.into_value().unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Presses one key: `Enter`, `a`, `Shift+Tab`.
    pub async fn press(&self, key: &str) {
        keyboard::press(&self.page, key).await;
    }

    /// Types into whatever has the focus, key by key.
    pub async fn type_text(&self, text: &str) {
        keyboard::type_text(&self.page, text).await;
    }

    /// Pastes into whatever has the focus.
    pub async fn paste(&self, text: &str) {
        keyboard::insert(&self.page, text).await;
    }

    /// Composes `text` with an input method, and leaves the composition open.
    pub async fn compose(&self, text: &str) {
        keyboard::compose(&self.page, text).await;
    }

    /// Presses a key that the input method takes for itself. `bare`: the code 229 is all that tells so.
    pub async fn press_for_input_method(&self, key: &str, bare: bool) {
        keyboard::press_for_input_method(&self.page, key, bare).await;
    }

    /// The console so far.
    pub fn console(&self) -> Vec<ConsoleMessage> {
        self.recorder.record().console.clone()
    }

    /// What the page posted to itself so far.
    pub fn messages(&self) -> Vec<PageMessage> {
        self.recorder.record().messages.clone()
    }

    /// What the page's Content-Security-Policy forbade so far.
    pub fn violations(&self) -> Vec<CspViolation> {
        self.recorder.record().violations.clone()
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.recorder.record().requests.clone()
    }

    /// The texts of the dialogs scripts opened so far; each was dismissed.
    pub fn dialogs(&self) -> Vec<String> {
        self.recorder.record().dialogs.clone()
    }

    /// Gives it a screen of this size, in CSS pixels.
    pub async fn emulate_screen(&self, width: i64, height: i64) {
        let screen = SetDeviceMetricsOverrideParams::new(width, height, 1.0, false);
        self.page.execute(screen).await.expect("a screen can be emulated");
    }

    /// Makes it a phone: a small screen, and touch instead of a mouse.
    pub async fn emulate_phone(&self) {
        let screen = SetDeviceMetricsOverrideParams::new(390, 844, 3.0, true);
        self.page.execute(screen).await.expect("a screen can be emulated");
        let mut touch = SetTouchEmulationEnabledParams::new(true);
        touch.max_touch_points = Some(5);
        self.page.execute(touch).await.expect("touch can be emulated");
    }

    /// Sets what media queries see, for example `prefers-color-scheme` to `dark`.
    pub async fn emulate_media(&self, features: &[(&str, &str)]) {
        let features = features.iter().map(|(name, value)| MediaFeature::new(*name, *value));
        let media = SetEmulatedMediaParams::builder().features(features).build();
        self.page.execute(media).await.expect("media features can be emulated");
    }

    /// Saves what the tab shows as `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        fs::create_dir_all(&folder).expect("the folder for screenshots can be made");
        let file = folder.join(format!("{name}.png"));
        self.page.save_screenshot(ScreenshotParams::default(), &file).await.expect("a screenshot can be taken");
        file
    }

    /// Saves all of the page as `target/screenshots/<name>.png`, however long it is.
    pub async fn screenshot_whole(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        fs::create_dir_all(&folder).expect("the folder for screenshots can be made");
        let file = folder.join(format!("{name}.png"));
        let whole = ScreenshotParams::builder().full_page(true).build();
        self.page.save_screenshot(whole, &file).await.expect("a screenshot can be taken");
        file
    }

    /// Chromium's own interface to this tab, for what is missing here.
    pub fn page(&self) -> &Page {
        &self.page
    }

    async fn outline(&self) -> Outline {
        self.poll("a page", async || Outline::take(&self.page).await.ok()).await
    }

    async fn find_one(&self, role: &str, name: Option<&str>) -> Element<'_> {
        let found = async |outline: Outline| {
            let mut things = outline.find(role, name);
            let thing = things.next()?.clone();
            things.next().is_none().then(|| Element::new(self, thing))
        };
        self.wait_for_outline(&format!("exactly one {role} {:?}", name.unwrap_or("of any name")), found).await
    }

    async fn wait_for_outline<T>(&self, what: &str, look: impl AsyncFn(Outline) -> Option<T>) -> T {
        self.poll(what, async || look(Outline::take(&self.page).await.ok()?).await).await
    }

    async fn give_up(&self, what: &str) -> ! {
        let outline = Outline::take(&self.page).await.map_or_else(|error| error, |outline| outline.to_text());
        let picture = self.screenshot("failed").await;
        let console = self.console();
        panic!(
            "{what} did not come\n\nThe page:\n{outline}\nThe console: {console:#?}\nA picture: {}",
            picture.display()
        );
    }
}
