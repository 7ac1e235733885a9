//! What one pastes: a backend that trades the app's credentials for a visitor's token, and the two tags.

/// A piece of code to copy.
pub struct Snippet {
    /// Its element's id.
    pub id: &'static str,
    /// The language.
    pub title: &'static str,
    /// The code.
    pub text: String,
}

/// The same backend in each language. With a secret, curl has it in it; the others read it from their environment.
pub fn backends(host: &str, app_id: &str, secret: Option<&str>) -> Vec<Snippet> {
    let fill = |text: &str| {
        text.replace("{host}", host).replace("{app_id}", app_id).replace("{secret}", secret.unwrap_or("wsec_…"))
    };
    [
        ("curl", "curl", include_str!("snippets/curl.txt")),
        ("node", "Node", include_str!("snippets/node.txt")),
        ("python", "Python", include_str!("snippets/python.txt")),
        ("go", "Go", include_str!("snippets/go.txt")),
        ("php", "PHP", include_str!("snippets/php.txt")),
        ("ruby", "Ruby", include_str!("snippets/ruby.txt")),
        ("rust", "Rust", include_str!("snippets/rust.txt")),
    ]
    .map(|(id, title, text)| Snippet { id, title, text: fill(text.trim_end()) })
    .into()
}

/// The two tags.
pub fn tags(host: &str) -> Snippet {
    let text = include_str!("snippets/tags.txt").trim_end().replace("{host}", host);
    Snippet { id: "tags", title: "HTML", text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in_and_the_secret_is_in_one_only() {
        let snippets = backends("https://chat.example.com", "wapp_1", Some("wsec_2"));
        for snippet in &snippets {
            assert!(snippet.text.contains("https://chat.example.com/api/v1/auth/token"), "{}", snippet.title);
            for left in ["{host}", "{app_id}", "{secret}"] {
                assert!(!snippet.text.contains(left), "{} {left}", snippet.title);
            }
            assert_eq!(snippet.text.contains("wsec_2"), snippet.id == "curl", "{}", snippet.title);
        }
        let tags = tags("https://chat.example.com").text;
        assert!(tags.contains("src=\"https://chat.example.com/widget/sigmic-chat.js\""));
    }
}
