//! What a model is told of a task's messages, cut to what it can read.

use crate::llm::provider::{ModelMessage, ModelToolCall};
use sigmic_shared::{Role, ToolCall};
use std::collections::HashSet;

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
#[derive(Clone, Debug)]
pub struct PastMessage {
    /// Who wrote it.
    pub role: Role,
    /// Its text.
    pub content: String,
    /// Tools it used, in the order they were called.
    pub tool_calls: Vec<PlacedCall>,
}

/// A tool call, and where in its answer it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedCall {
    /// The call.
    pub call: ToolCall,
    /// The model call of the run that asked for it, from 1.
    pub step: u32,
    /// Bytes of the answer's text that came before it.
    pub text_offset: usize,
    /// Whether it was approved together with all later calls of the same tool in this task.
    pub allows_always: bool,
}

/// Stands between two passages of an answer, so that their join reads well.
pub(super) const PASSAGE_BREAK: &str = "\n\n";

/// The conversation does not fit, even without all that came before the last question. The larger part is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextTooLong {
    /// The last question, with what has been done about it so far.
    #[error("the last question is too large for the model's context")]
    Question,
    /// What stands beside every question.
    #[error("the system prompt and the tools are too large for the model's context")]
    Instructions,
}

/// A task's messages as turns: a question, and all that answered it.
#[derive(Clone, Debug)]
pub struct Conversation {
    window: ContextWindow,
    turns: Vec<Turn>,
    first_sent: usize,
    always_allowed: HashSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Turn {
    messages: Vec<ModelMessage>,
    tokens: u64,
}

impl Conversation {
    /// A conversation of `past` messages, oldest first; the last is the question to answer.
    pub fn new(window: ContextWindow, past: impl IntoIterator<Item = PastMessage>) -> Self {
        let mut conversation = Self { window, turns: Vec::new(), first_sent: 0, always_allowed: HashSet::new() };
        for message in past {
            match message.role {
                Role::User => conversation.push(ModelMessage::User(message.content)),
                Role::Assistant => conversation.push_answer(message),
            }
        }
        conversation
    }

