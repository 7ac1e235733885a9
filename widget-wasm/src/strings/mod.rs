//! Every text a visitor can read or hear, in one table per language.
//!
//! A language is one function that matches every [`Text`], so a text that lacks a translation does not compile.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod zh;

use std::collections::HashMap;

macro_rules! texts {
    ($($(#[$doc:meta])* $variant:ident = $key:literal),+ $(,)?) => {
        /// One text. Its key is its name in the page's `strings`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Text {
            $($(#[$doc])* $variant),+
        }

        impl Text {
            /// Every text there is.
            #[cfg(test)]
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text's name in the page's `strings`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }
        }
    };
}

texts! {
    /// The chat's title, which also names the launcher and the panel.
    Title = "title",
    /// Above the suggestions of an empty conversation.
    Welcome = "welcome",
    /// In the empty composer.
    Placeholder = "placeholder",
    /// Names the composer.
    Composer = "composer",
    /// Button.
    Send = "send",
    /// Button.
    Stop = "stop",
    /// Button.
    Close = "close",
    /// Button.
    Maximize = "maximize",
    /// Button.
    Restore = "restore",
    /// Button.
    NewChat = "newChat",
    /// Button.
    Retry = "retry",
    /// Button.
    Copy = "copy",
    /// Says that it worked.
    Copied = "copied",
    /// Button.
    JumpToNewest = "jumpToNewest",
    /// Names the list of messages.
    Messages = "messages",
    /// Names the suggestions.
    Suggestions = "suggestions",
    /// Read out before a message of the visitor.
    You = "you",
    /// Read out before an answer.
    Assistant = "assistant",
    /// The model is being asked.
    Thinking = "thinking",
    /// The model could not be asked for the moment.
    Retrying = "retrying",
    /// The stream is being picked up again.
    Reconnecting = "reconnecting",
    /// The conversation is being fetched.
    Loading = "loading",
    /// Under an answer that the visitor stopped.
    Stopped = "stopped",
    /// A tool runs.
    ToolRunning = "toolRunning",
    /// A tool gave a result.
    ToolDone = "toolDone",
    /// A tool failed.
    ToolFailed = "toolFailed",
    /// Somebody did not allow a tool to run.
    ToolRefused = "toolRefused",
    /// Above what a tool was called with.
    ToolArguments = "toolArguments",
    /// Above what a tool gave back.
    ToolResult = "toolResult",
    /// Button under a long text.
    ShowAll = "showAll",
    /// Asks whether a tool may run; `{tool}` is its name.
    Approval = "approval",
    /// Button.
    AllowOnce = "allowOnce",
    /// Button: this tool, for the rest of the conversation.
    AlwaysAllow = "alwaysAllow",
    /// Button.
    DontAllow = "dontAllow",
    /// The server did not get the visitor's decision.
    ApprovalFailed = "approvalFailed",
    /// Tools cannot be used for now.
    ToolsUnavailable = "toolsUnavailable",
    /// A server's tools cannot be used for now; `{server}` is its name.
    ServerUnavailable = "serverUnavailable",
    /// The server cannot be reached.
    ErrorNetwork = "errorNetwork",
    /// The page may not use the chat.
    ErrorOrigin = "errorOrigin",
    /// The visitor's session is over.
    ErrorToken = "errorToken",
    /// Too many messages.
    ErrorRateLimited = "errorRateLimited",
    /// The message is too long.
    ErrorTooLong = "errorTooLong",
    /// The model cannot answer for the moment.
    ErrorModel = "errorModel",
    /// The answer broke off.
    ErrorInterrupted = "errorInterrupted",
    /// The agent took too many steps.
    ErrorStepLimit = "errorStepLimit",
    /// The conversation is gone.
    ErrorNotFound = "errorNotFound",
    /// An answer is still under way, begun elsewhere.
    ErrorBusy = "errorBusy",
    /// The page could not renew the visitor's session.
    ErrorSession = "errorSession",
    /// Anything else.
    ErrorGeneric = "errorGeneric",
}

/// A language the chat speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Arabic,
    Chinese,
    English,
    French,
    German,
    Spanish,
}

impl Language {
    /// The language of a BCP 47 tag; English for one without a table.
    fn of(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "ar" => Self::Arabic,
            "zh" => Self::Chinese,
            "fr" => Self::French,
            "de" => Self::German,
            "es" => Self::Spanish,
            _ => Self::English,
        }
    }

    fn text(self, text: Text) -> &'static str {
        match self {
            Self::Arabic => ar::text(text),
            Self::Chinese => zh::text(text),
            Self::English => en::text(text),
            Self::French => fr::text(text),
            Self::German => de::text(text),
            Self::Spanish => es::text(text),
        }
    }
}

