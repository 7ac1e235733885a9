//! The page, made for the visitor who asks for it.

use super::orders::{self, Tenant};
use serde_json::Value;
use sigmic_shared::AppId;

/// The two people who visit the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Of Acme Corp.
    Alice,
    /// Of Blue Bakery.
    Bob,
}

impl Visitor {
    /// The visitor of this name; Alice, if there is none.
    pub fn named(name: &str) -> Self {
        if name == Self::Bob.id() { Self::Bob } else { Self::Alice }
    }

    /// What the website's own database would call them.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
        }
    }

    /// The customer they order for.
    pub const fn tenant(self) -> Tenant {
        match self {
            Self::Alice => Tenant::Acme,
            Self::Bob => Tenant::BlueBakery,
        }
    }

    /// An order of theirs to ask about.
    const fn example_order(self) -> &'static str {
        match self {
            Self::Alice => "1042",
            Self::Bob => "2208",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Alice => "Alice",
            Self::Bob => "Bob",
        }
    }
}

/// The page with its two script tags.
pub fn render(visitor: Visitor, token: &str, host: &str, app_id: &AppId) -> String {
    let current = |who| if who == visitor { "aria-current=\"page\"" } else { "" };
    include_str!("page.html")
        .replace("{{alice}}", current(Visitor::Alice))
        .replace("{{bob}}", current(Visitor::Bob))
        .replace("{{name}}", visitor.name())
        .replace("{{tenant}}", visitor.tenant().name())
        .replace("{{tenant_id}}", visitor.tenant().id())
        .replace("{{open_orders}}", &orders::open_orders(visitor.tenant()).to_string())
        .replace("{{order}}", visitor.example_order())
        .replace("{{visitor}}", visitor.id())
        .replace("{{visitor_json}}", &script_json(visitor.id()))
        .replace("{{app_id}}", app_id.as_str())
        .replace("{{token_json}}", &script_json(token))
        .replace("{{host_json}}", &script_json(host))
        .replace("{{host}}", host)
}

/// A string inside a script element, which `</script>` must not end.
fn script_json(text: &str) -> String {
    Value::from(text).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_made_for_one_visitor_and_leaves_nothing_open() {
        let page = render(Visitor::Bob, "eyJ</script>", "http://h", &"wapp_1".into());
        assert!(page.contains("token: \"eyJ\\u003c/script>\""));
        assert!(page.contains("<a href=\"/?visitor=bob\" aria-current=\"page\">"));
        assert!(page.contains("src=\"http://h/widget/sigmic-chat.js\""));
        assert!(page.contains("\"TENANT_ID\": \"blue-bakery\"") && page.contains("Where is order 2208?"));
        // The one template that is shown, not filled.
        assert!(!page.replace("{{mcp.", "").contains("{{"));
    }
}
