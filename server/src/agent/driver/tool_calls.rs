use crate::agent::{
    tools::{NoTools, OpenTools, ProgressReporter, ToolBox},
    turn::{Input, ToolInvocation},
};
use crate::llm::provider::ToolDefinition;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use sigmic_shared::stream::ToolProgress;
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{sync::mpsc, time::Instant};

/// Progress reports that may wait to be passed on.
const REPORTS: usize = 16;

/// A run's tools and their calls under way. Dropping it cancels these and gives the tools back.
#[derive(Default)]
pub(super) struct ToolCalls {
    /// Opens the tools, once somebody wants them.
    prepared: Option<BoxFuture<'static, OpenTools>>,
    opening: Option<BoxFuture<'static, OpenTools>>,
    tools: Option<Offer>,
    running: FuturesUnordered<BoxFuture<'static, Input>>,
    ended: Option<Input>,
    reports: Option<(mpsc::Sender<ToolProgress>, mpsc::Receiver<ToolProgress>)>,
}

/// Tools, and what the turn knows of them.
struct Offer {
    tools: Arc<dyn ToolBox>,
    definitions: Arc<[ToolDefinition]>,
}

impl ToolCalls {
    /// `prepared` opens the tools; without it there are none.
    pub(super) fn new(prepared: Option<BoxFuture<'static, OpenTools>>) -> Self {
        Self { prepared, ..Self::default() }
    }

    /// Starts to open the tools.
    pub(super) fn open(&mut self) {
        self.opening = self.prepared.take();
    }

    /// What there is now, if it is not what the turn was told.
    pub(super) fn find_change(&mut self) -> Option<Input> {
        let offer = self.tools.as_mut()?;
        let definitions = offer.tools.definitions();
        if Arc::ptr_eq(&definitions, &offer.definitions) {
            return None;
        }
        offer.definitions = definitions.clone();
        Some(Input::ToolsChanged(definitions))
    }

    pub(super) fn start(&mut self, call: ToolInvocation) {
        let (sender, _) = self.reports.get_or_insert_with(|| mpsc::channel(REPORTS));
        let call_id = call.call_id.clone();
        let tools: &dyn ToolBox = self.tools.as_ref().map_or(&NoTools, |offer| &*offer.tools);
        let output = tools.call(call, ProgressReporter::new(call_id.clone(), sender.clone()));
        let started = Instant::now();
        self.running.push(Box::pin(async move {
            let outcome = output.await;
            let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Input::ToolFinished { call_id, outcome, duration_ms }
        }));
    }

    /// Waits for the tools, or the next report or end of a call. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Input {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Input> {
        if let Some(opening) = &mut self.opening
            && let Poll::Ready(OpenTools { tools, unavailable }) = opening.poll_unpin(context)
        {
            self.opening = None;
            let definitions = tools.definitions();
            self.tools = Some(Offer { tools, definitions: definitions.clone() });
            return Poll::Ready(Input::ToolsOpened { definitions, unavailable });
        }
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
