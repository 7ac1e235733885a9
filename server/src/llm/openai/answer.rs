//! An answer as a stream: bytes from the network through the decoder.

use super::decoder::Decoder;
use crate::llm::{
    provider::{ModelError, ModelErrorKind, ModelEvent},
    upstream::{AnswerBody, BodyError, Patience},
};
use futures::Stream;
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How long a server may take over its end mark once the model has stopped.
const END_MARK_TIME: Duration = Duration::from_secs(2);

/// A model's answer on its way.
pub struct Answer {
    /// None once nothing more is to be read.
    body: Option<AnswerBody>,
    decoder: Decoder,
    patience: Patience,
    events: VecDeque<ModelEvent>,
    failure: Option<ModelError>,
    phase: Phase,
}

/// Which silence is being borne.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    BeforeAnswer,
    Answering,
    EndMark,
}

impl Answer {
    /// The answer in `response`, whose status was good.
    pub fn new(response: reqwest::Response, patience: Patience, decoder: Decoder) -> Self {
        Self {
            body: Some(AnswerBody::new(response, patience)),
            decoder,
            patience,
            events: VecDeque::new(),
            failure: None,
            phase: Phase::BeforeAnswer,
        }
    }

    fn take_in(&mut self, bytes: Option<Result<bytes::Bytes, BodyError>>) {
        let outcome = match bytes {
            Some(Ok(bytes)) => self.decoder.feed(&bytes, &mut self.events),
            Some(Err(error)) => {
                self.body = None;
                self.broken(error)
            }
            None => {
                self.body = None;
                self.decoder.end(&mut self.events)
            }
        };
        if let Err(error) = outcome {
            self.failure = Some(error);
            self.body = None;
        } else if self.decoder.is_complete() {
            if let Some(body) = self.body.take() {
                body.finish();
            }
        } else {
            self.enter_phase();
        }
    }

    /// A connection that breaks before anything was said may be tried again; one that breaks when
    /// the model had stopped costs nothing.
    fn broken(&mut self, error: BodyError) -> Result<(), ModelError> {
        if self.decoder.has_finish_reason() {
            return self.decoder.end(&mut self.events);
        }
        let kind = match self.phase {
            Phase::BeforeAnswer => ModelErrorKind::Unavailable,
            Phase::Answering | Phase::EndMark => ModelErrorKind::Garbled,
        };
        Err(ModelError::new(kind, error.to_string()))
    }

    fn enter_phase(&mut self) {
        let phase = if self.decoder.has_finish_reason() {
            Phase::EndMark
        } else if self.phase == Phase::BeforeAnswer && self.events.is_empty() {
            Phase::BeforeAnswer
        } else {
            Phase::Answering
        };
        if phase == self.phase {
            return;
        }
        self.phase = phase;
        if let Some(body) = &mut self.body {
            body.set_patience(match phase {
                Phase::BeforeAnswer => self.patience.before_answer,
                Phase::Answering => self.patience.between_pieces,
                Phase::EndMark => self.patience.between_pieces.min(END_MARK_TIME),
            });
        }
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
            let Some(body) = &mut answer.body else {
                return Poll::Ready(answer.failure.take().map(Err));
            };
            let bytes = ready!(body.poll_bytes(context));
            answer.take_in(bytes);
        }
    }
}
