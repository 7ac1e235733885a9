//! What went wrong, in a sentence for visitors, with a way on where there is one.

use super::{
    Action, Ui,
    answer::answer_of,
    dynamic::{Dynamic, dynamic, piece},
};
use crate::{
    chat::{Answer, AnswerState, EntryKey},
    strings::Text,
};
use leptos::prelude::*;

/// What a visitor can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    Retry,
    NewChat,
    None,
}

/// Why the connection to the server failed, or why it refused; below the last message.
#[component]
pub fn ProblemCard(ui: Ui) -> impl IntoView {
    card(ui, move || Some((ui.chat.problem.get()?.code, true)))
}

/// Why an answer ended early; only the last message has a button.
#[component]
pub fn RunErrorCard(ui: Ui, key: EntryKey) -> impl IntoView {
    card(ui, move || {
        let code = |answer: &Answer| {
            let failed = answer.state == AnswerState::Failed;
            failed.then(|| answer.fatal_code())
        };
        let code = ui.chat.watch(key, |entry| answer_of(entry).and_then(code)).flatten()?;
        let is_last = ui.chat.keys.with(|keys| keys.last() == Some(&key));
        let is_told_below = is_last && ui.chat.problem.with(Option::is_some);
        (!is_told_below).then(|| (code.to_owned(), is_last))
    })
}

/// A card for an error's code, with a button if the second value says so.
fn card(ui: Ui, error: impl FnMut() -> Option<(String, bool)> + Send + 'static) -> impl IntoView {
    let mut error: Dynamic<Option<(String, bool)>> = dynamic(error);
    piece(move || {
        let (code, offers_remedy) = error()?;
        let (text, remedy) = explain(&code);
        let (label, action) = match remedy {
            Remedy::NewChat => (Text::NewChat, Action::NewChat),
            Remedy::Retry | Remedy::None => (Text::Retry, Action::Retry),
        };
        let is_offered = offers_remedy && remedy != Remedy::None;
        Some(view! {
            <div class="problem" role="alert" data-code=code>
                <p>{ui.label(text)}</p>
                <button type="button" class="plain-button" hidden=!is_offered on:click=move |_| ui.act(action.clone())>
                    {ui.label(label)}
                </button>
            </div>
        })
    })
}

/// A code of the API, of a run or of the widget, as visitors understand it.
fn explain(code: &str) -> (Text, Remedy) {
    match code {
        "NETWORK_ERROR" | "TIMEOUT" | "UNREADABLE_ANSWER" | "SERVICE_UNAVAILABLE" => {
            (Text::ErrorNetwork, Remedy::Retry)
        }
        "ORIGIN_NOT_ALLOWED" | "JWT_NOT_CONFIGURED" | "MISSING_TOKEN" => (Text::ErrorOrigin, Remedy::None),
        "INVALID_TOKEN" | "AUTH_REQUIRED" | "INVALID_AUTH_FORMAT" | "FORBIDDEN" => (Text::ErrorToken, Remedy::None),
        "RATE_LIMITED" => (Text::ErrorRateLimited, Remedy::Retry),
        "PAYLOAD_TOO_LARGE" | "CONTEXT_TOO_LONG" => (Text::ErrorTooLong, Remedy::NewChat),
        "TASK_RUNNING" => (Text::ErrorBusy, Remedy::Retry),
        "MODEL_UNAVAILABLE" | "MODEL_RATE_LIMITED" | "MODEL_AUTH_FAILED" => (Text::ErrorModel, Remedy::Retry),
        "INTERRUPTED" => (Text::ErrorInterrupted, Remedy::Retry),
        "STEP_LIMIT" => (Text::ErrorStepLimit, Remedy::Retry),
        "NOT_FOUND" => (Text::ErrorNotFound, Remedy::NewChat),
        code if code.starts_with("FETCH_TOKEN_") => (Text::ErrorSession, Remedy::Retry),
        _ => (Text::ErrorGeneric, Remedy::Retry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigmic_shared::{ErrorCode, RunErrorCode};

    #[test]
    fn visitors_are_told_what_they_can_do() {
        for (code, expected) in [
            ("ORIGIN_NOT_ALLOWED", (Text::ErrorOrigin, Remedy::None)),
            ("INVALID_TOKEN", (Text::ErrorToken, Remedy::None)),
            ("FETCH_TOKEN_TIMEOUT", (Text::ErrorSession, Remedy::Retry)),
            ("CONTEXT_TOO_LONG", (Text::ErrorTooLong, Remedy::NewChat)),
            ("NETWORK_ERROR", (Text::ErrorNetwork, Remedy::Retry)),
            ("A_CODE_OF_A_LATER_VERSION", (Text::ErrorGeneric, Remedy::Retry)),
        ] {
            assert_eq!(explain(code), expected, "{code}");
        }
    }

    #[test]
    fn a_refused_token_or_origin_offers_no_button_that_cannot_help() {
        let codes =
            ErrorCode::ALL.iter().map(|code| code.code()).chain(RunErrorCode::ALL.iter().map(|code| code.code()));
        for code in codes {
            let (text, remedy) = explain(code);
            assert_eq!(remedy == Remedy::None, matches!(text, Text::ErrorOrigin | Text::ErrorToken), "{code}");
        }
    }
}
