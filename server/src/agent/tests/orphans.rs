use super::*;
use crate::{
    agent::leases::{self, LEASE_MS, Suspects},
    store::NewRun,
};

/// Leaves a run behind that nobody drives.
async fn leave_behind(node: &Node, task: &str, node_id: &str) {
    let run = NewRun {
        message: "Hi".into(),
        attached_files: vec![],
        user_message_id: format!("{task}-question").into(),
        answer_id: format!("{task}-answer").into(),
        context_jti: None,
        node_id: node_id.into(),
        lease_until: START_MS + LEASE_MS,
        idempotency: None,
        request_id: None,
        now_ms: START_MS,
    };
    node.store.create_task(node.new_task(task), run).await.unwrap();
}

async fn is_interrupted(node: &Node, task: &str) -> bool {
    let task = node.task(task).await;
    task.status == TaskStatus::Failed && task.error.is_some_and(|error| error.starts_with("INTERRUPTED: "))
}

#[tokio::test]
async fn a_node_that_comes_back_ends_what_it_left() {
    let first = Node::start().await;
    leave_behind(&first, "own", "node").await;
    leave_behind(&first, "other", "another node").await;
    first.store.close().await;
    let second = Node::start_in(first.folder.clone(), "node", START_MS + 1).await;
    assert!(is_interrupted(&second, "own").await);
    assert!(!is_interrupted(&second, "other").await, "its lease still holds");
    let third = Node::start_in(first.folder.clone(), "third", START_MS + LEASE_MS + 1).await;
    assert!(is_interrupted(&third, "other").await);
}

#[tokio::test]
async fn whoever_reads_an_orphan_ends_it() {
    let node = Node::start().await;
    leave_behind(&node, "t", "another node").await;
    let task = node.task("t").await;
    assert_eq!(node.agent.settle(task.clone()).await.unwrap(), task, "its lease still holds");
    node.hand.advance(Duration::from_millis(LEASE_MS as u64 + 1));
    let settled = node.agent.settle(task).await.unwrap();
    assert_eq!((settled.status, settled.lease_until), (TaskStatus::Failed, None));
    assert!(is_interrupted(&node, "t").await);
    assert_eq!(node.agent.settle(settled.clone()).await.unwrap(), settled, "an ended one stays as it is");
}

#[tokio::test]
async fn runs_that_are_driven_here_are_no_orphans() {
    let node = Node::start().await;
    let model = node.models.live();
    let mut watch = node.ask("t", "Hi").await;
    node.hand.advance(Duration::from_millis(LEASE_MS as u64 + 1));
    let task = node.task("t").await;
    assert_eq!(node.agent.settle(task.clone()).await.unwrap(), task, "the node was only slow to renew its lease");
    let mut suspects = Suspects::new();
    for _ in 0..3 {
        leases::sweep(&node.agent, &mut suspects).await.unwrap();
    }
    assert_eq!(node.task("t").await.lease_until, Some(START_MS + 2 * LEASE_MS + 1), "the sweep renews it");
    model.send(Ok(complete())).unwrap();
    assert!(lines(&read(&mut watch).await).ends_with(r#"done completed """#));
}

#[tokio::test]
async fn a_run_of_this_node_that_nobody_drives_is_ended_the_second_time_it_is_seen() {
    let node = Node::start().await;
    leave_behind(&node, "t", "node").await;
    let mut suspects = Suspects::new();
    leases::sweep(&node.agent, &mut suspects).await.unwrap();
    assert!(!is_interrupted(&node, "t").await, "it may be about to start");
    leases::sweep(&node.agent, &mut suspects).await.unwrap();
    assert!(is_interrupted(&node, "t").await);
    leases::sweep(&node.agent, &mut suspects).await.unwrap();
    assert!(suspects.is_empty());
}
