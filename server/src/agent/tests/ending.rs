use super::*;

#[tokio::test]
async fn a_cancel_closes_the_models_connection_and_keeps_the_text() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    model.send(Ok(text("So far"))).unwrap();
    read_until(&mut watch, |event| matches!(event, StreamEvent::Content(_))).await;
    node.models.until_open(1).await;
    in_time(node.agent.cancel(&"t".into())).await;

    assert_eq!(node.task("t").await.status, TaskStatus::Cancelled, "stored when the cancel returns");
    assert_eq!(node.answer("t").await, "So far");
    assert_eq!(node.agent.live_runs(), 0);
    node.models.until_open(0).await;
    assert_eq!(lines(&read(&mut watch).await), r#"content "" | done cancelled "So far""#);
    in_time(node.agent.cancel(&"t".into())).await;
    in_time(node.agent.cancel(&"unknown".into())).await;
    assert_eq!(node.task("t").await.status, TaskStatus::Cancelled);
}

#[tokio::test]
async fn a_cancel_does_not_wait_for_a_silent_server_or_a_retry() {
    let away = || {
        Script::Refuse(ModelError {
            retry_after: Some(Duration::from_secs(30)),
            ..ModelError::new(ModelErrorKind::RateLimited, "busy")
        })
    };
    for (script, phase) in [(Script::Silence, "connecting"), (away(), "retrying")] {
        let node = Node::start().await;
        node.models.script(script);
        let mut watch = node.ask("t", "Hi").await;
        let is_phase = |event: &StreamEvent| lines(std::slice::from_ref(event)) == phase;
        read_until(&mut watch, is_phase).await;
        in_time(node.agent.cancel(&"t".into())).await;
        assert_eq!(lines(&read(&mut watch).await), r#"done cancelled """#);
        node.models.until_open(0).await;
    }
}

#[tokio::test]
async fn a_cancel_gives_running_tools_a_result() {
    let node = Node::start().await;
    node.models.say([wants("1", "shop__find"), complete()]);
    let tool = node.tools.live();
    let mut watch = node.ask("t", "Hi").await;
    read_until(&mut watch, |event| matches!(event, StreamEvent::ToolProgress(_))).await;
    in_time(node.agent.cancel(&"t".into())).await;
    assert_eq!(
        lines(&read(&mut watch).await),
        r#"result 1 Cancelled "The run ended before this call did." | done cancelled """#
    );
    in_time(tool.closed()).await;
}

#[tokio::test]
async fn a_bug_ends_the_run_instead_of_leaving_it_running() {
    let node = Node::start().await;
    node.models.say([text("So far"), wants("1", "shop__find"), complete()]).script(Script::Panic);
    node.tools.live().send(Ok("found".into())).unwrap();
    let mut watch = node.ask("t", "Hi").await;
    let told = lines(&read(&mut watch).await);
    assert!(told.ends_with(r#"error AGENT_ERROR | done failed "So far""#), "{told}");
    assert_eq!(node.task("t").await.status, TaskStatus::Failed);
    assert_eq!(node.answer("t").await, "So far");
    assert_eq!(node.agent.live_runs(), 0);
}

#[tokio::test]
async fn a_run_that_somebody_else_ended_stays_as_it_is() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    model.send(Ok(text("So far"))).unwrap();
    until(async || node.answer("t").await == "So far").await;
    let ended = node.store.interrupt_run("t".into(), 1, START_MS + 1, "INTERRUPTED: elsewhere".into()).await.unwrap();
    assert!(ended);
    model.send(Ok(text(", so good"))).unwrap();
    model.send(Ok(complete())).unwrap();
    let told = lines(&read(&mut watch).await);
    assert!(told.ends_with(r#"error INTERRUPTED | done failed "So far, so good""#), "{told}");
    assert_eq!(node.task("t").await.error.as_deref(), Some("INTERRUPTED: elsewhere"));
}

#[tokio::test]
async fn a_shutdown_waits_for_runs_and_takes_no_more() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    let stopping = tokio::spawn({
        let agent = node.agent.clone();
        async move { agent.shutdown(DEADLINE).await }
    });
    until(async || node.agent.is_stopping()).await;
    let refused = node.agent.create_task(node.new_task("u"), node.question("Hi")).await;
    assert!(matches!(refused, Err(AgentError::Stopping)));
    model.send(Ok(text("Done"))).unwrap();
    model.send(Ok(complete())).unwrap();
    in_time(stopping).await.unwrap();
    assert!(lines(&read(&mut watch).await).ends_with(r#"done completed "Done""#));
}

#[tokio::test]
async fn what_goes_on_after_the_grace_is_interrupted() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    model.send(Ok(text("So far"))).unwrap();
    read_until(&mut watch, |event| matches!(event, StreamEvent::Content(_))).await;
    in_time(node.agent.shutdown(Duration::ZERO)).await;
    let task = node.task("t").await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert!(task.error.unwrap().starts_with("INTERRUPTED: "));
    assert_eq!(lines(&read(&mut watch).await), r#"content "" | error INTERRUPTED | done failed "So far""#);
    assert_eq!(node.agent.live_runs(), 0);
}

#[tokio::test]
async fn an_end_that_cannot_be_stored_is_told_as_a_failure() {
    let node = Node::start().await;
    let _model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    node.models.until_open(1).await;
    in_time(node.store.close()).await;
    in_time(node.agent.shutdown(Duration::ZERO)).await;
    assert_eq!(lines(&read(&mut watch).await), r#"connecting | error AGENT_ERROR | done failed """#);
}
