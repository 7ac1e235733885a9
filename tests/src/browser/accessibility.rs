//! The page as assistive technology sees it. Shadow roots are no boundary here.

use chromiumoxide::{
    Page,
    cdp::browser_protocol::{
        accessibility::{AxNode, AxNodeId, AxPropertyName, GetFullAxTreeParams},
        dom::BackendNodeId,
    },
};
use serde_json::Value;
use std::{collections::HashMap, fmt::Write};

/// One thing on a page.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub role: String,
    pub name: String,
    pub value: Option<String>,
    pub node: BackendNodeId,
    properties: HashMap<String, Value>,
    depth: usize,
}

/// Everything on a page that is not hidden from assistive technology, in reading order.
pub(super) struct Outline(pub Vec<Thing>);

impl Outline {
    /// Looks at the page as it is now. Fails while the page is being replaced by another.
    pub(super) async fn take(page: &Page) -> Result<Self, String> {
        let tree = page.execute(GetFullAxTreeParams::default()).await.map_err(|error| error.to_string())?;
        let nodes: HashMap<&AxNodeId, &AxNode> = tree.result.nodes.iter().map(|node| (&node.node_id, node)).collect();
        let mut things = Vec::new();
        let mut open: Vec<(usize, &AxNode)> = tree.result.nodes.first().into_iter().map(|root| (0, root)).collect();
        while let Some((depth, node)) = open.pop() {
            let thing = Thing::of(node, depth);
            let inside = depth + usize::from(thing.is_some());
            things.extend(thing);
            let children = node.child_ids.iter().flatten().rev().filter_map(|id| nodes.get(id));
            open.extend(children.map(|child| (inside, *child)));
        }
        Ok(Self(things))
    }

    /// The things with `role` and, if given, exactly `name`.
    pub(super) fn find<'a>(&'a self, role: &'a str, name: Option<&'a str>) -> impl Iterator<Item = &'a Thing> {
        self.0.iter().filter(move |thing| thing.role == role && name.is_none_or(|name| thing.name == name))
    }

    /// One line per thing, indented, for people.
    pub(super) fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, thing| {
            let indent = thing.depth * 2;
            let value = thing.value.as_ref().map(|value| format!(" = {value:?}")).unwrap_or_default();
            writeln!(text, "{:indent$}{} {:?}{value}", "", thing.role, thing.name).expect("writing to memory");
            text
        })
    }
}

impl Thing {
    fn of(node: &AxNode, depth: usize) -> Option<Self> {
        let text = |value: &Option<chromiumoxide::cdp::browser_protocol::accessibility::AxValue>| {
            Some(match value.as_ref()?.value.as_ref()? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let role = text(&node.role)?;
        if node.ignored || matches!(role.as_str(), "none" | "generic" | "InlineTextBox") {
            return None;
        }
        let property = |name: &AxPropertyName| name.as_ref().to_owned();
        let properties = node.properties.iter().flatten();
        Some(Self {
            role,
            name: text(&node.name).unwrap_or_default(),
            value: text(&node.value),
            node: node.backend_dom_node_id?,
            properties: properties
                .filter_map(|entry| Some((property(&entry.name), entry.value.value.clone()?)))
                .collect(),
            depth,
        })
    }

    /// A state of it, as the accessibility tree spells it: `expanded`, `disabled`, `focused`, …
    pub(super) fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }
}