    /// Adds an answer whose last calls still lack their results: the model hears of these when they have all ended.
    pub fn reopen(&mut self, answer: PastMessage) {
        self.push_answer(answer);
        let Some(mut turn) = self.turns.pop() else { return };
        while let Some(result) = turn.messages.pop_if(|message| matches!(message, ModelMessage::ToolResult { .. })) {
            turn.tokens = turn.tokens.saturating_sub(self.message_tokens(&result));
        }
        self.turns.push(turn);
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
        let question_tokens = self.turns.last().map_or(0, |turn| turn.tokens);
        let too_long =
            if fixed_tokens > question_tokens { ContextTooLong::Instructions } else { ContextTooLong::Question };
        let mut left = self.window.tokens.checked_sub(fixed_tokens).ok_or(too_long)?;
        let mut first = self.turns.len();
        while first > self.first_sent {
            match left.checked_sub(self.turns[first - 1].tokens) {
                Some(rest) => left = rest,
                None => break,
            }
            first -= 1;
        }
        if first == self.turns.len() {
            return Err(too_long);
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

    /// Tools that somebody has allowed for the whole task.
    pub fn always_allowed(&self) -> &HashSet<String> {
        &self.always_allowed
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

    /// An answer is stored as one text and its calls; it was given step by step, each step's text before its calls.
    fn push_answer(&mut self, message: PastMessage) {
        let allowing = message.tool_calls.iter().filter(|placed| placed.allows_always);
        self.always_allowed.extend(allowing.map(|placed| placed.call.tool_name.clone()));
        let mut told = 0;
        for step in message.tool_calls.chunk_by(|one, next| one.step == next.step) {
            let end = step[0].text_offset;
            let text = passage(&message.content, told, end);
            told = end.max(told);
            let tool_calls = step.iter().map(|PlacedCall { call, .. }| ModelToolCall {
                call_id: call.call_id.clone(),
                tool_name: call.tool_name.clone(),
                arguments: call.args.to_string(),
            });
            self.push(ModelMessage::Assistant { text, tool_calls: tool_calls.collect() });
            for PlacedCall { call, .. } in step {
                self.push(ModelMessage::ToolResult {
                    call_id: call.call_id.clone(),
                    tool_name: call.tool_name.clone(),
                    output: call.output.clone().unwrap_or_else(|| "This call was not completed.".to_owned()),
                });
            }
        }
        let text = passage(&message.content, told, message.content.len());
        if !text.is_empty() {
            self.push(ModelMessage::Assistant { text, tool_calls: Vec::new() });
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

/// The passage between two offsets, without the break that parts it from the one before.
fn passage(content: &str, start: usize, end: usize) -> String {
    let text = content.get(start..end).unwrap_or_default();
    text.strip_prefix(PASSAGE_BREAK).filter(|_| start > 0).unwrap_or(text).to_owned()
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

    fn user(content: &str) -> PastMessage {
        PastMessage { role: Role::User, content: content.into(), tool_calls: vec![] }
    }

    fn assistant(content: &str) -> PastMessage {
        PastMessage { role: Role::Assistant, content: content.into(), tool_calls: vec![] }
    }

    fn asked(text: &str) -> ModelMessage {
        ModelMessage::User(text.into())
    }

    fn said(text: &str) -> ModelMessage {
        ModelMessage::Assistant { text: text.into(), tool_calls: vec![] }
    }

    fn conversation(tokens: u64, past: impl IntoIterator<Item = PastMessage>) -> Conversation {
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
            (4, 0, Err(ContextTooLong::Question)),
            (25, 21, Err(ContextTooLong::Instructions)),
            (25, 26, Err(ContextTooLong::Instructions)),
            (0, 0, Err(ContextTooLong::Question)),
        ] {
            assert_eq!(
                conversation(tokens, past.clone()).fit(fixed),
                expected,
                "{tokens} tokens, {fixed} of them taken"
            );
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
        assert_eq!(conversation(100, past.clone()).fit(0), Ok(vec![asked("first\n\nsecond\n\nthird")]));
        assert_eq!(conversation(9, past).fit(0), Ok(vec![asked("third")]));
    }

    #[test]
    fn an_answer_is_told_again_as_it_was_given() {
        let placed = |id: &str, step, text_offset, output: Option<&str>| PlacedCall {
            call: ToolCall {
                call_id: id.into(),
                tool_name: "weather__today".into(),
                status: ToolCallStatus::Success,
                args: json!({ "city": id }),
                output: output.map(str::to_owned),
                duration_ms: None,
                text_offset: None,
            },
            step,
            text_offset,
            allows_always: id == "2",
        };
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
        let calls = |text: &str, ids: &[&str]| ModelMessage::Assistant {
            text: text.into(),
            tool_calls: ids.iter().map(|id| call(id)).collect(),
        };
        let not_completed = "This call was not completed.";
        for (content, made, expected) in [
            (
                "Let me see.\n\nIt is sunny.",
                vec![placed("1", 1, 11, Some("sunny")), placed("2", 1, 11, None)],
                vec![
                    calls("Let me see.", &["1", "2"]),
                    result("1", "sunny"),
                    result("2", not_completed),
                    said("It is sunny."),
                ],
            ),
            (
                "\n\nSunny.",
                vec![placed("1", 1, 0, Some("sunny"))],
                vec![calls("", &["1"]), result("1", "sunny"), said("\n\nSunny.")],
            ),
            (
                "One.\n\nTwo.",
                vec![placed("1", 1, 4, Some("x")), placed("2", 2, 4, Some("y")), placed("3", 3, 10, Some("z"))],
                vec![
                    calls("One.", &["1"]),
                    result("1", "x"),
                    calls("", &["2"]),
                    result("2", "y"),
                    calls("Two.", &["3"]),
                    result("3", "z"),
                ],
            ),
            ("é", vec![placed("1", 1, 1, Some("x"))], vec![calls("", &["1"]), result("1", "x")]),
        ] {
            let answer = PastMessage { role: Role::Assistant, content: content.into(), tool_calls: made };
            let mut conversation = conversation(1000, [user("Weather?"), answer, user("Thanks")]);
            let ids: Vec<_> = conversation.call_ids().map(str::to_owned).collect();
            assert_eq!(ids, ["1", "2", "3"][..ids.len()]);
            assert_eq!(conversation.always_allowed().contains("weather__today"), ids.len() > 1);
            let expected = [vec![asked("Weather?")], expected, vec![asked("Thanks")]].concat();
            assert_eq!(conversation.fit(0), Ok(expected), "{content:?}");
        }
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
}
