use super::*;
use futures::FutureExt;

#[tokio::test]
async fn a_message_is_answered_and_stored_before_done_is_told() {
    let node = Node::start().await;
    node.models.say([text("Hel"), text("lo"), complete()]);
    let mut watch = node.ask("t", "Hi").await;
    let events = read(&mut watch).await;
    assert_eq!(lines(&events), r#"connecting | processing | content "Hello" | done completed "Hello""#);
    let task = node.task("t").await;
    assert_eq!((task.status, task.error, task.lease_until), (TaskStatus::Completed, None, None));
    assert_eq!(node.answer("t").await, "Hello");

    let request = &node.models.requests()[0];
    assert_eq!((request.model.as_str(), request.system.as_str()), ("scripted", "Be brief.\n\nBe kind."));
    assert_eq!(request.messages, [ModelMessage::User("Hi".into())]);
}

#[tokio::test]
async fn a_follow_up_right_after_done_is_accepted_and_knows_what_was_said() {
    let node = Node::start().await;
    for round in 1..4 {
        node.models.say([text(&format!("answer {round}")), complete()]);
        let question = format!("question {round}");
        let mut watch = match round {
            1 => node.ask("t", &question).await,
            _ => node.follow_up("t", &question).await.unwrap().watch.unwrap(),
        };
        read(&mut watch).await;
    }
    let request = &node.models.requests()[2];
    assert_eq!(request.system, "Be brief.\n\nBe kind.");
    let said = request.messages.iter().map(|message| match message {
        ModelMessage::User(text) | ModelMessage::Assistant { text, .. } => text.as_str(),
        ModelMessage::ToolResult { .. } => panic!("no tools were called"),
    });
    assert_eq!(said.collect::<Vec<_>>(), ["question 1", "answer 1", "question 2", "answer 2", "question 3"]);
}

#[tokio::test]
async fn what_the_model_says_is_told_at_once() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    for word in ["one", "two", "three"] {
        model.send(Ok(text(word))).unwrap();
        let is_it = |event: &StreamEvent| matches!(event, StreamEvent::Content(piece) if piece.text == word);
        read_until(&mut watch, is_it).await;
    }
    model.send(Ok(complete())).unwrap();
    assert_eq!(lines(&read(&mut watch).await), r#"content "" | done completed "onetwothree""#);
}

#[tokio::test]
async fn an_answer_is_stored_while_it_grows() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    for (word, stored) in [("one", "one"), ("two", "onetwo")] {
        model.send(Ok(text(word))).unwrap();
        until(async || node.answer("t").await == stored).await;
    }
    assert_eq!(node.task("t").await.status, TaskStatus::Running);
    model.send(Ok(complete())).unwrap();
    read(&mut watch).await;
}

#[tokio::test]
async fn a_model_that_is_away_is_asked_again() {
    let node = Node::start().await;
    node.models.script(Script::Refuse(ModelError::new(ModelErrorKind::Unavailable, "away")));
    node.models.say([text("Hi"), complete()]);
    let mut watch = node.ask("t", "Hi").await;
    assert_eq!(
        lines(&read(&mut watch).await),
        r#"connecting | retrying | processing | content "Hi" | done completed "Hi""#
    );
}

