//! What went wrong, in a sentence for visitors, with a way on where there is one.

use super::{Action, Ui, answer::answer_of};
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
    move || ui.chat.problem.get().map(|problem| view! { <Card ui code=problem.code /> })
}

/// Why an answer ended early; only the last message has a button.
#[component]
pub fn RunErrorCard(ui: Ui, key: EntryKey) -> impl IntoView {
    let code = Memo::new(move |_| {
        let code = |answer: &Answer| {
            let failed = answer.state == AnswerState::Failed;
            failed.then(|| answer.errors.last().map_or("AGENT_ERROR", |error| error.code.code()))
        };
        ui.chat.watch(key, |entry| answer_of(entry).and_then(code)).flatten()
    });
    let is_last = Memo::new(move |_| ui.chat.keys.with(|keys| keys.last() == Some(&key)));
    let is_told_below = move || ui.chat.problem.with(Option::is_some) && is_last.get();
    move || {
        let code = code.get().filter(|_| !is_told_below())?;
        Some(view! { <Card ui code=code.to_owned() offers_remedy=is_last.get() /> })
    }
}

#[component]
fn Card(ui: Ui, code: String, #[prop(default = true)] offers_remedy: bool) -> impl IntoView {
    let (text, remedy) = explain(&code);
    let button = match remedy {
        Remedy::Retry if offers_remedy => Some((Text::Retry, Action::Retry)),
        Remedy::NewChat if offers_remedy => Some((Text::NewChat, Action::NewChat)),
        _ => None,
    };
    view! {
        <div class="problem" role="alert" data-code=code>
            <p>{move || ui.text(text)}</p>
            {button
                .map(|(label, action)| {
                    view! {
                        <button type="button" class="plain-button" on:click=move |_| ui.act(action.clone())>
                            {move || ui.text(label)}
                        </button>
                    }
                })}
        </div>
    }
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
