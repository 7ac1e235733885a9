//! An answer out of `rig`'s stream.

use super::transport::Transport;
use crate::llm::{
    provider::{FinishReason, ModelError, ModelErrorKind, ModelEvent, ModelToolCall, without_nul},
    upstream::{BodyError, classify, quote},
};
use futures::{FutureExt, Stream, future::BoxFuture};
use rig_core::{
    completion::{self, CompletionResponse},
    error::ProviderError,
    http_client,
    message::{AssistantContent, ToolCall},
    streaming::{CompletionStream, Item, StreamEvent},
};
use secrecy::SecretString;
use sigmic_shared::{CallId, stream::Usage};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A model's answer on its way.
pub struct Answer {
    stage: Stage,
    transport: Transport,
    key: SecretString,
    events: VecDeque<ModelEvent>,
    /// Held back until the finish reason says that none was cut off.
    calls: Vec<ModelToolCall>,
    has_spoken: bool,
}

enum Stage {
    Streaming(Box<CompletionStream>),
    Finishing(BoxFuture<'static, Result<CompletionResponse, ProviderError>>),
    Over,
}

impl Answer {
    /// The answer that `stream` brings over `transport`.
    pub fn new(stream: CompletionStream, transport: Transport, key: SecretString) -> Self {
        Self {
            stage: Stage::Streaming(Box::new(stream)),
            transport,
            key,
            events: VecDeque::new(),
            calls: Vec::new(),
            has_spoken: false,
        }
    }

    fn take_in(&mut self, event: StreamEvent) {
        let event = match event {
            StreamEvent::Text { text, .. } if !text.is_empty() => {
                ModelEvent::Text(without_nul(text.into()).into_owned())
            }
            StreamEvent::Reasoning { text, .. } if !text.is_empty() => {
                ModelEvent::Thought(without_nul(text.into()).into_owned())
            }
            StreamEvent::End { content: AssistantContent::ToolCall(call), .. } => {
                self.calls.push(to_model_call(call));
                return;
            }
            _ => return,
        };
        self.has_spoken = true;
        self.events.push_back(event);
    }

    fn finish(&mut self, response: &CompletionResponse) -> Result<(), ModelError> {
        let finish = match response.finish_reason() {
            Some(completion::FinishReason::Stop | completion::FinishReason::ToolCalls) => FinishReason::Complete,
            Some(completion::FinishReason::Length) => FinishReason::Length,
            Some(completion::FinishReason::ContentFilter) => FinishReason::Filtered,
            Some(reason) => return Err(garbled(&format!("the model stopped: {reason:?}"), &self.key)),
            None => return Err(garbled("the stream ended without a finish reason", &self.key)),
        };
        let mut calls = std::mem::take(&mut self.calls);
        if finish != FinishReason::Complete {
            calls.retain(|call| call.arguments_object() == call.arguments);
        }
        self.events.extend(calls.into_iter().map(ModelEvent::ToolCall));
        if let (Some(input_tokens), Some(output_tokens)) = (response.usage.input_tokens, response.usage.output_tokens) {
            self.events.push_back(ModelEvent::Usage(Usage { input_tokens, output_tokens }));
        }
        self.events.push_back(ModelEvent::Finished(finish));
        Ok(())
    }
}

impl Stream for Answer {
    type Item = Result<ModelEvent, ModelError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let answer = self.get_mut();
        loop {
            if let Some(event) = answer.events.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let failure = match &mut answer.stage {
                Stage::Over => return Poll::Ready(None),
                Stage::Streaming(stream) => match ready!(Pin::new(&mut **stream).poll_next(context)) {
                    Some(Ok(Item::Event(event))) => {
                        answer.take_in(event);
                        continue;
                    }
                    // What a provider says beyond its protocol is nothing to show.
                    Some(Ok(Item::Unknown(_))) => continue,
                    // Gemini holds back the answer to a question it objects to.
                    Some(Err(error)) if error.provider_response().is_some_and(|reply| reply.refusal) => {
                        answer.stage = Stage::Over;
                        answer.events.push_back(ModelEvent::Finished(FinishReason::Filtered));
                        continue;
                    }
                    Some(Err(error)) => to_model_error(&error, answer.has_spoken, &answer.key),
                    None => {
                        if let Stage::Streaming(stream) = std::mem::replace(&mut answer.stage, Stage::Over) {
                            answer.stage = Stage::Finishing(stream.finish().boxed());
                        }
                        continue;
                    }
                },
                Stage::Finishing(finishing) => {
                    let response = ready!(finishing.poll_unpin(context));
                    answer.stage = Stage::Over;
                    match response {
                        Ok(response) => match answer.finish(&response) {
                            Ok(()) => continue,
                            Err(error) => error,
                        },
                        Err(error) => to_model_error(&error, answer.has_spoken, &answer.key),
                    }
                }
            };
            answer.stage = Stage::Over;
            return Poll::Ready(Some(Err(failure)));
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.transport.cancel();
        }
    }
}

/// What an error of `rig` means. Our own errors come back out of its wrapping unchanged.
pub fn to_model_error(error: &ProviderError, has_spoken: bool, key: &SecretString) -> ModelError {
    if let ProviderError::Http(error) = error
        && let http_client::Error::Instance(cause) = &**error
    {
        if let Some(error) = cause.downcast_ref::<ModelError>() {
            return error.clone();
        }
        let kind = match cause.downcast_ref::<BodyError>() {
            Some(BodyError::TooLong) => ModelErrorKind::Garbled,
            Some(BodyError::Broken(_) | BodyError::Silent(_)) if has_spoken => ModelErrorKind::Garbled,
            _ => ModelErrorKind::Unavailable,
        };
        return ModelError::new(kind, quote(&cause.to_string(), Some(key)));
    }
    if let Some(reply) = error.provider_response() {
        return classify(reply.status.map(|status| status.as_u16()), reply.body.as_bytes(), Some(key));
    }
    match error {
        ProviderError::Url(_) | ProviderError::Request(_) | ProviderError::UnsupportedOption(_) => {
            ModelError::new(ModelErrorKind::Refused, quote(&error.to_string(), Some(key)))
        }
        ProviderError::Provider(message) => classify(None, message.as_bytes(), Some(key)),
        _ => garbled(&error.to_string(), key),
    }
}

fn garbled(detail: &str, key: &SecretString) -> ModelError {
    ModelError::new(ModelErrorKind::Garbled, quote(detail, Some(key)))
}

fn to_model_call(call: ToolCall) -> ModelToolCall {
    let call_id = match call.id.provider() {
        Some(id) => CallId(id.as_str().to_owned()),
        None => ModelToolCall::made_up_id(),
    };
    let arguments = match call.function.invalid_arguments {
        Some(invalid) => invalid,
        None => serde_json::Value::Object(call.function.arguments).to_string(),
    };
    ModelToolCall { call_id, tool_name: call.function.name.into(), arguments }
}
