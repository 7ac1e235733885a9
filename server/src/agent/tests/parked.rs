use super::*;
use sigmic_shared::{ToolCall, ToolCallStatus};

impl Node {
    /// The next life of this node's database.
    async fn restarted(self, name: &str) -> Self {
        self.store.close().await;
        let now_ms = self.clock.now_ms() + 1000;
        Self::start_in(self.folder.clone(), name, now_ms).await
    }

    /// A task whose run has said something, makes call 1, and waits for approval of the calls 2 and 3.
    async fn waiting(&self, task: &str) -> Watch {
        self.models.say([
            text("Look."),
            wants("1", "shop__find"),
            wants("2", "shop__refund"),
            wants("3", "shop__refund"),
            complete(),
        ]);
        self.tools.hang();
        let mut watch = self.ask(task, "Hi").await;
        read_until(&mut watch, |event| matches!(event, StreamEvent::ToolProgress(_))).await;
        assert_eq!(self.task(task).await.status, TaskStatus::AwaitingApproval, "stored before it is told");
        watch
    }

    async fn calls(&self, task: &str) -> Vec<ToolCall> {
        let answer = self.store.find_last_answer(&TaskId::from(task)).await.unwrap().unwrap();
        answer.tool_calls.0.into_iter().map(|record| record.call).collect()
    }

    async fn statuses(&self, task: &str) -> Vec<ToolCallStatus> {
        self.calls(task).await.into_iter().map(|call| call.status).collect()
    }
}

fn is_parked(task: &TaskRecord) -> bool {
    task.status == TaskStatus::AwaitingApproval && task.lease_until.is_none() && task.node_id.is_none()
}

async fn watch_of(node: &Node, task: &str) -> Watch {
    match node.agent.watch(&task.into(), None).await {
        Some(Watching::Fresh { watch, .. }) => watch,
        _ => panic!("a run is under way"),
    }
}

