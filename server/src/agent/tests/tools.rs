use super::*;
use crate::auth::context::{self, ContextPlace};

fn visitor(jti: Option<&str>) -> RunContext {
    RunContext::Visitor { app_id: "wapp_1".into(), end_user_id: "u1".into(), jti: jti.map(str::to_owned) }
}

impl Node {
    /// Keeps a context as the token exchange does.
    async fn keep_context(&self, user: &str, jti: &str, expires_at_ms: i64) {
        let variables = context::check(Some(&json!({ "PLACE": "Bern" })), Some(&json!({ "TOKEN": "s3" }))).unwrap();
        let place = ContextPlace { app_id: &"wapp_1".into(), end_user_id: &user.into(), jti };
        let sealed = variables.seal(&self.keys, &self.clock, place, expires_at_ms).unwrap();
        self.store.insert_context(sealed).await.unwrap();
    }

    async fn run_for(&self, task: &str, context: RunContext) -> String {
        self.models.say([complete()]);
        let question = Question { context, ..self.question("Hi") };
        let accepted = self.agent.create_task(self.new_task(task), question).await.unwrap();
        lines(&read(&mut accepted.watch.unwrap()).await)
    }
}

#[tokio::test]
async fn tools_are_opened_as_whoever_asks() {
    let node = Node::start().await;
    node.keep_context("u1", "good", START_MS + 1).await;
    node.keep_context("u1", "expired", START_MS).await;
    node.keep_context("u2", "of another", START_MS + 1).await;
    let given = context::check(Some(&json!({ "PLACE": "Basel" })), Some(&json!({ "TOKEN": "own" }))).unwrap();
    let program = RunContext::Program { api_key_id: "key".into(), variables: given };
    let owner = ContextOwner::Visitor { app_id: "wapp_1".into(), end_user_id: "u1".into() };
    for (number, (context, owner, found, expires_at_ms)) in [
        (visitor(Some("good")), &owner, [Some("Bern"), Some("s3")], Some(START_MS + 1)),
        (visitor(Some("expired")), &owner, [None, None], None),
        (visitor(Some("gone")), &owner, [None, None], None),
        (visitor(None), &owner, [None, None], None),
        (program, &ContextOwner::Program { api_key_id: "key".into() }, [Some("Basel"), Some("own")], None),
    ]
    .into_iter()
    .enumerate()
    {
        let task = format!("t{number}");
        node.run_for(&task, context).await;
        let request = node.tools.until_opened(number + 1).await.remove(number);
        assert_eq!((request.task_id.as_str(), request.project.id.as_str()), (task.as_str(), "project"));
        assert_eq!((&request.context.owner, request.context.expires_at_ms), (owner, expires_at_ms), "{task}");
        assert_eq!(["PLACE", "TOKEN"].map(|key| request.context.variables.find(key)), found, "{task}");
    }
}

#[tokio::test]
async fn a_context_whose_key_is_gone_is_empty() {
    let mut node = Node::start().await;
    node.keys = Arc::new(Keyring::parse(&generate_encryption_key(&Clock::system())).unwrap());
    node.keep_context("u1", "foreign", START_MS + 1).await;
    node.run_for("t", visitor(Some("foreign"))).await;
    assert!(node.tools.until_opened(1).await[0].context.variables.is_empty());
}

#[tokio::test]
async fn a_project_without_tool_servers_opens_nothing() {
    let mut node = Node::start().await;
    node.project = Arc::new(ProjectRecord { mcp_servers: BTreeMap::new().into(), ..(*node.project).clone() });
    assert_eq!(node.run_for("t", visitor(Some("x"))).await, r#"connecting | processing | done completed """#);
    assert!(node.tools.requests.borrow().is_empty());
    assert!(node.models.requests()[0].tools.is_empty());
}

#[tokio::test]
async fn a_server_that_is_missed_is_told() {
    let node = Node::start().await;
    node.tools.miss("The server shop needs TOKEN.");
    node.models.say([complete()]);
    let mut watch = node.ask("t", "Hi").await;
    assert_eq!(
        lines(&read(&mut watch).await),
        r#"connecting | error MCP_UNAVAILABLE | processing | done completed """#
    );
    assert_eq!(node.task("t").await.error, None);
}

#[tokio::test]
async fn a_run_can_end_while_its_tools_are_being_opened() {
    let node = Node::start().await;
    node.tools.hold();
    let mut cancelled = node.ask("t", "Hi").await;
    node.tools.until_opened(1).await;
    in_time(node.agent.cancel(&"t".into())).await;
    assert_eq!(lines(&read(&mut cancelled).await), r#"connecting | done cancelled """#);
    let mut interrupted = node.ask("u", "Hi").await;
    node.tools.until_opened(2).await;
    in_time(node.agent.shutdown(Duration::ZERO)).await;
    assert_eq!(lines(&read(&mut interrupted).await), r#"connecting | error INTERRUPTED | done failed """#);
    node.tools.release();
    assert!(node.models.requests().is_empty(), "the model was never asked");
}

#[tokio::test]
async fn the_model_hears_of_tools_that_changed_meanwhile() {
    let node = Node::start().await;
    node.models.say([wants("1", "shop__find"), complete()]).say([complete()]);
    let tool = node.tools.live();
    let mut watch = node.ask("t", "Hi").await;
    read_until(&mut watch, |event| matches!(event, StreamEvent::ToolProgress(_))).await;
    node.tools.change(&["shop__other"]);
    tool.send(Ok("found".into())).unwrap();
    read(&mut watch).await;
    let offered = node.models.requests().into_iter().map(|request| request.tools.into_iter().map(|tool| tool.name));
    let offered: Vec<Vec<_>> = offered.map(Iterator::collect).collect();
    assert_eq!(offered, [vec!["shop__find", "shop__refund"], vec!["shop__other"]]);
}
