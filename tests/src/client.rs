//! A small client of the API. It says what came back and judges nothing.

use crate::{
    installation::AppCredentials,
    server::Server,
    stream::{EventStream, Received},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, TaskId, routes};

/// Somebody who talks to a server: whose credentials go along with every request is decided once.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    headers: HeaderMap,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Client {
    /// Somebody without credentials.
    pub fn anonymous(server: &Server) -> Self {
        Self::at(server.base_url())
    }

    /// Somebody without credentials, at any base URL.
    pub fn at(base_url: &str) -> Self {
        Self { http: reqwest::Client::new(), base_url: base_url.to_owned(), headers: HeaderMap::new() }
    }

    /// The end user `user` of `app`, with a fresh token.
    pub async fn end_user(server: &Server, app: &AppCredentials, user: &str) -> Self {
        let client = Self::anonymous(server);
        let token = client.token(app, user).await;
        client.with_bearer(&token)
    }

    /// Somebody with an API key.
    pub fn with_api_key(server: &Server, key: &str) -> Self {
        Self::anonymous(server).with_bearer(key)
    }

    /// The same, with `Authorization: Bearer …` on every request.
    pub fn with_bearer(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The same, from a page of `origin`.
    pub fn with_origin(self, origin: &str) -> Self {
        self.with_header("origin", origin)
    }

    /// The same, with another header on every request.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a test's header has a sendable value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// A request with this client's headers, to be finished and sent with [`send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url)).headers(self.headers.clone())
    }

    /// GET
    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// DELETE
    pub async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    /// The token exchange with any body.
    pub async fn exchange(&self, body: Value) -> Reply {
        self.post(routes::TOKEN, body).await
    }

    /// A token for `user` of `app`.
    pub async fn token(&self, app: &AppCredentials, user: &str) -> String {
        self.token_with(app, user, json!({})).await
    }

    /// A token, with further fields of the exchange (`expiresIn`, `env`, `secrets`).
    pub async fn token_with(&self, app: &AppCredentials, user: &str, fields: Value) -> String {
        let mut body = json!({ "appId": app.app_id, "appSecret": app.app_secret, "endUserId": user });
        let fields = fields.as_object().expect("further fields are an object").clone();
        body.as_object_mut().expect("just made").extend(fields);
        let reply = self.exchange(body).await;
        reply.data()["token"].as_str().unwrap_or_else(|| panic!("no token in {}", reply.text)).to_owned()
    }

    /// Creates a task with `message`.
    pub async fn create_task(&self, message: &str) -> TaskId {
        let reply = self.post(routes::TASKS, json!({ "message": message })).await;
        reply.data()["id"].as_str().unwrap_or_else(|| panic!("no id in {}", reply.text)).into()
    }

    /// Creates a task and watches it from the first event on.
    pub async fn create_task_streaming(&self, message: &str) -> EventStream {
        self.post_streaming(routes::TASKS, json!({ "message": message })).await
    }

    /// Sends a follow-up and watches the run from the first event on.
    pub async fn follow_up_streaming(&self, task: &TaskId, message: &str) -> EventStream {
        self.post_streaming(&routes::messages(task.as_str()), json!({ "message": message })).await
    }

    /// Opens a task's stream.
    pub async fn stream(&self, task: &TaskId) -> EventStream {
        self.stream_from(task, None).await
    }

    /// Opens a task's stream after the event with `last_event_id`.
    pub async fn stream_from(&self, task: &TaskId, last_event_id: Option<&str>) -> EventStream {
        let mut request = self.request(Method::GET, &routes::stream(task.as_str()));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        EventStream::open(request.send().await.expect("the server answers")).await
    }

    /// Waits for the end of whatever runs in a task, and gives its stream.
    pub async fn finished(&self, task: &TaskId) -> Vec<Received> {
        self.stream(task).await.rest().await
    }

    async fn post_streaming(&self, path: &str, body: Value) -> EventStream {
        let request = self.request(Method::POST, path).header("accept", "text/event-stream").json(&body);
        EventStream::open(request.send().await.expect("the server answers")).await
    }
}

impl Reply {
    /// `data` of a success, which this has to be.
    pub fn data(&self) -> &Value {
        assert!(self.status == 200 && self.body["success"] == true, "no success: {} {}", self.status, self.text);
        &self.body["data"]
    }

    /// `data` of a success as its type.
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        serde_json::from_value(self.data().clone()).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// The error code of a failure.
    pub fn code(&self) -> Option<&str> {
        self.body["error"]["code"].as_str()
    }

    /// Fails unless this is a failure of the documented shape with `code` and the status of `code`.
    #[track_caller]
    pub fn expect_error(&self, code: ErrorCode) -> &Self {
        assert_eq!((self.status, self.code()), (code.status(), Some(code.code())), "{}", self.text);
        assert_eq!(self.body["success"], false, "{}", self.text);
        assert!(self.body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Sends a request and reads the answer to its end.
pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the answer arrives whole");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply { status, headers, text, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{done, joined_text, names};
    use axum::{
        Router,
        routing::{get, post},
    };

    const STREAM: &str = "event: status\ndata: {\"status\":\"connecting\"}\nid: 1\n\n:heartbeat\n\n\
        event: content\ndata: {\"text\":\"Hi\",\"isPartial\":true}\nid: 2\n\n\
        event: done\ndata: {\"finalResponse\":\"Hi\",\"status\":\"completed\"}\nid: 3\n\n";

    async fn serve(router: Router) -> Client {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Client::at(&format!("http://{address}"))
    }

    #[tokio::test]
    async fn a_token_is_asked_for_and_an_error_is_told() {
        let router = Router::new().route(
            routes::TOKEN,
            post(|body: axum::Json<Value>| async move {
                if body["expiresIn"] == "2m" {
                    axum::Json(json!({ "success": true, "data": { "token": body["endUserId"] } }))
                } else {
                    axum::Json(json!({ "success": false, "error": { "code": "INVALID_EXPIRES_IN", "message": "No." } }))
                }
            }),
        );
        let client = serve(router).await;
        let app = AppCredentials { app_id: "wapp_1".into(), app_secret: "wsec_1".into() };
        assert_eq!(client.token_with(&app, "u1", json!({ "expiresIn": "2m" })).await, "u1");
        assert_eq!(client.exchange(json!({})).await.code(), Some("INVALID_EXPIRES_IN"));
    }

    #[tokio::test]
    async fn a_stream_is_read_event_by_event_to_its_end() {
        let router = Router::new().route(
            "/api/v1/tasks/t/stream",
            get(|headers: HeaderMap| async move {
                assert_eq!(headers["authorization"], "Bearer eyJ");
                ([("content-type", "text/event-stream")], STREAM)
            }),
        );
        let client = serve(router).await.with_bearer("eyJ");
        let mut stream = client.stream(&"t".into()).await;
        let first = stream.until_text("Hi").await;
        assert_eq!(names(&first), ["status", "content"]);
        assert_eq!((joined_text(&first), first[1].id.as_deref()), ("Hi".to_owned(), Some("2")));
        assert_eq!(done(&stream.rest().await).final_response, "Hi");
        assert_eq!(stream.raw(), STREAM.as_bytes());
    }
}