#[tokio::test]
async fn what_waits_for_approval_survives_a_crash_and_is_resumed_by_whoever_decides() {
    use ToolCallStatus::{AwaitingApproval, Cancelled, Error, Executing, Success};
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    assert_eq!(first.statuses("t").await, [Executing, AwaitingApproval, AwaitingApproval]);
    let node = first.restarted("node").await;
    assert!(is_parked(&node.task("t").await));
    assert!(node.agent.watch(&"t".into(), None).await.is_none(), "history is all there is");
    assert!(matches!(node.follow_up("t", "And?").await, Err(AgentError::Running)));
    for (call, error) in [("9", AgentError::NoSuchCall), ("1", AgentError::NotAwaiting)] {
        let refused = node.approve("t", call, ProceedOnce).await.unwrap_err();
        assert_eq!(refused.to_string(), error.to_string());
    }
    assert!(is_parked(&node.task("t").await), "a refused decision resumes nothing");

    let tool = node.tools.live();
    node.models.say([text("Done."), complete()]);
    node.approve("t", "2", ProceedOnce).await.unwrap();
    let mut watch = watch_of(&node, "t").await;
    let told = lines(&read_until(&mut watch, |event| matches!(event, StreamEvent::ToolProgress(_))).await);
    let retold =
        r#"connecting | content "Look." | tool 1 Executing | result 1 Error "The server stopped during this call.""#;
    assert!(told.starts_with(retold), "{told}");
    assert_eq!(node.tools.until_opened(1).await[0].task_id, "t".into());
    assert_eq!(node.tools.calls.lock().unwrap()[0].call_id, "2".into(), "the first call is not repeated");
    tool.send(Ok("refunded".into())).unwrap();
    until(async || node.statuses("t").await == [Error, Success, AwaitingApproval]).await;
    node.approve("t", "3", Cancel).await.unwrap();
    let told = lines(&read(&mut watch).await);
    assert!(told.ends_with(r#"done completed "Look.\n\nDone.""#), "{told}");
    assert_eq!(node.statuses("t").await, [Error, Success, Cancelled]);
    let task = node.task("t").await;
    assert_eq!((task.status, task.run_no, task.message_count), (TaskStatus::Completed, 1, 2));
    let request = &node.models.requests()[0];
    assert_eq!(request.messages.len(), 5, "question, answer, three results: {request:?}");
}

#[tokio::test]
async fn a_shutdown_lets_go_of_what_waits_without_using_up_its_grace() {
    let first = Node::start().await;
    first.models.say([wants("1", "shop__refund"), complete()]);
    let mut watch = first.ask("t", "Hi").await;
    read_until(&mut watch, |event| matches!(event, StreamEvent::ToolCall(_))).await;
    in_time(first.agent.shutdown(Duration::from_secs(3600))).await;
    assert!(in_time(watch.next()).await.is_none(), "its watchers are cut off without a done");
    assert!(is_parked(&first.task("t").await));
    assert!(matches!(first.approve("t", "1", ProceedOnce).await, Err(AgentError::Stopping)));

    let node = first.restarted("another node").await;
    node.models.say([text("Refused."), complete()]);
    node.approve("t", "1", Cancel).await.unwrap();
    until(async || node.task("t").await.status == TaskStatus::Completed).await;
    assert_eq!(node.answer("t").await, "Refused.");
}

#[tokio::test]
async fn what_still_runs_beside_a_call_that_waits_is_stopped_after_the_grace() {
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    in_time(first.agent.shutdown(Duration::ZERO)).await;
    assert!(is_parked(&first.task("t").await));
    assert_eq!(first.calls("t").await[0].output.as_deref(), Some("The server stopped during this call."));
}

#[tokio::test]
async fn simultaneous_decisions_resume_one_run() {
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    let node = first.restarted("node").await;
    node.models.say([complete()]);
    let tools = [node.tools.live(), node.tools.live()];
    let (two, three, again) = tokio::join!(
        node.approve("t", "2", ProceedOnce),
        node.approve("t", "3", ProceedOnce),
        node.approve("t", "2", ProceedOnce)
    );
    three.unwrap();
    let won = [&two, &again].into_iter().filter(|ruling| ruling.is_ok()).count();
    assert_eq!(won, 1, "{two:?} {again:?}");
    for tool in &tools {
        tool.send(Ok("refunded".into())).unwrap();
    }
    until(async || node.task("t").await.status == TaskStatus::Completed).await;
    assert_eq!(node.tools.calls.lock().unwrap().len(), 2);
    assert_eq!(node.tools.until_opened(1).await.len(), 1, "tools were opened once");
}

#[tokio::test]
async fn a_parked_run_can_be_cancelled_and_erased() {
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    let _other = first.waiting("u").await;
    let node = first.restarted("node").await;
    in_time(node.agent.cancel(&"t".into())).await;
    let task = node.task("t").await;
    assert_eq!((task.status, task.lease_until), (TaskStatus::Cancelled, None));
    assert_eq!(node.statuses("t").await, [ToolCallStatus::Cancelled; 3]);
    assert_eq!(node.answer("t").await, "Look.");
    assert!(matches!(node.approve("t", "2", ProceedOnce).await, Err(AgentError::NotAwaiting)));
    assert!(node.store.erase_task(&node.scope(), &"u".into()).await.unwrap());
    node.models.say([text("Yes?"), complete()]);
    let mut watch = node.follow_up("t", "Hello?").await.unwrap().watch.unwrap();
    assert!(lines(&read(&mut watch).await).ends_with(r#"done completed "Yes?""#));
}

#[tokio::test]
async fn a_run_that_another_node_has_is_not_resumed() {
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    let second = Node::start_in(first.folder.clone(), "second", START_MS + 1).await;
    assert!(matches!(second.approve("t", "2", ProceedOnce).await, Err(AgentError::Elsewhere)));
    assert_eq!(first.task("t").await.node_id.as_deref(), Some("node"));
}

#[tokio::test]
async fn a_node_that_lost_its_run_takes_it_back_before_it_makes_a_call() {
    let node = Node::start().await;
    node.models.say([wants("1", "shop__refund"), complete()]);
    let mut watch = node.ask("t", "Hi").await;
    read_until(&mut watch, |event| matches!(event, StreamEvent::ToolCall(_))).await;
    // Another node believes this one to be dead.
    assert!(node.store.interrupt_run("t".into(), 1, START_MS, "INTERRUPTED: x".into()).await.unwrap());
    assert!(is_parked(&node.task("t").await));
    let tool = node.tools.live();
    node.models.say([complete()]);
    node.approve("t", "1", ProceedOnce).await.unwrap();
    assert!(lines(&read(&mut watch).await).ends_with(r#"error INTERRUPTED | done failed """#));
    tool.send(Ok("refunded".into())).unwrap();
    until(async || node.task("t").await.status == TaskStatus::Completed).await;
    assert_eq!(node.tools.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn ids_of_events_grow_over_a_restart() {
    let first = Node::start().await;
    let _watch = first.waiting("t").await;
    let node = first.restarted("node").await;
    let _tool = node.tools.live();
    node.approve("t", "2", ProceedOnce).await.unwrap();
    for old in 0..20 {
        let watching = node.agent.watch(&"t".into(), Some(1 << 32 | old)).await;
        assert!(matches!(watching, Some(Watching::Fresh { .. })), "event {old} was of its first life");
    }
}
