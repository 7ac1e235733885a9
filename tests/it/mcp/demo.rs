//! The demo as a newcomer finds it: two visitors, two companies, two answers to one question.

use serde_json::{Value, json};
use sigmic_shared::{StreamEvent, TaskId, ToolCallStatus, routes};
use sigmic_tests::{client::Client, eventually, installation::Installation, stream::done};

#[tokio::test]
async fn two_visitors_get_their_own_orders_and_a_refund_waits_for_approval() {
    let installation = Installation::new().set("DEMO", "on").set("DEMO_LISTEN", "127.0.0.1:0");
    let server = installation.start().await;
    let line = server.logged("demo on http://").await;
    let port: String =
        line.split("demo on http://127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    let page = format!("http://127.0.0.1:{port}");
    let visitor = async |name: &str| {
        let token = Client::at(&page).post("/token", json!({ "visitor": name })).await.body["token"].clone();
        Client::anonymous(&server).with_bearer(token.as_str().unwrap()).with_origin(&page)
    };
    let (alice, bob) = (visitor("alice").await, visitor("bob").await);
    for (client, own, other) in [(&alice, "packing tables", "dough mixer"), (&bob, "dough mixer", "packing tables")] {
        let events = client.create_task_streaming("What are my orders?").await.rest().await;
        let answer = &done(&events).final_response;
        assert!(answer.contains(own) && answer.contains("| Number |") && !answer.contains(other), "{answer}");
        assert!(!answer.contains("demo-token"), "{answer}");
    }
    let foreign = alice.create_task_streaming("Where is order 2208?").await.rest().await;
    assert!(done(&foreign).final_response.contains("Acme Corp has no order 2208."), "{foreign:#?}");

    let mut stream = alice.create_task_streaming("Please refund order 1042.").await;
    let waiting = |event: &StreamEvent| matches!(event, StreamEvent::ToolCall(call) if call.status == ToolCallStatus::AwaitingApproval);
    let opening = stream.until(waiting).await;
    let task: TaskId = crate::scene::task_id(&opening);
    let call = eventually("the refund waits", async || {
        let told = alice.get(&routes::task(task.as_str())).await;
        told.data()["pendingApprovals"][0]["callId"].as_str().map(str::to_owned)
    })
    .await;
    let approved = alice.post(&routes::approve(task.as_str(), &call), json!({ "outcome": "proceed_once" })).await;
    assert_eq!(approved.data()["approved"], Value::Bool(true));
    let answer = done(&stream.rest().await).final_response.clone();
    assert!(answer.contains("Status: **refunded**"), "{answer}");
    let later = visitor("alice").await.create_task_streaming("Where is order 1042?").await.rest().await;
    assert!(done(&later).final_response.contains("refunded"), "a new process knows of it too");
}
