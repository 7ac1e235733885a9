//! The HTTP side of every provider over the network: one warm client, patience with a silent
//! server, and refusals told apart.

mod answer_body;
mod refusal;
mod retry_after;

pub use answer_body::{AnswerBody, BodyError};
pub use refusal::{classify, quote};

use super::provider::{ModelError, ModelErrorKind};
use bytes::Bytes;
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use secrecy::{ExposeSecret, SecretString};
use std::{error::Error, sync::Arc, time::Duration};

/// The longest line a server may send, in bytes.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// The most of an error reply that is read to find out what it means.
const REFUSAL_BYTES: usize = 64 * 1024;

/// How long a server may take over an error reply's body.
const REFUSAL_TIME: Duration = Duration::from_secs(10);

/// How long silence is borne before a model's server counts as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// From the request until the answer's first piece. Long, because a local server loads the model
    /// first, and because OpenAI says nothing while a model reasons.
    pub before_answer: Duration,
    /// Between two pieces of an answer.
    pub between_pieces: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            before_answer: Duration::from_secs(120),
            between_pieces: Duration::from_secs(60),
        }
    }
}

/// Sends requests to models' servers. Clones share one pool of connections, so that a provider's
/// connection is still warm when the next message comes.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: Client,
    patience: Patience,
    /// Why certificates cannot be checked here, if they cannot.
    without_roots: Option<Arc<str>>,
}

impl Upstream {
    /// A client with a pool of its own: make one per process.
    ///
    /// HTTP/1.1 only: with HTTP/2 all answers of a provider would share one connection, and wait for
    /// each other once its limit of streams is reached. Proxies are taken from the environment's
    /// usual variables. A machine without root certificates still reaches servers over plain HTTP.
    pub fn new(patience: Patience) -> Self {
        let builder = || {
            Client::builder()
                .user_agent(concat!("sigmic/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(patience.connect)
                .redirect(reqwest::redirect::Policy::none())
                .http1_only()
                .tcp_nodelay(true)
        };
        match builder().build() {
            Ok(client) => Self { client, patience, without_roots: None },
            Err(error) => {
                let reason = causes(&error);
                tracing::warn!(%reason, "models are reachable over plain HTTP only");
                let client = builder().tls_certs_only([]).build().expect("a client without roots needs nothing");
                Self { client, patience, without_roots: Some(reason.into()) }
            }
        }
    }

    /// How long this client waits.
    pub const fn patience(&self) -> Patience {
        self.patience
    }

    /// Starts a POST with `headers` and a JSON `body`.
    pub fn post(&self, url: Url, mut headers: HeaderMap, body: Bytes) -> RequestBuilder {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.client.post(url).headers(headers).body(body)
    }

    /// Sends a request. Resolves once the server has accepted it.
    ///
    /// # Errors
    ///
    /// Whatever [`classify`] makes of a refusal, and [`ModelErrorKind::Unavailable`] for a server that
    /// cannot be reached or stays silent. `secret` never stands in the error's detail.
    pub async fn send(&self, request: RequestBuilder, secret: Option<&SecretString>) -> Result<Response, ModelError> {
        let request = request.build().map_err(|error| {
            ModelError::new(ModelErrorKind::Refused, format!("not a possible request: {}", causes(&error)))
        })?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let response = match tokio::time::timeout(self.patience.before_answer, self.client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.unreachable(&host, error)),
            Err(_) => {
                let waited = self.patience.before_answer.as_secs_f32();
                return Err(ModelError::new(ModelErrorKind::Unavailable, format!("{host} was silent for {waited} s")));
            }
        };
        if response.status().is_success() { Ok(response) } else { Err(refused(&host, response, secret).await) }
    }

    fn unreachable(&self, host: &str, error: reqwest::Error) -> ModelError {
        let mut detail = format!("cannot reach {host}: {}", causes(&error.without_url()));
        if let Some(reason) = &self.without_roots {
            detail.push_str(" (");
            detail.push_str(reason);
            detail.push(')');
        }
        ModelError::new(ModelErrorKind::Unavailable, detail)
    }
}

/// An error and what caused it, on one line.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// Puts an API key into a header that is never logged.
///
/// # Errors
///
/// [`ModelErrorKind::AuthFailed`] for a key with characters no header can carry.
pub fn key_header(prefix: &str, key: &SecretString) -> Result<HeaderValue, ModelError> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", key.expose_secret().trim())).map_err(|_| {
        ModelError::new(ModelErrorKind::AuthFailed, "the API key holds characters that no key can hold")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

async fn refused(host: &str, response: Response, secret: Option<&SecretString>) -> ModelError {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = tokio::time::timeout(REFUSAL_TIME, read_up_to(response, REFUSAL_BYTES)).await.unwrap_or_default();
    let mut error = classify(Some(status), &body, secret);
    error.detail = format!("HTTP {status} from {host}: {}", error.detail);
    if let Some(place) = headers.get(LOCATION).and_then(|place| place.to_str().ok()) {
        error.detail = format!("{} (moved to {}; set the base URL to that)", error.detail, quote(place, secret));
    }
    error.retry_after = retry_after::from_headers(&headers, std::time::SystemTime::now()).or(error.retry_after);
    error
}

/// What arrives of a body, up to `limit` bytes; a body that breaks off counts as ended.
async fn read_up_to(mut response: Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    body
}
