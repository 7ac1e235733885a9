//! What page and app decide about the looks.

use super::color::Color;

/// How the chat looks. Where nothing was decided, the stylesheet's own values hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The title; without one the language's.
    pub title: Option<String>,
    /// URL of a logo.
    pub logo: Option<String>,
    /// Shown in an empty conversation; without one the language's.
    pub welcome: Option<String>,
    /// Questions offered in an empty conversation.
    pub suggestions: Vec<String>,
    /// In the empty composer; without one the language's.
    pub placeholder: Option<String>,
    /// `#rgb` or `#rrggbb`; anything else counts as none.
    pub primary_color: Option<String>,
    /// Whether the launcher stands left.
    pub left: bool,
    /// Whether there is a launcher.
    pub launcher: bool,
    /// Whether the panel fills an element of the page.
    pub inline: bool,
    /// The stacking order among the page's elements.
    pub z_index: Option<i32>,
    /// Distance from the window's edges in CSS pixels, sideways and upwards.
    pub offset: (Option<i32>, Option<i32>),
}

impl Look {
    /// The primary colour as `#rrggbb`.
    pub fn primary(&self) -> Option<String> {
        Some(Color::parse(self.primary_color.as_deref()?)?.to_hex())
    }

    /// The custom properties of the stylesheet that this look sets.
    pub fn properties(&self) -> String {
        let mut css = String::new();
        if let Some(primary) = self.primary_color.as_deref().and_then(Color::parse) {
            for (name, color) in [
                ("primary", primary),
                ("ink", primary.ink()),
                ("link-light", primary.readable_on(Color::LIGHT_BACKGROUND)),
                ("link-dark", primary.readable_on(Color::DARK_BACKGROUND)),
            ] {
                css += &format!("--sc-{name}:{};", color.to_hex());
            }
        }
        if let Some(z_index) = self.z_index {
            css += &format!("--sc-z:{z_index};");
        }
        for (name, distance) in [("x", self.offset.0), ("y", self.offset.1)] {
            if let Some(distance) = distance {
                css += &format!("--sc-{name}:{distance}px;");
            }
        }
        css
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_decided_is_set() {
        assert_eq!(Look::default().properties(), "");
        let look = Look {
            primary_color: Some("#ffd400".into()),
            z_index: Some(5),
            offset: (None, Some(32)),
            ..Look::default()
        };
        assert_eq!(
            look.properties(),
            "--sc-primary:#ffd400;--sc-ink:#000000;--sc-link-light:#806a00;--sc-link-dark:#ffd400;--sc-z:5;--sc-y:32px;"
        );
    }

    #[test]
    fn a_colour_cannot_smuggle_anything_into_the_stylesheet() {
        let look = Look { primary_color: Some("#fff;}*{display:none".into()), ..Look::default() };
        assert_eq!(look.properties(), "");
        assert_eq!(look.primary(), None);
    }
}
