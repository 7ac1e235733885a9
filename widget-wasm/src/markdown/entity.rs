//! Character references such as `&amp;` and `&#65;`.

/// Those a model is likely to write. All there are would be more to download than the rest of the chat's texts.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("hellip", "…"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("deg", "°"),
    ("times", "×"),
    ("plusmn", "±"),
    ("le", "≤"),
    ("ge", "≥"),
    ("ne", "≠"),
    ("euro", "€"),
    ("pound", "£"),
    ("larr", "←"),
    ("rarr", "→"),
];

/// The reference that `text` begins with, just after its `&`: how long it is with its `;`, and what it stands for.
pub(super) fn decode(text: &str, out: &mut String) -> Option<usize> {
    let window = text.as_bytes();
    let end = window.iter().take(10).position(|&byte| byte == b';')?;
    let name = text.get(..end)?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => number_of(digits, 16)?,
            None => number_of(number, 10)?,
        };
        out.push(char::from_u32(code).filter(|&symbol| symbol != '\0').unwrap_or('\u{fffd}'));
    } else {
        out.push_str(NAMED.iter().find(|(known, _)| *known == name)?.1);
    }
    Some(end + 1)
}

/// `from_str_radix` would take a sign too.
fn number_of(digits: &str, radix: u32) -> Option<u32> {
    if digits.len() <= 7 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, radix).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        for (text, expected) in [
            ("amp;x", Some((4, "&"))),
            ("#65;", Some((4, "A"))),
            ("#x1F600;", Some((8, "😀"))),
            ("#X41;", Some((5, "A"))),
            ("#0;", Some((3, "\u{fffd}"))),
            ("#xD800;", Some((7, "\u{fffd}"))),
            ("#9999999;", Some((9, "\u{fffd}"))),
            ("amp", None),
            ("#87654321;", None),
            ("nosuch;", None),
            ("#;", None),
            ("#x;", None),
            ("#+65;", None),
            ("é;", None),
            (";", None),
            ("waytoolongtobe;", None),
        ] {
            let mut out = String::new();
            assert_eq!(decode(text, &mut out).map(|length| (length, out.as_str())), expected, "{text}");
        }
    }
}