/// The texts in one language, with those that the page overrides.
#[derive(Clone, Debug, PartialEq)]
pub struct Strings {
    language: Language,
    locale: String,
    overrides: HashMap<String, String>,
}

impl Strings {
    /// The texts for a BCP 47 `locale`. `overrides` go by [`Text::key`]; unknown keys mean nothing.
    pub fn new(locale: &str, overrides: HashMap<String, String>) -> Self {
        Self { language: Language::of(locale), locale: locale.to_owned(), overrides }
    }

    /// One text.
    pub fn get(&self, text: Text) -> String {
        match self.overrides.get(text.key()) {
            Some(own) => own.clone(),
            None => self.language.text(text).to_owned(),
        }
    }

    /// One text with `{name}` replaced by `value`.
    pub fn with(&self, text: Text, name: &str, value: &str) -> String {
        self.get(text).replace(&format!("{{{name}}}"), value)
    }

    /// The language the texts are really in, for `lang`: the locale, or English where it has no table.
    pub fn lang(&self) -> &str {
        if self.language == Language::English && !self.locale.to_ascii_lowercase().starts_with("en") {
            "en"
        } else {
            &self.locale
        }
    }

    /// `rtl` or `ltr`, by the locale: visitors write in it even where the buttons are English.
    pub fn direction(&self) -> &'static str {
        direction(&self.locale)
    }
}

/// `rtl` for languages written from right to left, else `ltr`.
pub fn direction(locale: &str) -> &'static str {
    const RIGHT_TO_LEFT: [&str; 10] = ["ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ur", "yi"];
    let primary = locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if RIGHT_TO_LEFT.contains(&primary.as_str()) { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [&str; 6] = ["ar", "de", "en", "es", "fr", "zh"];

    #[test]
    fn every_language_says_something_everywhere_and_keeps_placeholders() {
        for locale in LANGUAGES {
            let strings = Strings::new(locale, HashMap::new());
            for &text in Text::ALL {
                let english = en::text(text);
                let said = strings.get(text);
                assert!(!said.trim().is_empty(), "{locale} {text:?}");
                for place in ["{tool}", "{server}"] {
                    assert_eq!(said.contains(place), english.contains(place), "{locale} {text:?}");
                }
            }
        }
    }

    #[test]
    fn keys_are_distinct() {
        let keys: std::collections::HashSet<_> = Text::ALL.iter().map(|text| text.key()).collect();
        assert_eq!(keys.len(), Text::ALL.len());
    }

    #[test]
    fn locales_choose_language_and_direction() {
        for (locale, send, lang, direction) in [
            ("de-AT", "Senden", "de-AT", "ltr"),
            ("AR_EG", "إرسال", "AR_EG", "rtl"),
            ("he", "Send", "en", "rtl"),
            ("en-GB", "Send", "en-GB", "ltr"),
            ("", "Send", "en", "ltr"),
        ] {
            let strings = Strings::new(locale, HashMap::new());
            assert_eq!(strings.get(Text::Send), send, "{locale}");
            assert_eq!(strings.lang(), lang, "{locale}");
            assert_eq!(strings.direction(), direction, "{locale}");
        }
    }

    #[test]
    fn the_page_overrides_single_texts() {
        let own = HashMap::from([("send".to_owned(), "Go".to_owned()), ("nonsense".to_owned(), "x".to_owned())]);
        let strings = Strings::new("de", own);
        assert_eq!(strings.get(Text::Send), "Go");
        assert_eq!(strings.get(Text::Stop), "Stoppen");
        assert_eq!(strings.with(Text::Approval, "tool", "Refund"), "„Refund“ erlauben?");
    }
}