#[tokio::test]
async fn a_failure_keeps_the_text_and_is_told_and_stored() {
    for (failure, code) in [
        (Some(ModelError::new(ModelErrorKind::Unavailable, "secret detail")), "MODEL_UNAVAILABLE"),
        (None, "AGENT_ERROR"),
    ] {
        let node = Node::start().await;
        let model = node.models.live();
        let mut watch = node.ask("t", "Hi").await;
        model.send(Ok(text("So far"))).unwrap();
        failure.into_iter().for_each(|failure| model.send(Err(failure)).unwrap());
        drop(model);
        let told = lines(&read(&mut watch).await);
        assert!(told.ends_with(&format!(r#"error {code} | done failed "So far""#)), "{told}");
        assert!(!told.contains("secret"));
        let task = node.task("t").await;
        assert_eq!(task.status, TaskStatus::Failed);
        let error = task.error.unwrap();
        assert!(error.starts_with(code) && !error.contains("secret"), "{error}");
        assert_eq!(node.answer("t").await, "So far");
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_used_ends_the_run() {
    let node = Node::start().await;
    node.models.break_down(ModelError::new(ModelErrorKind::AuthFailed, "no key"));
    let mut watch = node.ask("t", "Hi").await;
    assert_eq!(lines(&read(&mut watch).await), r#"connecting | error MODEL_AUTH_FAILED | done failed """#);
}

#[tokio::test]
async fn tools_are_called_and_their_results_go_back() {
    let node = Node::start().await;
    node.models.say([text("Let me look."), wants("1", "shop__find"), complete()]).say([text("Here."), complete()]);
    let tool = node.tools.live();
    let mut watch = node.ask("t", "Find it").await;
    let begun = read_until(&mut watch, |event| matches!(event, StreamEvent::ToolProgress(_))).await;
    assert!(lines(&begun).ends_with("tool 1 Executing | tool_progress"), "{}", lines(&begun));
    tool.send(Ok("found".into())).unwrap();
    assert_eq!(
        lines(&read(&mut watch).await),
        r#"result 1 Success "found" | content "\n\nHere." | done completed "Let me look.\n\nHere.""#
    );
    assert_eq!(node.tools.calls.lock().unwrap()[0].tool_name, "shop__find");
    assert_eq!(node.models.requests()[1].messages.len(), 3);
    let stored = node.store.find_last_answer(&"t".into()).await.unwrap().unwrap();
    let call = &stored.tool_calls.0[0];
    assert_eq!((call.step, call.text_offset, call.call.output.as_deref()), (1, 12, Some("found")));
}

#[tokio::test]
async fn a_call_waits_for_approval_and_the_task_says_so() {
    let node = Node::start().await;
    node.models.say([wants("1", "shop__refund"), complete()]).say([complete()]);
    let tool = node.tools.live();
    let mut watch = node.ask("t", "Refund it").await;
    until(async || node.task("t").await.status == TaskStatus::AwaitingApproval).await;
    assert!(matches!(node.approve("t", "2", ProceedOnce).await, Err(AgentError::NoSuchCall)));
    node.approve("t", "1", ProceedAlways).await.unwrap();
    assert_eq!(node.task("t").await.status, TaskStatus::Running, "stored when the approval returns");
    assert!(matches!(node.approve("t", "1", ProceedOnce).await, Err(AgentError::NotAwaiting)));
    tool.send(Ok("done".into())).unwrap();
    let told = lines(&read(&mut watch).await);
    assert!(told.contains("tool 1 AwaitingApproval | tool 1 Executing"), "{told}");

    // What was allowed always is not asked for in the task's next run.
    node.models.say([wants("2", "shop__refund"), complete()]).say([complete()]);
    node.tools.live().send(Ok("done".into())).unwrap();
    let mut watch = node.follow_up("t", "Again").await.unwrap().watch.unwrap();
    let told = lines(&read(&mut watch).await);
    assert!(told.contains("tool 2 Executing") && !told.contains("AwaitingApproval"), "{told}");
}

#[tokio::test]
async fn a_task_runs_once_at_a_time() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    assert!(matches!(node.follow_up("t", "And?").await, Err(AgentError::Running)));
    assert!(matches!(node.follow_up("other", "And?").await, Err(AgentError::NotFound)));
    model.send(Ok(complete())).unwrap();
    read(&mut watch).await;

    let models = (0..2).map(|_| node.models.live()).collect::<Vec<_>>();
    let (one, other) = tokio::join!(node.follow_up("t", "one"), node.follow_up("t", "other"));
    let accepted = [one.is_ok(), other.is_ok()];
    assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1, "{accepted:?}");
    drop(models);
}

#[tokio::test]
async fn the_same_request_runs_nothing_twice() {
    let node = Node::start().await;
    let model = node.models.live();
    let with_key = |message: &str, hash: u8| Question {
        idempotency: Some(IdempotencyKey { caller: "c".into(), key: "k".into(), request_hash: vec![hash] }),
        ..node.question(message)
    };
    let first = node.agent.create_task(node.new_task("t"), with_key("Hi", 1)).await.unwrap();
    assert!(!first.repeated && first.user_message_id.is_some());
    let again = node.agent.create_task(node.new_task("unused"), with_key("Hi", 1)).await.unwrap();
    assert!(again.repeated && again.user_message_id.is_none());
    assert_eq!((&again.task_id, again.run_no), (&"t".into(), 1));
    let reused = node.agent.create_task(node.new_task("unused"), with_key("Other", 2)).await;
    assert!(matches!(reused, Err(AgentError::KeyReused)));

    model.send(Ok(text("Hello"))).unwrap();
    model.send(Ok(complete())).unwrap();
    let told = lines(&read(&mut first.watch.unwrap()).await);
    assert_eq!(lines(&read(&mut again.watch.unwrap()).await), told);
    assert_eq!(node.models.requests().len(), 1);

    let late = node.agent.create_task(node.new_task("unused"), with_key("Hi", 1)).await.unwrap();
    assert_eq!(lines(&read(&mut late.watch.unwrap()).await), told, "the run lingers");
    node.hand.advance(Duration::from_secs(61));
    node.agent.hub().forget_expired();
    let later = node.agent.create_task(node.new_task("unused"), with_key("Hi", 1)).await.unwrap();
    assert!(later.repeated && later.watch.is_none());
}

#[tokio::test]
async fn late_watchers_see_the_whole_run() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut first = node.ask("t", "Hi").await;
    model.send(Ok(text("Hel"))).unwrap();
    read_until(&mut first, |event| matches!(event, StreamEvent::Content(_))).await;

    let Some(Watching::Fresh { watch: mut late, answer_id }) = node.agent.watch(&"t".into(), None).await else {
        panic!("a run is under way");
    };
    assert_eq!(answer_id, node.store.find_last_answer(&"t".into()).await.unwrap().unwrap().id);
    assert_eq!(
        lines(&read_until(&mut late, |event| matches!(event, StreamEvent::Content(_))).await),
        r#"processing | content "Hel""#
    );
    model.send(Ok(text("lo"))).unwrap();
    model.send(Ok(complete())).unwrap();
    assert!(lines(&read(&mut late).await).ends_with(r#"done completed "Hello""#));
    assert!(node.agent.watch(&"t".into(), None).await.is_none());
    assert!(matches!(node.agent.watch(&"t".into(), Some(1 << 32 | 1)).await, Some(Watching::Resumed(_))));
}

#[tokio::test]
async fn a_message_is_answered_even_if_whoever_sent_it_is_gone() {
    let node = Node::start().await;
    node.models.say([text("Hello"), complete()]);
    let asking = node.agent.create_task(node.new_task("t"), node.question("Hi"));
    assert!(asking.now_or_never().is_none(), "the request is dropped while its message is being recorded");
    let find = async || node.store.find_task(&node.scope(), &"t".into()).await.unwrap();
    until(async || find().await.is_some_and(|task| task.status == TaskStatus::Completed)).await;
    assert_eq!(node.answer("t").await, "Hello");
}
