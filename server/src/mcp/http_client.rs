//! HTTP as far as a server may lead it: to its own origin, and to no private address that the operator did not name.

use super::{address, endpoint::RemoteEndpoint, failure::Failure};
use http::{HeaderMap, HeaderValue};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::{Attempt, Policy},
};
use std::{sync::Arc, time::Duration};

const MOST_REDIRECTS: usize = 5;
/// How long an HTTP connection is kept that no request uses.
const IDLE: Duration = Duration::from_secs(90);

/// A client for `endpoint` alone, which sends its headers with every request. No other endpoint shares its connections.
pub(super) fn client_for(endpoint: &RemoteEndpoint) -> Result<Client, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &endpoint.headers {
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| Failure::Protocol)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let mut builder = Client::builder()
        .user_agent(concat!("sigmic/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(Policy::custom(stay_at_origin))
        .referer(false)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    if endpoint.public_only {
        // A proxy would look the name up itself.
        builder = builder.dns_resolver(Arc::new(PublicResolver)).no_proxy();
    }
    if endpoint.url.expose().starts_with("http://") {
        // No redirect leads to TLS, and a machine without root certificates reaches such a server all the same.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| Failure::of_http(&error))
}

/// Follows a redirect within the origin, and only one that keeps the method: else a message would become a GET without
/// it.
fn stay_at_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
    let is_same_origin = attempt.previous().first().is_some_and(|first| is_same_origin(first, attempt.url()));
    if keeps_method && is_same_origin && attempt.previous().len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether both have scheme, host and port in common.
pub(super) fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.origin().is_tuple() && one.origin() == other.origin()
}

/// A name that leads to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("a private address")]
pub(super) struct PrivateAddress;

/// Looks names up and refuses those that lead to a private address. The addresses it gives are the ones connected to,
/// so a second lookup cannot say something else.
struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if addresses.iter().any(|address| address::is_private(address.ip())) {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
