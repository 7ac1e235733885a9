//! The end of a run: stored first, then told.

use super::{Driver, Outcome, model_line::ModelLine, tool_calls::ToolCalls};
use crate::{
    agent::{hub::Ruling, turn::RunEnd},
    store::{self, Store, StoreError},
};
use futures::future::BoxFuture;
use sigmic_shared::{
    RunErrorCode, TaskStatus,
    stream::{Done, RunError},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the end of a run is tried to be stored.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same when the server is about to exit.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A statement that fails, though the database is there, will hardly succeed later.
const ATTEMPTS_AT_A_BUG: u32 = 3;

const NOT_STORED: &str = "The answer could not be stored.";

/// What became of a run's end.
enum Stored {
    Yes,
    /// Somebody else has ended the run, or erased it.
    TakenOver,
    No,
}

/// An end for a run whose own logic failed.
pub(super) fn crashed() -> RunEnd {
    failed(RunErrorCode::AgentError, "Something went wrong while answering.", None)
}

impl Driver {
    /// Stores the run at a moment that counts. How it ends, when it could not.
    pub(super) async fn store_turn(&mut self, status: TaskStatus) -> Option<Outcome> {
        // What is still being stored must not come after it.
        self.saver.finish().await;
        let checkpoint = self.checkpoint();
        match self
            .insist(move |store| {
                let checkpoint = checkpoint.clone();
                Box::pin(async move { store.turn_run(checkpoint, status).await })
            })
            .await
        {
            Stored::Yes => {
                for reply in self.decided.drain(..) {
                    // Nobody waits for the reply any more when the request was dropped.
                    let _ = reply.send(Ruling::Decided);
                }
                None
            }
            Stored::TakenOver => Some(Outcome::Ended(crashed())),
            Stored::No => Some(Outcome::Ended(failed(RunErrorCode::AgentError, NOT_STORED, None))),
        }
    }

    /// Lets go of the run. Whoever watches is cut off and finds it in the store.
    pub(super) async fn park(mut self: Box<Self>) {
        self.model = ModelLine::Idle;
        self.calls = ToolCalls::default();
        self.saver.finish().await;
        let checkpoint = self.checkpoint();
        match self
            .insist(move |store| {
                let checkpoint = checkpoint.clone();
                Box::pin(async move { store.park_run(checkpoint).await })
            })
            .await
        {
            Stored::Yes => {
                tracing::info!(task = %self.task_id, run = self.run_no, "a run waits for approval in the store")
            }
            // The store has it as it was when it began to wait; when its lease runs out, it is let go of, too.
            Stored::TakenOver | Stored::No => {
                tracing::warn!(task = %self.task_id, run = self.run_no, "a run that waits for approval could not be let go of");
            }
        }
    }

    /// Stops the model and the tools, stores the end, and tells everybody.
    pub(super) async fn end(mut self: Box<Self>, end: RunEnd) {
        self.model = ModelLine::Idle;
        self.calls = ToolCalls::default();
        self.saver.finish().await;
        let end = match self.store_end(&end).await {
            Stored::Yes => end,
            Stored::TakenOver => {
                tracing::warn!(task = %self.task_id, run = self.run_no, "a run was ended by somebody else meanwhile");
                let sentence = "The server lost touch with its database, and the run was ended meanwhile.";
                failed(RunErrorCode::Interrupted, sentence, end.usage)
            }
            Stored::No => failed(RunErrorCode::AgentError, NOT_STORED, end.usage),
        };
        let code = end.error.as_ref().map_or("", |error| error.code.code());
        metrics::counter!("sigmic_runs_total", "status" => end.status.as_str(), "error" => code).increment(1);
        let usage = end.usage.unwrap_or_default();
        metrics::counter!("sigmic_model_tokens_total", "direction" => "input").increment(usage.input_tokens);
        metrics::counter!("sigmic_model_tokens_total", "direction" => "output").increment(usage.output_tokens);
        tracing::info!(task = %self.task_id, run = self.run_no, status = end.status.as_str(), error = code, "a run has ended");

        let final_response = self.turn.answer().text().to_owned();
        self.publisher.finish(end.error, Done { final_response, status: end.status, usage: end.usage });
        // Whoever waits for the end of this run, waits for this.
        drop(self.control);
    }

    async fn store_end(&mut self, end: &RunEnd) -> Stored {
        let record = store::RunEnd {
            answer: self.checkpoint(),
            status: end.status,
            error: end.error.as_ref().map(|error| format!("{}: {}", error.code, error.message)),
            usage: end.usage.unwrap_or_default(),
            first_sign_at: self.first_sign.at(),
        };
        self.insist(move |store| {
            let record = record.clone();
            Box::pin(async move { store.finish_run(record).await })
        })
        .await
    }

    /// Stores something, however long the database is away, within reason.
    fn insist(
        &self,
        write: impl Fn(Store) -> BoxFuture<'static, Result<bool, StoreError>> + Send + 'static,
    ) -> BoxFuture<'static, Stored> {
        let (agent, task_id, run_no) = (self.agent.clone(), self.task_id.clone(), self.run_no);
        Box::pin(async move {
            let started = Instant::now();
            let (mut pause, mut attempt) = (FIRST_PAUSE, 1);
            loop {
                let error = match write(agent.store().clone()).await {
                    Ok(true) => return Stored::Yes,
                    Ok(false) => return Stored::TakenOver,
                    Err(error) => error,
                };
                let patience = if agent.is_interrupting() { LAST_PATIENCE } else { PATIENCE };
                let is_hopeless = !error.is_temporary() && attempt >= ATTEMPTS_AT_A_BUG;
                if is_hopeless || started.elapsed() > patience {
                    tracing::error!(task = %task_id, run = run_no, %error, "a run could not be stored");
                    return Stored::No;
                }
                tracing::warn!(task = %task_id, run = run_no, %error, "a run could not be stored yet");
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
                attempt += 1;
            }
        })
    }
}

fn failed(code: RunErrorCode, sentence: &str, usage: Option<sigmic_shared::stream::Usage>) -> RunEnd {
    RunEnd { status: TaskStatus::Failed, error: Some(RunError { code, message: sentence.to_owned() }), usage }
}
