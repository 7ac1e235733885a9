//! OpenAI's chat completions, and every server that speaks them: vLLM, Ollama, llama.cpp, …
//!
//! This is the path most installations use and every token passes through it, so it has a decoder
//! of its own: typed, borrowing, one allocation for each piece of text handed on.

mod answer;
mod chunk;
mod decoder;
mod lines;
mod request;
mod tool_calls;

use super::{
    provider::{ModelError, ModelErrorKind, ModelRequest, ModelStream, Provider},
    upstream::{Upstream, key_header},
};
use answer::Answer;
use decoder::Decoder;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap},
};
use secrecy::SecretString;

/// The path of the one call, below a base URL.
const PATH: &str = "/chat/completions";

/// A server that speaks OpenAI's chat completions.
#[derive(Clone, Debug)]
pub struct OpenAi {
    upstream: Upstream,
    url: Url,
    headers: HeaderMap,
    key: Option<SecretString>,
}

impl OpenAi {
    /// A server at `base_url`, such as `https://api.openai.com/v1`. Its query is kept, and an address
    /// that names the call already is taken as it is. Servers of one's own need no `key`.
    ///
    /// # Errors
    ///
    /// An address that cannot be called, or a key that no header can carry.
    pub fn new(upstream: Upstream, base_url: &Url, key: Option<SecretString>) -> Result<Self, ModelError> {
        let mut url = base_url.clone();
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ModelError::new(ModelErrorKind::Refused, "a base URL starts with http:// or https://"));
        }
        let path = base_url.path().trim_end_matches('/');
        if !path.ends_with(PATH) {
            url.set_path(&format!("{path}{PATH}"));
        }
        let mut headers = HeaderMap::new();
        if let Some(key) = &key {
            headers.insert(AUTHORIZATION, key_header("Bearer ", key)?);
        }
        Ok(Self { upstream, url, headers, key })
    }
}

impl Provider for OpenAi {
    fn ask(&self, request: ModelRequest) -> BoxFuture<'static, Result<ModelStream, ModelError>> {
        let post = self.upstream.post(self.url.clone(), self.headers.clone(), request::body(&request).into());
        let (upstream, key) = (self.upstream.clone(), self.key.clone());
        async move {
            let response = upstream.send(post, key.as_ref()).await?;
            Ok(Answer::new(response, upstream.patience(), Decoder::new(key)).boxed())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
