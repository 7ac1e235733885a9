//! The origins that may use an app, as a form.

use super::super::form::{Field, Posted};
use crate::auth::origin::{self, OriginEntryError};

/// One origin a line, and a box for those who want none.
pub struct OriginsForm {
    pub origins: Field,
    pub any_page: Field,
    lines: Vec<String>,
}

impl OriginsForm {
    /// As they are kept.
    pub fn of(kept: &[String]) -> Self {
        Self::with(kept.join("\n"), false)
    }

    /// As they were typed.
    pub fn typed(posted: &Posted) -> Self {
        Self::with(posted.text("origins").to_owned(), posted.is_ticked("anyPage"))
    }

    /// The origins, serialised; none when there is something to put right first.
    pub fn read(&mut self) -> Option<Vec<String>> {
        match origin::serialise_list(&self.lines) {
            Err(error) => self.blame(&error),
            Ok(origins) if origins.is_empty() && !self.is_for_any_page() => {
                self.origins.set_error("List your website's origin, or say below that any page may use the app.");
            }
            Ok(origins) => return Some(origins),
        }
        None
    }

    /// Says what is wrong beside the field.
    pub fn blame(&mut self, error: &OriginEntryError) {
        self.origins.set_error(error.to_string());
    }

    fn is_for_any_page(&self) -> bool {
        self.any_page.is_ticked()
    }

    fn with(text: String, any_page: bool) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self {
            origins: Field::code("origins", "Allowed origins", 4)
                .value(text)
                .required()
                .placeholder("https://www.example.com")
                .hint("One a line: scheme, host and, if unusual, port; no path. https://example.com and https://www.example.com are two."),
            any_page: Field::tick("anyPage", "Any page may use this app: leave the list empty", any_page)
                .hint("Then a token works wherever somebody takes it. For trying things out only."),
            lines,
        }
    }
}
