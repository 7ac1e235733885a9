//! One session with a server: from its start to its end, or until it can be trusted no more.

use super::{
    connection::Terms,
    ending::Ending,
    endpoint::{Endpoint, RemoteEndpoint},
    failure::Failure,
    handler::{Handler, Progress, Report},
    http_client::client_for,
    sse::SseTransport,
    stdio::StdioTransport,
    streamable::Streamable,
};
use crate::mcp::config::Protocol;
use reqwest::Url;
use rmcp::{
    RoleClient, ServiceExt,
    model::{
        CallToolRequest, CallToolRequestParams, CancelledNotification, CancelledNotificationParam, ClientRequest,
        ListToolsRequest, PaginatedRequestParams, ProgressToken, RequestId, ServerResult,
    },
    service::{Peer, PeerRequestOptions, RunningService},
    transport::{
        StreamableHttpClientTransport, Transport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Map, Value};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Handle;

/// Most pages and most tools that are read of a listing.
const MOST_PAGES: usize = 50;
const MOST_LISTED: usize = 1000;
/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// A session that has begun. It ends when this is dropped, though not at once.
pub(super) struct Session {
    service: Mutex<Option<RunningService<RoleClient, Handler>>>,
    peer: Peer<RoleClient>,
    handler: Handler,
    ending: Ending,
    /// Set when an answer did not come or made no sense: what follows is better said in a new session.
    is_suspect: AtomicBool,
}

impl Session {
    /// Begins a session with the server at `endpoint`.
    pub(super) async fn begin(endpoint: &Endpoint, terms: &Terms) -> Result<Self, Failure> {
        let ending = Ending::default();
        let limit = terms.host.limits.message_bytes;
        match endpoint {
            Endpoint::Local(local) => {
                let (process, stdout) = terms.host.processes.spawn(&terms.name, local, &terms.redactor)?;
                Self::over(StdioTransport::new(process, stdout, limit, ending.clone()), ending).await
            }
            Endpoint::Remote(remote) => {
                let client = client_for(remote)?;
                match remote.protocol {
                    Protocol::Http => {
                        let transport =
                            StreamableHttpClientTransport::with_client(Streamable(client), http_config(remote, limit));
                        Self::over(transport, ending).await
                    }
                    Protocol::Sse => {
                        let url = Url::parse(remote.url.expose()).map_err(|_| Failure::Protocol)?;
                        let transport = SseTransport::connect(client, url, limit, ending.clone()).await?;
                        Self::over(transport, ending).await
                    }
                }
            }
        }
    }

    async fn over<T>(transport: T, ending: Ending) -> Result<Self, Failure>
    where
        T: Transport<RoleClient> + 'static,
    {
        let handler = Handler::default();
        let service = handler.clone().serve(transport).await;
        // The transport knows better why it ended than whoever waited for it.
        let service = service.map_err(|error| ending.reason().unwrap_or_else(|| Failure::of_start(&error)))?;
        metrics::gauge!("sigmic_mcp_connections").increment(1);
        let peer = service.peer().clone();
        Ok(Self { service: Mutex::new(Some(service)), peer, handler, ending, is_suspect: AtomicBool::new(false) })
    }

    /// Whether another request may be sent.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_suspect.load(Ordering::Relaxed) && !self.ending.is_reached() && !self.peer.is_transport_closed()
    }

    /// No further request goes to this session.
    pub(super) fn distrust(&self) {
        self.is_suspect.store(true, Ordering::Relaxed);
    }

    /// Waits until the server says that its tools have changed.
    pub(super) async fn tools_changed(&self) {
        self.handler.tools_changed.notified().await;
    }

    /// Everything the server lists, as it says it, within bounds.
    pub(super) async fn list_tools(&self) -> Result<Vec<Value>, Failure> {
        if self.peer.peer_info().is_none_or(|info| info.capabilities.tools.is_none()) {
            return Ok(Vec::new());
        }
        let mut tools = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let params = cursor.take().map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
            let request = ClientRequest::ListToolsRequest(ListToolsRequest {
                method: Default::default(),
                params,
                extensions: Default::default(),
            });
            let mut page = self.request(request, None).await?;
            if let Some(Value::Array(listed)) = page.get_mut("tools").map(Value::take) {
                tools.extend(listed);
            }
            cursor = page.get("nextCursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() || tools.len() >= MOST_LISTED {
                break;
            }
        }
        tools.truncate(MOST_LISTED);
        Ok(tools)
    }

    /// Calls a tool. Dropping the future cancels the call.
    pub(super) async fn call(
        &self,
        tool: String,
        arguments: Map<String, Value>,
        report: Report,
    ) -> Result<Value, Failure> {
        let params = CallToolRequestParams::new(tool).with_arguments(arguments);
        self.request(ClientRequest::CallToolRequest(CallToolRequest::new(params)), Some(report)).await
    }

    /// Sends a request and gives its result as JSON: servers are not always as strict as the protocol.
    async fn request(&self, request: ClientRequest, report: Option<Report>) -> Result<Value, Failure> {
        let mut reports = self.handler.reports().await;
        let sent = self.peer.send_request_with_option(request, PeerRequestOptions::no_options()).await;
        let mut handle = sent.map_err(|error| self.failure(Failure::of_request(&error)))?;
        if let Some(report) = report {
            reports.insert(handle.progress_token.clone(), Progress::new(report));
        }
        drop(reports);
        let mut pending = Pending { session: self, request: Some((handle.id.clone(), handle.progress_token.clone())) };
        let answer = tokio::select! {
            biased;
            answer = &mut handle.rx => Ok(answer),
            reason = self.ending.reached() => Err(reason),
        };
        pending.request = None;
        self.handler.reports().await.remove(&handle.progress_token);
        match answer? {
            Ok(Ok(ServerResult::InputRequiredResult(_) | ServerResult::CreateTaskResult(_))) => {
                Err(Failure::AskedForInput)
            }
            Ok(Ok(result)) => serde_json::to_value(result).map_err(|_| Failure::Protocol),
            Ok(Err(error)) => Err(self.failure(Failure::of_request(&error))),
            Err(_) => Err(self.failure(Failure::Ended)),
        }
    }

    /// The transport's own reason, if it gave one, explains an end better.
    fn failure(&self, failure: Failure) -> Failure {
        if failure == Failure::Ended { self.ending.reason().unwrap_or(failure) } else { failure }
    }

    /// Ends it and waits until the server is gone.
    pub(super) async fn end(&self) {
        let service = self.service.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut service) = service {
            // A server that does not answer is left behind.
            let _ = service.close_with_timeout(GOODBYE).await;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        metrics::gauge!("sigmic_mcp_connections").decrement(1);
    }
}

fn http_config(remote: &RemoteEndpoint, message_bytes: usize) -> StreamableHttpClientTransportConfig {
    StreamableHttpClientTransportConfig::with_uri(remote.url.expose())
        .max_json_response_size(message_bytes)
        .max_sse_event_size(message_bytes)
        .control_request_timeout(GOODBYE)
}

/// A request without an answer. Dropping it tells the server that nobody waits any more.
struct Pending<'s> {
    session: &'s Session,
    /// None once it is answered.
    request: Option<(RequestId, ProgressToken)>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        // Without a runtime the whole process is ending.
        if let (Some((id, token)), Ok(runtime)) = (self.request.take(), Handle::try_current()) {
            let (peer, handler) = (self.session.peer.clone(), self.session.handler.clone());
            let params = CancelledNotificationParam::new(Some(id), Some("nobody waits for it any more".to_owned()));
            runtime.spawn(async move {
                handler.reports().await.remove(&token);
                // It does not matter to a server that is gone.
                let _ = peer.send_notification(CancelledNotification::new(params).into()).await;
            });
        }
    }
}
