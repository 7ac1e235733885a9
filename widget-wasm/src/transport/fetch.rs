//! One request through the browser's `fetch`.

use super::{ApiFailure, Failure};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use sigmic_shared::error::{Failure as FailureBody, WireErrorCode};
use std::pin::pin;
use wasm_bindgen_futures::JsFuture;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReferrerPolicy, Request, RequestCache, RequestCredentials,
    RequestInit, RequestMode, RequestRedirect, Response,
};

/// How long a server may take until its answer begins, and until a short answer is complete.
const ANSWER_TIMEOUT_MS: u32 = 30_000;

/// A request to make.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers besides `Authorization`.
    pub headers: Vec<(&'static str, &'a str)>,
    /// A body of JSON.
    pub body: Option<&'a str>,
}

/// The beginning of an answer. Dropping it ends the request.
#[derive(Debug)]
pub(super) struct Reply {
    response: Response,
    abort: AbortOnDrop,
}

/// The body of an answer as it arrives. Dropping it ends the request.
#[derive(Debug)]
pub(super) struct Bytes {
    reader: ReadableStreamDefaultReader,
    _abort: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes the request with `token` and waits for the answer to begin.
pub(super) async fn send(call: &Call<'_>, token: &str) -> Result<Reply, Failure> {
    // What fails in here fails in the browser itself, for example for an address that is none.
    let (request, abort) = build(call, token).map_err(|_| Failure::Network)?;
    let window = web_sys::window().ok_or(Failure::Network)?;
    let answer = JsFuture::from(window.fetch_with_request(&request));
    let answer = within(ANSWER_TIMEOUT_MS, answer).await?.map_err(|_| Failure::Network)?;
    Ok(Reply { response: answer.unchecked_into(), abort })
}

impl Reply {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    /// Whether it is a stream of events.
    pub fn is_event_stream(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    /// The whole body.
    pub async fn text(&self) -> Result<String, Failure> {
        let text = self.response.text().map_err(|_| Failure::Unreadable)?;
        let text = within(ANSWER_TIMEOUT_MS, JsFuture::from(text)).await?.map_err(|_| Failure::Network)?;
        text.as_string().ok_or(Failure::Unreadable)
    }

    /// The body as it arrives.
    pub fn bytes(self) -> Result<Bytes, Failure> {
        let body = self.response.body().ok_or(Failure::Unreadable)?;
        Ok(Bytes { reader: body.get_reader().unchecked_into(), _abort: self.abort })
    }

    /// Why the server refused.
    pub async fn failure(&self) -> Failure {
        let status = self.status();
        let retry_after_ms =
            self.header("retry-after").and_then(|seconds| seconds.trim().parse::<u64>().ok()).map(|s| s * 1000);
        let body = self.text().await.ok().and_then(|text| sigmic_shared::json::from_str::<FailureBody>(&text).ok());
        let (code, message) = match body {
            Some(body) => (body.error.code, body.error.message),
            // Something between the widget and the server answered.
            None => (WireErrorCode::Unknown(format!("HTTP_{status}")), String::new()),
        };
        Failure::Api(ApiFailure { code, status, message, retry_after_ms })
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }
}

impl Bytes {
    /// The next piece, or `None` at the end.
    pub async fn next(&mut self, timeout_ms: u32) -> Result<Option<Vec<u8>>, Failure> {
        let piece = within(timeout_ms, JsFuture::from(self.reader.read())).await?.map_err(|_| Failure::Network)?;
        let value = js_sys::Reflect::get(&piece, &JsValue::from_str("value")).unwrap_or(JsValue::UNDEFINED);
        Ok(value.dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec))
    }
}

/// What `future` gives, unless it takes longer than this.
pub(super) async fn within<F: Future>(timeout_ms: u32, future: F) -> Result<F::Output, Failure> {
    match select(pin!(future), TimeoutFuture::new(timeout_ms)).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(_) => Err(Failure::Timeout),
    }
}

fn build(call: &Call<'_>, token: &str) -> Result<(Request, AbortOnDrop), JsValue> {
    let abort = AbortOnDrop(AbortController::new()?);
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_mode(RequestMode::Cors);
    // A cookie would only be a way to be confused about who is asking.
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    // The API never redirects; whoever does is not the API and gets no token.
    init.set_redirect(RequestRedirect::Error);
    // The origin goes along in any case, the page's path is nobody's business.
    init.set_referrer_policy(ReferrerPolicy::StrictOrigin);
    init.set_signal(Some(&abort.0.signal()));
    if let Some(body) = call.body {
        init.set_body(&JsValue::from_str(body));
    }
    let request = Request::new_with_str_and_init(&call.url, &init)?;
    let headers = request.headers();
    headers.set("authorization", &format!("Bearer {token}"))?;
    if call.body.is_some() {
        headers.set("content-type", "application/json")?;
    }
    for (name, value) in &call.headers {
        headers.set(name, value)?;
    }
    Ok((request, abort))
}
