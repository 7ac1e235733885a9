use crate::{
    agent::turn::Input,
    llm::provider::{ModelError, ModelEvent, ModelRequest, ModelStream, Provider},
};
use futures::{StreamExt, future::BoxFuture};
use std::{
    future::{Future, poll_fn, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// Most events taken from a model at once, so that one that never pauses leaves time for others.
const BATCH: usize = 64;

/// The line to the model. Whatever replaces what it holds closes the connection that was open.
pub(super) enum ModelLine {
    /// Nothing is asked.
    Idle,
    /// The model's server has not accepted the request yet.
    Asking(BoxFuture<'static, Result<ModelStream, ModelError>>),
    /// The answer comes in.
    Answering(ModelStream),
    /// It will be asked again in a while.
    Waiting(Pin<Box<Sleep>>),
}

impl ModelLine {
    pub(super) fn ask(&mut self, provider: &Result<Arc<dyn Provider>, ModelError>, request: ModelRequest) {
        *self = Self::Asking(match provider {
            Ok(provider) => provider.ask(request),
            Err(error) => Box::pin(ready(Err(error.clone()))),
        });
    }

    pub(super) fn wait(&mut self, wait: Duration) {
        *self = Self::Waiting(Box::pin(sleep(wait)));
    }

    /// Waits for what comes next and appends all of it that is already there. Dropping the future loses nothing.
    pub(super) async fn next(&mut self, inputs: &mut Vec<Input>) {
        poll_fn(|context| self.poll_next(context, inputs)).await;
    }

    fn poll_next(&mut self, context: &mut Context<'_>, inputs: &mut Vec<Input>) -> Poll<()> {
        loop {
            let input = match self {
                Self::Idle => return Poll::Pending,
                Self::Asking(answer) => match answer.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(stream)) => {
                        *self = Self::Answering(stream);
                        continue;
                    }
                    Poll::Ready(Err(error)) => Input::ModelFailed(error),
                },
                Self::Answering(stream) => match stream.poll_next_unpin(context) {
                    Poll::Pending if inputs.is_empty() => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(()),
                    Poll::Ready(Some(Ok(event @ ModelEvent::Finished(_)))) => Input::Model(event),
                    Poll::Ready(Some(Ok(event))) => {
                        inputs.push(Input::Model(event));
                        if inputs.len() == BATCH {
                            return Poll::Ready(());
                        }
                        continue;
                    }
                    Poll::Ready(Some(Err(error))) => Input::ModelFailed(error),
                    Poll::Ready(None) => Input::ModelEnded,
                },
                Self::Waiting(wait) => match wait.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => Input::RetryDue,
                },
            };
            *self = Self::Idle;
            inputs.push(input);
            return Poll::Ready(());
        }
    }
}
