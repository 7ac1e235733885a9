//! Anthropic and Gemini, in the words of the `rig` crate.
//!
//! `rig` writes the requests and reads the answers; it changes with every release, so none of its
//! types leaves this module. The connection is ours (see [`transport`]): the same client, the same
//! patience and the same sorting of refusals as for every other provider, with `Retry-After` and
//! status known first hand.
//!
//! What `rig` does not tell: when the server has accepted a request. [`Provider::ask`] therefore
//! resolves with the first piece of the answer.

mod answer;
mod conversation;
mod transport;

use super::{
    provider::{ModelError, ModelErrorKind, ModelRequest, ModelStream, Provider},
    upstream::{Upstream, key_header},
};
use answer::{Answer, to_model_error};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use reqwest::Url;
use rig_core::{
    driver::DynModel,
    operation::Completion,
    providers::{
        anthropic::{ToolInputStreaming, wire::AnthropicConfig},
        gemini::GeminiConfig,
    },
};
use secrecy::{ExposeSecret, SecretString};
use transport::Transport;

/// The longest answer asked of Anthropic, which wants a limit named, in tokens. Its models count
/// this as taken from their context, so it is not the most they could write.
const ANTHROPIC_ANSWER_TOKENS: u64 = 16_384;

/// The same for models `rig` does not know; every model of Anthropic's since 2024 can do this.
const UNKNOWN_ANSWER_TOKENS: u64 = 8_192;

/// A provider `rig` speaks to.
#[derive(Clone, Debug)]
pub struct Rig {
    upstream: Upstream,
    key: SecretString,
    vendor: Vendor,
}

#[derive(Clone, Debug)]
enum Vendor {
    Anthropic(AnthropicConfig),
    Gemini(GeminiConfig),
}

impl Rig {
    /// Anthropic's messages at `base_url`, such as `https://api.anthropic.com`, with or without the
    /// `/v1` that follows.
    ///
    /// # Errors
    ///
    /// An address that cannot be called, or a key that no header can carry.
    pub fn anthropic(upstream: Upstream, base_url: &Url, key: SecretString) -> Result<Self, ModelError> {
        let config = AnthropicConfig::new(key.expose_secret().trim()).with_base_url(checked(base_url, &key)?);
        Ok(Self { upstream, key, vendor: Vendor::Anthropic(config) })
    }

    /// Gemini's `streamGenerateContent` at `base_url`, such as
    /// `https://generativelanguage.googleapis.com`, with or without the `/v1beta` that follows.
    ///
    /// # Errors
    ///
    /// An address that cannot be called, or a key that no header can carry.
    pub fn gemini(upstream: Upstream, base_url: &Url, key: SecretString) -> Result<Self, ModelError> {
        let base_url = checked(base_url, &key)?;
        let root = base_url.strip_suffix("/v1beta").unwrap_or(&base_url);
        let config = GeminiConfig::new(key.expose_secret().trim()).with_base_url(root);
        Ok(Self { upstream, key, vendor: Vendor::Gemini(config) })
    }

    fn model(&self, name: &str, transport: Transport) -> DynModel<Completion> {
        match &self.vendor {
            Vendor::Anthropic(config) => {
                let mut model = config.clone().connect(transport).completion(name);
                // Calls are handed on whole, so nothing is won by a field that gateways may refuse.
                model.wire = model.wire.with_tool_input_streaming(ToolInputStreaming::Off);
                model.erase()
            }
            Vendor::Gemini(config) => config.clone().connect(transport).completion(name).erase(),
        }
    }

    fn most_answer_tokens(&self, model: &str) -> Option<u64> {
        match &self.vendor {
            Vendor::Anthropic(config) => {
                let known = config.dialect.default_max_tokens(model).unwrap_or(UNKNOWN_ANSWER_TOKENS);
                Some(known.min(ANTHROPIC_ANSWER_TOKENS))
            }
            Vendor::Gemini(_) => None,
        }
    }
}

impl Provider for Rig {
    fn ask(&self, request: ModelRequest) -> BoxFuture<'static, Result<ModelStream, ModelError>> {
        let transport = Transport::new(self.upstream.clone(), self.key.clone());
        let model = self.model(&request.model, transport.clone());
        let most_answer_tokens = self.most_answer_tokens(&request.model);
        let key = self.key.clone();
        async move {
            let request = conversation::to_rig(request)?.max_tokens(most_answer_tokens);
            let opened = model.stream(request).map_err(|error| to_model_error(&error, false, &key))?;
            let mut answer = Answer::new(opened, transport, key);
            match answer.next().await {
                Some(Err(error)) => Err(error),
                first => Ok(stream::iter(first).chain(answer).boxed()),
            }
        }
        .boxed()
    }
}

/// The base URL as `rig` wants it, checked along with the key before anything is sent.
fn checked(base_url: &Url, key: &SecretString) -> Result<String, ModelError> {
    key_header("", key)?;
    if matches!(base_url.scheme(), "http" | "https") && base_url.query().is_none() {
        Ok(base_url.as_str().trim_end_matches('/').to_owned())
    } else {
        let detail = "a base URL starts with http:// or https:// and has no query";
        Err(ModelError::new(ModelErrorKind::Refused, detail))
    }
}

#[cfg(test)]
mod tests;
