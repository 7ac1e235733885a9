//! Streamable HTTP by way of the library, except for one answer that the library waits beyond.

use http::{HeaderName, HeaderValue};
use reqwest::Client;
use rmcp::{
    model::{ClientJsonRpcMessage, JsonRpcMessage},
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
    },
};
use sse_stream::Sse;
use std::{collections::HashMap, sync::Arc};

type Headers = HashMap<HeaderName, HeaderValue>;
type Refused = StreamableHttpError<reqwest::Error>;
type Events = futures::stream::BoxStream<'static, Result<Sse, SseError>>;

/// The HTTP side of a session.
#[derive(Clone)]
pub(super) struct Streamable(pub(super) Client);

impl StreamableHttpClient for Streamable {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Refused> {
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session_id, auth_header, headers, limits).await
    }

    /// A server that was started anew often answers 400 to a session it does not know, with an error that names no
    /// request. Whoever waits for an answer that names it would wait for ever. Such an error says that the request was
    /// not even read, so a new session may repeat it.
    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        headers: Headers,
        limits: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, Refused> {
        let request_id = match &message {
            JsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let had_session = session_id.is_some();
        let answer =
            self.0.post_message_with_response_limits(uri, message, session_id, auth_header, headers, limits).await?;
        match answer {
            StreamableHttpPostResponse::Json(JsonRpcMessage::Error(mut error), session_id)
                if error.id.is_none() && request_id.is_some() =>
            {
                if had_session {
                    return Err(StreamableHttpError::SessionExpired);
                }
                error.id = request_id;
                Ok(StreamableHttpPostResponse::Json(JsonRpcMessage::Error(error), session_id))
            }
            answer => Ok(answer),
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        headers: Headers,
    ) -> Result<(), Refused> {
        self.0.delete_session(uri, session_id, auth_header, headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        headers: Headers,
    ) -> Result<Events, Refused> {
        self.0.get_stream(uri, session_id, last_event_id, auth_header, headers).await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        headers: Headers,
        max_sse_event_size: usize,
    ) -> Result<Events, Refused> {
        let client = &self.0;
        client
            .get_stream_with_max_sse_event_size(
                uri,
                session_id,
                last_event_id,
                auth_header,
                headers,
                max_sse_event_size,
            )
            .await
    }
}
