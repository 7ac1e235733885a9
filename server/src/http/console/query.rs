//! What stands behind the question mark of a page's address.

use axum::{extract::FromRequestParts, http::request::Parts};
use std::convert::Infallible;

/// A page's query. Whatever somebody typed there is one: what cannot be understood counts as not said.
#[derive(Clone, Debug, Default)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// A value without the spaces around it; empty when it was not said.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// A value, if one was said.
    pub fn find(&self, name: &str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// The same query with another value, for a link; those in `without` are left out.
    pub fn link(&self, path: &str, name: &str, value: &str, without: &[&str]) -> String {
        let kept = self
            .0
            .iter()
            .filter(|(known, value)| known != name && !without.contains(&known.as_str()) && !value.trim().is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept.map(|(name, value)| (name, value.trim())));
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn read(query: &str) -> Self {
        // Databases refuse U+0000 in a text.
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.replace('\0', "\u{fffd}"))).collect())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_query_can_be_read() {
        for (query, value) in
            [("", ""), ("q=a+b", "a b"), ("q=1&q=2", "1"), ("q", ""), ("q=%00", "\u{fffd}"), ("q=%ff&&=", "\u{fffd}")]
        {
            assert_eq!(Asked::read(query).text("q"), value, "{query}");
        }
    }

    #[test]
    fn links_keep_the_rest_of_the_query() {
        let asked = Asked::read("app=a&q=x%26y&after=1&user=");
        assert_eq!(asked.link("/c", "after", "2", &[]), "/c?app=a&q=x%26y&after=2");
        assert_eq!(asked.link("/c", "app", "", &["after"]), "/c?q=x%26y");
        assert_eq!(Asked::default().link("/c", "a", "", &[]), "/c");
    }
}
