//! The provider `demo`: no network, no key, no model. It says so in every answer, and still does all
//! a model does: it streams markdown, calls tools, and sums up what they gave back.

mod arguments;
mod script;
mod table;

use super::{
    context::estimate_tokens,
    provider::{FinishReason, ModelError, ModelEvent, ModelMessage, ModelRequest, ModelStream, Provider},
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use script::Reply;
use sigmic_shared::stream::Usage;
use std::time::Duration;

/// Between two words.
const WORD_PAUSE: Duration = Duration::from_millis(25);

/// A model that is none. The same conversation always gets the same words.
#[derive(Clone, Copy, Debug)]
pub struct Demo;

impl Provider for Demo {
    fn ask(&self, request: ModelRequest) -> BoxFuture<'static, Result<ModelStream, ModelError>> {
        let Reply { text, tool_call } = script::reply(&request);
        let usage = Usage { input_tokens: input_tokens(&request), output_tokens: estimate_tokens(&text) };
        let mut events: Vec<ModelEvent> = words(&text).map(|word| ModelEvent::Text(word.to_owned())).collect();
        events.extend(tool_call.map(ModelEvent::ToolCall));
        events.extend([ModelEvent::Usage(usage), ModelEvent::Finished(FinishReason::Complete)]);
        let paced = stream::iter(events).then(async |event| {
            if matches!(event, ModelEvent::Text(_)) {
                tokio::time::sleep(WORD_PAUSE).await;
            }
            Ok(event)
        });
        std::future::ready(Ok(paced.boxed())).boxed()
    }
}

/// The words of a text, each with the white space after it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let gap = rest[word..].find(|char: char| !char.is_whitespace()).unwrap_or(rest.len() - word);
        let (piece, after) = rest.split_at(word + gap);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn input_tokens(request: &ModelRequest) -> u64 {
    let messages = request.messages.iter().map(|message| match message {
        ModelMessage::User(text) | ModelMessage::Assistant { text, .. } => estimate_tokens(text),
        ModelMessage::ToolResult { output, .. } => estimate_tokens(output),
    });
    estimate_tokens(&request.system) + messages.sum::<u64>()
}

#[cfg(test)]
mod tests;
