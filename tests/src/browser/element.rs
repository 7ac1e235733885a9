//! One thing on a page that can be used.

use super::{Tab, accessibility::Thing};
use chromiumoxide::{
    cdp::{
        browser_protocol::dom::{GetContentQuadsParams, ResolveNodeParams, ScrollIntoViewIfNeededParams},
        js_protocol::runtime::CallFunctionOnParams,
    },
    layout::Point,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One thing on a page, as it was when it was found.
#[derive(Clone, Debug)]
pub struct Element<'tab> {
    tab: &'tab Tab,
    thing: Thing,
}

impl<'tab> Element<'tab> {
    pub(super) fn new(tab: &'tab Tab, thing: Thing) -> Self {
        Self { tab, thing }
    }

    /// Its accessible name.
    pub fn name(&self) -> &str {
        &self.thing.name
    }

    /// Its role.
    pub fn role(&self) -> &str {
        &self.thing.role
    }

    /// The value of a field.
    pub fn value(&self) -> &str {
        self.thing.value.as_deref().unwrap_or_default()
    }

    /// A state, as the accessibility tree spells it: `expanded`, `disabled`, `focused`, `modal`, `live`, …
    pub fn state(&self, name: &str) -> Option<&Value> {
        self.thing.property(name)
    }

    /// Whether a state is there and true.
    pub fn is(&self, state: &str) -> bool {
        self.state(state).is_some_and(|value| value == &Value::Bool(true))
    }

    /// Clicks its middle with the mouse, after scrolling it into view.
    pub async fn click(&self) {
        let middle = self.middle().await;
        self.tab.page().click(middle).await.expect("the mouse can be used");
    }

    /// Moves the mouse over it.
    pub async fn hover(&self) {
        let middle = self.middle().await;
        self.tab.page().move_mouse(middle).await.expect("the mouse can be used");
    }

    /// Clicks it and types `text`.
    pub async fn type_text(&self, text: &str) {
        self.click().await;
        self.tab.type_text(text).await;
    }

    /// All text in it.
    pub async fn text(&self) -> String {
        self.call("function () { return this.textContent }").await
    }

    /// Calls a JavaScript function with this element as `this`. It reaches into closed shadow roots.
    pub async fn call<T: DeserializeOwned>(&self, function: &str) -> T {
        let page = self.tab.page();
        let resolve = ResolveNodeParams::builder().backend_node_id(self.thing.node).build();
        let resolved =
            page.execute(resolve).await.unwrap_or_else(|error| panic!("{} is gone: {error}", self.describe()));
        let mut call = CallFunctionOnParams::new(function);
        call.object_id = resolved.result.object.object_id;
        call.return_by_value = Some(true);
        call.await_promise = Some(true);
        let returned = page.execute(call).await.expect("the function can be called").result;
        if let Some(thrown) = returned.exception_details {
            panic!("on {}: {thrown:?}", self.describe());
        }
        let value = returned.result.value.unwrap_or_default();
        serde_json::from_value(value).unwrap_or_else(|error| panic!("on {}: {error}", self.describe()))
    }

    async fn middle(&self) -> Point {
        let page = self.tab.page();
        let scroll = ScrollIntoViewIfNeededParams::builder().backend_node_id(self.thing.node).build();
        let shown = page.execute(scroll).await;
        shown.unwrap_or_else(|error| panic!("{} cannot be scrolled to: {error}", self.describe()));
        let quads = GetContentQuadsParams::builder().backend_node_id(self.thing.node).build();
        let quads = page.execute(quads).await.expect("what is shown has a place").result.quads;
        let quad = quads.first().unwrap_or_else(|| panic!("{} takes no space", self.describe())).inner();
        let mean = |at: usize| quad.iter().skip(at).step_by(2).sum::<f64>() / 4.0;
        Point::new(mean(0), mean(1))
    }

    fn describe(&self) -> String {
        format!("the {} {:?}", self.role(), self.name())
    }
}
