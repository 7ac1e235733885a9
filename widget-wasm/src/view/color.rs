//! Colours that can be read, from one that somebody chose. Ratios as WCAG 2 defines them.

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// The contrast that WCAG AA asks of text.
const READABLE: f64 = 4.5;

impl Color {
    /// White.
    pub const WHITE: Self = Self([255, 255, 255]);
    /// Black.
    pub const BLACK: Self = Self([0, 0, 0]);
    /// What links and rings stand on in light colours: the darkest of the backgrounds.
    pub const LIGHT_BACKGROUND: Self = Self([0xf4, 0xf5, 0xf7]);
    /// What links and rings stand on in dark colours: the lightest of the backgrounds.
    pub const DARK_BACKGROUND: Self = Self([0x23, 0x25, 0x2b]);

    /// Reads `#rgb` or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?.as_bytes();
        let digit = |at: usize| char::from(digits[at]).to_digit(16).map(|value| value as u8);
        let part = |at: usize| match digits.len() {
            3 => digit(at).map(|value| value * 17),
            6 => Some(digit(2 * at)? * 16 + digit(2 * at + 1)?),
            _ => None,
        };
        Some(Self([part(0)?, part(1)?, part(2)?]))
    }

    /// As `#rrggbb`.
    pub fn to_hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The colour of text on this one: white wherever that can be read, else black.
    pub fn ink(self) -> Self {
        if contrast(self, Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// This colour as text on `background`: mixed with white or black just as far as reading it takes.
    pub fn readable_on(self, background: Self) -> Self {
        let towards = background.ink();
        (0..=20)
            .map(|step| self.mix(towards, f64::from(step) / 20.0))
            .find(|color| contrast(*color, background) >= READABLE)
            .unwrap_or(towards)
    }

    fn mix(self, other: Self, share: f64) -> Self {
        let part = |at: usize| {
            let (own, its) = (f64::from(self.0[at]), f64::from(other.0[at]));
            (own + (its - own) * share).round() as u8
        };
        Self([part(0), part(1), part(2)])
    }

    fn luminance(self) -> f64 {
        let linear = |at: usize| {
            let part = f64::from(self.0[at]) / 255.0;
            if part > 0.04045 { ((part + 0.055) / 1.055).powf(2.4) } else { part / 12.92 }
        };
        0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2)
    }
}

/// The ratio of two colours' luminance, 1 to 21.
fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (one.luminance() + 0.05, other.luminance() + 0.05);
    if one > other { one / other } else { other / one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_colours_are_read() {
        assert_eq!(Color::parse("#fff"), Some(Color::WHITE));
        assert_eq!(Color::parse("#1a2B3c").map(Color::to_hex).as_deref(), Some("#1a2b3c"));
        for wrong in ["", "#", "fff", "#ff", "#ffff", "#ggg", "#12345é", "red", "#fff;}", "rgb(0,0,0)"] {
            assert_eq!(Color::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn contrast_is_the_standard_one() {
        assert!((contrast(Color::BLACK, Color::WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(Color::parse("#767676").unwrap(), Color::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_colour_gets_text_that_can_be_read() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let color = Color([red, green, blue]);
                    assert!(contrast(color, color.ink()) >= READABLE, "ink on {}", color.to_hex());
                    for background in [Color::LIGHT_BACKGROUND, Color::DARK_BACKGROUND, Color::WHITE] {
                        let text = color.readable_on(background);
                        assert!(contrast(text, background) >= READABLE, "{} on {background:?}", color.to_hex());
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let blue = Color::parse("#2c46bd").unwrap();
        assert_eq!(blue.readable_on(Color::WHITE), blue);
        assert_eq!(blue.ink(), Color::WHITE);
        assert_eq!(Color::parse("#ffd400").unwrap().ink(), Color::BLACK);
    }
}
