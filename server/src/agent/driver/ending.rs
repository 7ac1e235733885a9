//! The end of a run: stored first, then told.

use super::{Driver, model_line::ModelLine, tool_calls::ToolCalls};
use crate::{agent::turn::RunEnd, store};
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
            Stored::No => failed(RunErrorCode::AgentError, "The answer could not be stored.", end.usage),
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
        self.status = end.status;
        let record = store::RunEnd {
            answer: self.checkpoint(),
            error: end.error.as_ref().map(|error| format!("{}: {}", error.code, error.message)),
            usage: end.usage.unwrap_or_default(),
        };
        let started = Instant::now();
        let (mut pause, mut attempt) = (FIRST_PAUSE, 1);
        loop {
            let error = match self.agent.store().finish_run(record.clone(), self.run_no).await {
                Ok(true) => return Stored::Yes,
                Ok(false) => return Stored::TakenOver,
                Err(error) => error,
            };
            let patience = if self.agent.is_interrupting() { LAST_PATIENCE } else { PATIENCE };
            let is_hopeless = !error.is_temporary() && attempt >= ATTEMPTS_AT_A_BUG;
            if is_hopeless || started.elapsed() > patience {
                tracing::error!(task = %self.task_id, run = self.run_no, %error, "the end of a run could not be stored");
                return Stored::No;
            }
            tracing::warn!(task = %self.task_id, run = self.run_no, %error, "the end of a run could not be stored yet");
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            attempt += 1;
        }
    }
}

fn failed(code: RunErrorCode, sentence: &str, usage: Option<sigmic_shared::stream::Usage>) -> RunEnd {
    RunEnd { status: TaskStatus::Failed, error: Some(RunError { code, message: sentence.to_owned() }), usage }
}
