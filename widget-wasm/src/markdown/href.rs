//! Which links a model may make.

/// An address with one of the schemes http, https and mailto. Nothing else can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// The address, if it may be linked to.
    pub fn parse(text: &str) -> Option<Self> {
        let _ = text;
        None
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
