//! What a model is told of a task's messages, cut to what it can read.

use crate::llm::provider::{ModelMessage, ModelToolCall};
use sigmic_shared::{Role, ToolCall};

/// Tokens a message costs besides its text: role, separators.
const MESSAGE_TOKENS: u64 = 4;

/// How much a model can read at once.
#[derive(Clone, Copy, Debug)]
pub struct ContextWindow {
    /// Tokens there are for the whole request, room for the answer already taken off.
    pub tokens: u64,
    /// Estimates the tokens of a text. Better too many than too few.
    pub estimate: fn(&str) -> u64,
}

/// A message of the task as it was stored.
#[derive(Clone, Copy, Debug)]
pub struct PastMessage<'a> {
    /// Who wrote it.
    pub role: Role,
    /// Its text.
    pub content: &'a str,
    /// Tools it used.
    pub tool_calls: &'a [ToolCall],
}

/// The conversation does not fit, even without all that came before the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the last question alone is larger than the model's context")]
pub struct ContextTooLong;

/// A task's messages as turns: a question, and all that answered it.
#[derive(Clone, Debug)]
pub struct Conversation {
    window: ContextWindow,
    turns: Vec<Turn>,
    first_sent: usize,
}

#[derive(Clone, Debug, Default)]
struct Turn {
    messages: Vec<ModelMessage>,
    tokens: u64,
}

impl Conversation {
    /// A conversation of `past` messages, oldest first; the last is the question to answer.
    pub fn new<'a>(window: ContextWindow, past: impl IntoIterator<Item = PastMessage<'a>>) -> Self {
        let mut conversation = Self { window, turns: Vec::new(), first_sent: 0 };
        for message in past {
            match message.role {
                Role::User => conversation.push(ModelMessage::User(message.content.to_owned())),
                Role::Assistant => conversation.push_answer(message),
            }
        }
        conversation
    }

    /// Adds a message: a question opens a turn, anything else belongs to the latest.
    pub fn push(&mut self, message: ModelMessage) {
        if matches!(message, ModelMessage::User(_)) || self.turns.is_empty() {
            self.turns.push(Turn::default());
        }
        let tokens = self.message_tokens(&message);
        if let Some(turn) = self.turns.last_mut() {
            turn.tokens += tokens;
            turn.messages.push(message);
        }
    }

    /// The newest whole turns that fit beside `fixed_tokens` (the system prompt, the tools), oldest first.
    ///
    /// # Errors
    /// [`ContextTooLong`] when the latest turn alone does not fit.
    pub fn fit(&mut self, fixed_tokens: u64) -> Result<Vec<ModelMessage>, ContextTooLong> {
        let mut left = self.window.tokens.checked_sub(fixed_tokens).ok_or(ContextTooLong)?;
        let mut first = self.turns.len();
        while first > self.first_sent {
            match left.checked_sub(self.turns[first - 1].tokens) {
                Some(rest) => left = rest,
                None => break,
            }
            first -= 1;
        }
        if first == self.turns.len() {
            return Err(ContextTooLong);
        }
        self.first_sent = first;
        Ok(self.join_from(first))
    }

    /// Gives up the older half of the turns sent last, for a model that found them too long after all.
    /// False when only the latest turn is left.
    pub fn forget_older_half(&mut self) -> bool {
        let earlier = self.turns.len().saturating_sub(1 + self.first_sent);
        self.first_sent += earlier.div_ceil(2);
        earlier > 0
    }

    /// Ids of all tool calls in it.
    pub fn call_ids(&self) -> impl Iterator<Item = &str> {
        let messages = self.turns.iter().flat_map(|turn| &turn.messages);
        let calls = messages.filter_map(|message| match message {
            ModelMessage::Assistant { tool_calls, .. } => Some(tool_calls),
            ModelMessage::User(_) | ModelMessage::ToolResult { .. } => None,
        });
        calls.flatten().map(|call| call.call_id.as_str())
    }

    /// The tokens of a text, by this conversation's estimate.
    pub fn estimate(&self, text: &str) -> u64 {
        (self.window.estimate)(text)
    }

    /// An answer is stored as one text and its calls. The calls go first, so that each result directly follows
    /// its call and the text, which speaks of them, comes last.
    fn push_answer(&mut self, message: PastMessage<'_>) {
        if !message.tool_calls.is_empty() {
            let tool_calls = message.tool_calls.iter().map(|call| ModelToolCall {
                call_id: call.call_id.clone(),
                tool_name: call.tool_name.clone(),
                arguments: call.args.to_string(),
            });
            self.push(ModelMessage::Assistant { text: String::new(), tool_calls: tool_calls.collect() });
            for call in message.tool_calls {
                self.push(ModelMessage::ToolResult {
                    call_id: call.call_id.clone(),
                    tool_name: call.tool_name.clone(),
                    output: call.output.clone().unwrap_or_else(|| "This call was not completed.".to_owned()),
                });
            }
        }
        if !message.content.is_empty() {
            self.push(ModelMessage::Assistant { text: message.content.to_owned(), tool_calls: Vec::new() });
        }
    }

    /// Questions that were never answered stand before the next one. They become one message, because many models
    /// accept a question only after an answer.
    fn join_from(&self, first: usize) -> Vec<ModelMessage> {
        let mut joined: Vec<ModelMessage> = Vec::new();
        for message in self.turns[first..].iter().flat_map(|turn| &turn.messages) {
            match (joined.last_mut(), message) {
                (Some(ModelMessage::User(open)), ModelMessage::User(text)) => {
                    open.push_str("\n\n");
                    open.push_str(text);
                }
                _ => joined.push(message.clone()),
            }
        }
        joined
    }

    fn message_tokens(&self, message: &ModelMessage) -> u64 {
        let text = match message {
            ModelMessage::User(text) => self.estimate(text),
            ModelMessage::ToolResult { output, .. } => self.estimate(output),
            ModelMessage::Assistant { text, tool_calls } => tool_calls
                .iter()
                .map(|call| MESSAGE_TOKENS + self.estimate(&call.tool_name) + self.estimate(&call.arguments))
                .fold(self.estimate(text), u64::saturating_add),
        };
        text.saturating_add(MESSAGE_TOKENS)
    }
}

