//! What the servers do when they behave.

use super::{Behavior, Reached, ToolSet, tools};
use http::request::Parts;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject, ListToolsResult,
        PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::json;
use std::{
    borrow::Cow,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;

/// A transparent picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// Ignores what asks a process to end, and ends by itself before it becomes a nuisance.
const STUBBORN: &str = "trap '' TERM INT HUP; for i in $(seq 240); do sleep 0.5; done";

/// Answers requests.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    behavior: Arc<Behavior>,
    gate: watch::Receiver<bool>,
    /// Unless the request tells more.
    reached: Reached,
    has_grown: Arc<AtomicBool>,
}

impl Handler {
    pub(super) fn new(behavior: Arc<Behavior>, gate: watch::Receiver<bool>, reached: Reached) -> Self {
        Self { behavior, gate, reached, has_grown: Arc::default() }
    }

    async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let count = || arguments.get("count").and_then(serde_json::Value::as_u64).unwrap_or(1);
        let text = match tool {
            "echo" => arguments["text"].as_str().unwrap_or_default().to_owned(),
            "big" => "x".repeat(usize::try_from(count()).unwrap_or_default()),
            "wait" => {
                // The test going away ends the waiting too.
                let _ = self.gate.clone().wait_for(|&open| open).await;
                "waited".to_owned()
            }
            "reached" => {
                let reached = context.extensions.get::<Parts>().map_or_else(|| self.reached.clone(), Reached::from);
                serde_json::to_string(&reached).expect("what was reached is JSON")
            }
            "progress" => {
                report_progress(count(), &context).await;
                "done".to_owned()
            }
            "breed" => format!("{:?}", (0..count()).map(|_| breed()).collect::<Vec<_>>()),
            "grow" => {
                self.has_grown.store(true, Ordering::SeqCst);
                let _ = context.peer.notify_tool_list_changed().await;
                "grown".to_owned()
            }
            tools::GROWN => "here".to_owned(),
            "image" => {
                return Ok(CallToolResult::success(vec![
                    ContentBlock::text("A pixel:"),
                    ContentBlock::image(PIXEL, "image/png"),
                ]));
            }
            "resource" => {
                return Ok(CallToolResult::success(vec![ContentBlock::embedded_text("test://note", "a note")]));
            }
            "structured" => {
                let mut result = CallToolResult::success(vec![]);
                result.structured_content = Some(json!({ "temperature": 21.5, "unit": "celsius" }));
                return Ok(result);
            }
            "nothing" => return Ok(CallToolResult::success(vec![])),
            "fail" => return Ok(CallToolResult::error(vec![ContentBlock::text("The flux is reversed.")])),
            "refuse" => return Err(ErrorData::internal_error("The protocol says no.", None)),
            other => format!("{other}: {}", json!(arguments)),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]))
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        if self.behavior.newest_protocol {
            Cow::Borrowed(ProtocolVersion::KNOWN_VERSIONS)
        } else {
            Cow::Borrowed(ProtocolVersion::known_up_to(&ProtocolVersion::LATEST_WITH_INITIALIZE))
        }
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let all: Vec<Tool> = tools::offered(self.behavior.tools, self.has_grown.load(Ordering::SeqCst));
        // Many come in pages, as the protocol has it.
        let page = if self.behavior.tools == ToolSet::Many { 100 } else { all.len() };
        let start = request.and_then(|request| request.cursor).and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let end = all.len().min(start + page);
        let mut result = ListToolsResult::with_all_items(all.get(start..end).unwrap_or_default().to_vec());
        result.next_cursor = (end < all.len()).then(|| end.to_string());
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        self.call(&request.name, arguments, context).await.map(CallToolResponse::from)
    }
}

impl From<&Parts> for Reached {
    fn from(parts: &Parts) -> Self {
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Self { url: parts.uri.to_string(), headers: headers.collect(), ..Self::default() }
    }
}

async fn report_progress(steps: u64, context: &RequestContext<RoleServer>) {
    let Some(token) = context.meta.get_progress_token() else { return };
    for step in 1..=steps {
        let report = ProgressNotificationParam::new(token.clone(), step as f64)
            .with_total(steps as f64)
            .with_message(format!("step {step}"));
        // A client that is gone hears nothing.
        let _ = context.peer.notify_progress(report).await;
    }
}

/// Starts a process that keeps this one's outputs open, and gives its id.
fn breed() -> u32 {
    let child = Command::new("sh").args(["-c", STUBBORN]).stdin(Stdio::null()).spawn();
    child.expect("a shell can be started").id()
}
