//! From a configuration and the values of a context to where a server is reached. Pure: nothing is looked up but the
//! context, and nothing is contacted.

use super::{
    address,
    config::{Local, McpServer, Remote, Transport},
    endpoint::{Endpoint, LocalEndpoint, RemoteEndpoint, Resolved},
    template::Template,
};
use crate::secrets::Context;
use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{borrow::Cow, collections::BTreeMap, convert::Infallible};
use url::{Host, Url};

/// What RFC 3986 leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What ends scheme, host and port in a URL.
const BEHIND_HOST: [char; 4] = ['/', '\\', '?', '#'];

/// Why a server cannot be reached with these values. Names keys and fields, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("needs {0}, which was not given")]
    MissingKey(String),
    #[error("was not contacted: with the values given, its URL is none")]
    Url,
    #[error("was not contacted: the values given would change its path")]
    Path,
    #[error("was not contacted: the values given would lead to another host")]
    Host,
    #[error("was not contacted: the values given lead to a private address")]
    PrivateAddress,
    #[error("was not contacted: the header {0} would hold a character that no header can have")]
    Header(String),
    #[error("was not started: the variable {0} would hold a character that no variable can have")]
    Variable(String),
}

/// Puts the values of `context` into `server`.
pub(super) fn resolve(server: &McpServer, context: &Context) -> Result<Endpoint, ResolveError> {
    match &server.transport {
        Transport::Remote(remote) => resolve_remote(remote, context).map(Endpoint::Remote),
        Transport::Local(local) => resolve_local(local, context).map(Endpoint::Local),
    }
}

fn resolve_remote(remote: &Remote, context: &Context) -> Result<RemoteEndpoint, ResolveError> {
    let (url, public_only) = resolve_url(remote, context)?;
    let headers = remote.headers.iter().map(|(name, template)| {
        let value = fill(template, context)?;
        let broken = || ResolveError::Header(name.clone());
        // More than what the library refuses: a tab may stand in a header, but not come from a value.
        if value.chars().any(char::is_control) || HeaderValue::from_str(&value).is_err() {
            return Err(broken());
        }
        Ok((HeaderName::try_from(name).map_err(|_| broken())?, Resolved::from(value)))
    });
    Ok(RemoteEndpoint {
        protocol: remote.protocol,
        url: url.into(),
        headers: headers.collect::<Result<_, _>>()?,
        public_only,
    })
}

fn resolve_local(local: &Local, context: &Context) -> Result<LocalEndpoint, ResolveError> {
    let env = local.env.iter().map(|(name, template)| {
        let value = fill(template, context)?;
        if value.contains('\0') {
            return Err(ResolveError::Variable(name.clone()));
        }
        Ok((name.clone(), value.into()))
    });
    Ok(LocalEndpoint {
        command: local.command.clone(),
        args: local.args.clone(),
        env: env.collect::<Result<BTreeMap<_, _>, _>>()?,
        cwd: local.cwd.clone(),
    })
}

fn fill(template: &Template, context: &Context) -> Result<String, ResolveError> {
    template.fill(|key| value_of(context, key))
}

fn value_of<'c>(context: &'c Context, key: &str) -> Result<&'c str, ResolveError> {
    context.find(key).ok_or_else(|| ResolveError::MissingKey(key.to_owned()))
}

/// The URL, and whether private addresses are refused behind it.
fn resolve_url(remote: &Remote, context: &Context) -> Result<(String, bool), ResolveError> {
    let text = remote.url.fill_in_place(|before, key| {
        let value = value_of(context, key)?;
        if is_behind_host(before) {
            return Ok(Cow::from(utf8_percent_encode(value, ENCODED)));
        }
        // Nothing that could end the host, or make what stands before it a user's name.
        let fits = value.chars().all(|char| char.is_alphanumeric() || ".-:[]_".contains(char));
        if fits { Ok(Cow::from(value)) } else { Err(ResolveError::Host) }
    })?;
    // Without a host, the first part of the path would become one.
    if text.split_once("://").is_some_and(|(_, rest)| rest.starts_with(BEHIND_HOST)) {
        return Err(ResolveError::Url);
    }
    let url = Url::parse(&text).map_err(|_| ResolveError::Url)?;
    let (one, two) = match (sample(&remote.url, "1"), sample(&remote.url, "2")) {
        (Some(one), Some(two)) => (one, two),
        _ => return Err(ResolveError::Url),
    };
    let user = |url: &Url| (url.username().to_owned(), url.password().map(str::to_owned));
    if url.scheme() != one.scheme() || user(&url) != user(&one) {
        return Err(ResolveError::Host);
    }
    let is_host_templated = one.origin() != two.origin();
    if url.origin() != one.origin() && !(is_host_templated && remote.allow_templated_host) {
        return Err(ResolveError::Host);
    }
    let depth = |url: &Url| url.path().split('/').count();
    if depth(&url) != depth(&one) || steps(&text) != steps(&fill_with(&remote.url, "1")) {
        return Err(ResolveError::Path);
    }
    let public_only = is_host_templated && !remote.allow_private;
    let is_private = match url.host() {
        Some(Host::Ipv4(address)) => address::is_private(address.into()),
        Some(Host::Ipv6(address)) => address::is_private(address.into()),
        // What a name leads to is seen when it is looked up to connect.
        Some(Host::Domain(_)) => false,
        None => return Err(ResolveError::Url),
    };
    if public_only && is_private {
        return Err(ResolveError::PrivateAddress);
    }
    Ok((url.into(), public_only))
}

/// The URL as it would be with the same harmless value everywhere.
fn sample(url: &Template, value: &'static str) -> Option<Url> {
    Url::parse(&fill_with(url, value)).ok()
}

fn fill_with(url: &Template, value: &'static str) -> String {
    let Ok(text) = url.fill(|_| Ok::<_, Infallible>(value));
    text
}

/// How many parts of a URL's path are `.` or `..`, encoded or not: steps and no names.
fn steps(url: &str) -> usize {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split(['/', '\\']).filter(|part| matches!(*part, "." | "..")).count()
}

/// Whether scheme, host and port have ended in the first part of a URL.
fn is_behind_host(before: &str) -> bool {
    before.split_once("://").is_some_and(|(_, rest)| rest.contains(BEHIND_HOST))
}

#[cfg(test)]
mod tests;