/// A rough count of a text's tokens, on the safe side for the tokenizers in use: about three and a half letters of
/// a European language, or one letter of any other script.
pub fn estimate_tokens(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let others = text.chars().count() as u64 - ascii;
    (ascii * 2).div_ceil(7) + others
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sigmic_shared::ToolCallStatus;

    /// One token per byte, so that the tables below can count.
    fn bytes(text: &str) -> u64 {
        text.len() as u64
    }

    fn user(content: &str) -> PastMessage<'_> {
        PastMessage { role: Role::User, content, tool_calls: &[] }
    }

    fn assistant(content: &str) -> PastMessage<'_> {
        PastMessage { role: Role::Assistant, content, tool_calls: &[] }
    }

    fn asked(text: &str) -> ModelMessage {
        ModelMessage::User(text.into())
    }

    fn said(text: &str) -> ModelMessage {
        ModelMessage::Assistant { text: text.into(), tool_calls: vec![] }
    }

    fn conversation<'a>(tokens: u64, past: impl IntoIterator<Item = PastMessage<'a>>) -> Conversation {
        Conversation::new(ContextWindow { tokens, estimate: bytes }, past)
    }

    #[test]
    fn whole_turns_are_cut_and_the_newest_kept() {
        // Each turn of a one-letter question and answer is worth 10, a question alone 5.
        let past = [user("a"), assistant("b"), user("c"), assistant("d"), user("e")];
        for (tokens, fixed, expected) in [
            (100, 0, Ok(vec![asked("a"), said("b"), asked("c"), said("d"), asked("e")])),
            (25, 0, Ok(vec![asked("a"), said("b"), asked("c"), said("d"), asked("e")])),
            (24, 0, Ok(vec![asked("c"), said("d"), asked("e")])),
            (25, 1, Ok(vec![asked("c"), said("d"), asked("e")])),
            (15, 0, Ok(vec![asked("c"), said("d"), asked("e")])),
            (14, 0, Ok(vec![asked("e")])),
            (5, 0, Ok(vec![asked("e")])),
            (4, 0, Err(ContextTooLong)),
            (25, 21, Err(ContextTooLong)),
            (25, 26, Err(ContextTooLong)),
            (0, 0, Err(ContextTooLong)),
        ] {
            assert_eq!(conversation(tokens, past).fit(fixed), expected, "{tokens} tokens, {fixed} of them taken");
        }
    }

    #[test]
    fn a_turn_too_large_hides_all_before_it() {
        let long = "x".repeat(100);
        let past = [user("a"), assistant("b"), user(&long), assistant("d"), user("e")];
        assert_eq!(conversation(60, past).fit(0), Ok(vec![asked("e")]));
    }

    #[test]
    fn unanswered_questions_become_one_message_but_are_cut_apart() {
        let past = [user("first"), assistant(""), user("second"), user("third")];
        assert_eq!(conversation(100, past).fit(0), Ok(vec![asked("first\n\nsecond\n\nthird")]));
        assert_eq!(conversation(9, past).fit(0), Ok(vec![asked("third")]));
    }

    #[test]
    fn stored_calls_stand_before_the_text_each_with_its_result() {
        let calls = [("1", Some("sunny")), ("2", None)].map(|(id, output)| ToolCall {
            call_id: id.into(),
            tool_name: "weather__today".into(),
            status: ToolCallStatus::Success,
            args: json!({ "city": id }),
            output: output.map(str::to_owned),
            duration_ms: None,
        });
        let answer = PastMessage { role: Role::Assistant, content: "It is sunny.", tool_calls: &calls };
        let mut conversation = conversation(1000, [user("Weather?"), answer, user("Thanks")]);
        let call = |id: &str| ModelToolCall {
            call_id: id.into(),
            tool_name: "weather__today".into(),
            arguments: format!(r#"{{"city":"{id}"}}"#),
        };
        let result = |id: &str, output: &str| ModelMessage::ToolResult {
            call_id: id.into(),
            tool_name: "weather__today".into(),
            output: output.into(),
        };
        assert_eq!(conversation.call_ids().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(
            conversation.fit(0).unwrap(),
            vec![
                asked("Weather?"),
                ModelMessage::Assistant { text: String::new(), tool_calls: vec![call("1"), call("2")] },
                result("1", "sunny"),
                result("2", "This call was not completed."),
                said("It is sunny."),
                asked("Thanks"),
            ]
        );
    }

    #[test]
    fn the_older_half_can_be_given_up_until_one_turn_is_left() {
        let letters = ["a", "b", "c", "d"];
        let mut conversation = conversation(1000, letters.into_iter().flat_map(|text| [user(text), assistant("x")]));
        let mut left = vec![];
        loop {
            left.push(conversation.fit(0).unwrap().len() / 2);
            if !conversation.forget_older_half() {
                break;
            }
        }
        assert_eq!(left, [4, 2, 1]);
    }

    #[test]
    fn the_estimate_is_on_the_safe_side() {
        for (text, tokens) in [("", 0), ("a", 1), ("a sentence of some words", 7), ("日本語", 3), ("naïve", 3)] {
            assert_eq!(estimate_tokens(text), tokens, "{text}");
        }
    }
}
