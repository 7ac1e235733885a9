//! How long something took, in the visitor's language.

use js_sys::Object;
use leptos::wasm_bindgen::{self, prelude::*};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &Object) -> Result<NumberFormat, JsValue>;

    #[wasm_bindgen(method)]
    fn format(this: &NumberFormat, number: f64) -> String;
}

/// `0.4s` for 400 ms in English, as the browser writes it.
pub fn in_words(duration_ms: u64, lang: &str) -> String {
    let (number, unit) = number_and_unit(duration_ms);
    let options = Object::new();
    for (name, value) in [("style", "unit"), ("unit", unit), ("unitDisplay", "narrow")] {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    // The page may have given a language that is none.
    let format = NumberFormat::new(lang, &options).or_else(|_| NumberFormat::new("en", &options));
    format.map(|format| format.format(number)).unwrap_or_default()
}

fn number_and_unit(duration_ms: u64) -> (f64, &'static str) {
    let tenths = duration_ms.div_ceil(100) as f64 / 10.0;
    match duration_ms {
        0..10_000 => (tenths, "second"),
        10_000..60_000 => (tenths.round(), "second"),
        _ => ((tenths / 6.0).round() / 10.0, "minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_told_finely_and_long_ones_roughly() {
        for (duration_ms, expected) in [
            (0, (0.0, "second")),
            (3, (0.1, "second")),
            (400, (0.4, "second")),
            (9_950, (10.0, "second")),
            (12_345, (12.0, "second")),
            (60_000, (1.0, "minute")),
            (95_000, (1.6, "minute")),
            (3_600_000, (60.0, "minute")),
        ] {
            assert_eq!(number_and_unit(duration_ms), expected, "{duration_ms}");
        }
    }
}
