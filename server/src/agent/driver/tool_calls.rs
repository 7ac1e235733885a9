use crate::agent::{
    tools::{ProgressReporter, ToolBox},
    turn::{Input, ToolInvocation},
};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use sigmic_shared::stream::ToolProgress;
use std::{
    future::poll_fn,
    task::{Context, Poll},
};
use tokio::{sync::mpsc, time::Instant};

/// Progress reports that may wait to be passed on.
const REPORTS: usize = 16;

/// Tool calls under way. Dropping it cancels them.
#[derive(Default)]
pub(super) struct ToolCalls {
    running: FuturesUnordered<BoxFuture<'static, Input>>,
    ended: Option<Input>,
    reports: Option<(mpsc::Sender<ToolProgress>, mpsc::Receiver<ToolProgress>)>,
}

impl ToolCalls {
    pub(super) fn start(&mut self, tools: &dyn ToolBox, call: ToolInvocation) {
        let (sender, _) = self.reports.get_or_insert_with(|| mpsc::channel(REPORTS));
        let call_id = call.call_id.clone();
        let output = tools.call(call, ProgressReporter::new(call_id.clone(), sender.clone()));
        let started = Instant::now();
        self.running.push(Box::pin(async move {
            let outcome = output.await;
            let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Input::ToolFinished { call_id, outcome, duration_ms }
        }));
    }

    /// Waits for the next report or end of a call. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Input {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Input> {
        if self.ended.is_none()
            && !self.running.is_empty()
            && let Poll::Ready(ended) = self.running.poll_next_unpin(context)
        {
            self.ended = ended;
        }
        // What a call reported before it ended goes out before its end.
        if let Some((_, reports)) = &mut self.reports
            && let Poll::Ready(Some(report)) = reports.poll_recv(context)
        {
            return Poll::Ready(Input::ToolProgress(report));
        }
        self.ended.take().map_or(Poll::Pending, Poll::Ready)
    }
}
