//! Which pages may use an app: origins as they are kept, and the check of a request's.

use super::AuthError;
use http::{HeaderMap, Method, header};
use url::Url;

/// Any origin at all.
pub const ANY: &str = "*";
/// Most bytes of an app's origins together. They are carried in every token, which has to fit
/// into a header.
pub const MAX_LIST_BYTES: usize = 4096;

/// An entry that is no origin, or a list that is too long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginEntryError {
    /// Not scheme, host and port.
    #[error(
        "`{0}` is not an origin: write scheme, host and, if unusual, port, such as https://example.com, or * for any."
    )]
    NotAnOrigin(String),
    /// A pattern.
    #[error("`{0}` is a pattern: list each origin by itself, or * for any.")]
    Pattern(String),
    /// Too much for a token.
    #[error("The origins are too long: 4096 bytes together is the most.")]
    TooLong,
}

/// A list of origins as it is kept: each serialised as browsers do, none twice.
pub fn serialise_list<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Vec<String>, OriginEntryError> {
    let mut list = Vec::new();
    for entry in entries {
        let origin = serialise(entry.as_ref())?;
        if !list.contains(&origin) {
            list.push(origin);
        }
    }
    if list.iter().map(String::len).sum::<usize>() > MAX_LIST_BYTES {
        return Err(OriginEntryError::TooLong);
    }
    Ok(list)
}

/// One origin as browsers write it: lower case, punycode, without the scheme's own port.
pub fn serialise(entry: &str) -> Result<String, OriginEntryError> {
    let entry = entry.trim();
    if entry == ANY {
        return Ok(ANY.to_owned());
    }
    let not_an_origin = || OriginEntryError::NotAnOrigin(entry.chars().take(100).collect());
    if entry.contains('*') {
        return Err(OriginEntryError::Pattern(entry.chars().take(100).collect()));
    }
    // The URL parser forgives what an origin cannot have: backslashes, missing slashes, line breaks.
    let (_, rest) = entry.split_once("://").ok_or_else(not_an_origin)?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.is_empty() || authority.contains(|c: char| "/\\?#@".contains(c) || c.is_whitespace() || c.is_control())
    {
        return Err(not_an_origin());
    }
    let url = Url::parse(entry).map_err(|_| not_an_origin())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url.origin().ascii_serialization()) } else { Err(not_an_origin()) }
}

/// What a request says about where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct OriginHeaders<'a> {
    presented: Presented<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Presented<'a> {
    /// The one `Origin` header.
    Origin(&'a str),
    /// None, but the browser vouches that the page is the server's own.
    Own { origin: &'a str },
    /// The same, and the server only knows its host.
    OwnHost { host: &'a str },
    /// Nothing to go by: no `Origin`, several, or one that is not text.
    Nothing,
}

impl<'a> OriginHeaders<'a> {
    /// Reads them from a request. `own_origin` is the server's own as browsers see it, if it was
    /// told; else its `Host` header says.
    pub fn read(method: &Method, headers: &'a HeaderMap, own_origin: Option<&'a str>) -> Self {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let presented = match (origins.next(), origins.next()) {
            (Some(origin), None) => origin.to_str().map_or(Presented::Nothing, Presented::Origin),
            (Some(_), Some(_)) => Presented::Nothing,
            // Browsers leave `Origin` out of a GET to the page's own server.
            (None, _) if method == Method::GET && one(headers, "sec-fetch-site") == Some("same-origin") => {
                match (own_origin, one(headers, "host")) {
                    (Some(origin), _) => Presented::Own { origin },
                    (None, Some(host)) => Presented::OwnHost { host },
                    (None, None) => Presented::Nothing,
                }
            }
            (None, _) => Presented::Nothing,
        };
        Self { presented }
    }

    fn is_in(&self, list: &[String]) -> bool {
        match self.presented {
            Presented::Origin(origin) | Presented::Own { origin } => list.iter().any(|entry| entry == origin),
            Presented::OwnHost { host } => list.iter().any(|entry| {
                entry.split_once("://").is_some_and(|(_, entry_host)| entry_host.eq_ignore_ascii_case(host))
            }),
            Presented::Nothing => false,
        }
    }

    /// The origin for a message, if it is one: nothing else of a request is repeated.
    fn to_show(self) -> Option<String> {
        match self.presented {
            Presented::Origin(origin) | Presented::Own { origin } => {
                serialise(origin).ok().filter(|serialised| serialised == origin && origin != ANY)
            }
            Presented::OwnHost { .. } | Presented::Nothing => None,
        }
    }
}

/// Whether a request may use a token. Both lists have to allow it: the token's own, and the app's
/// as it is now, so that removing an origin works at once.
pub fn check(in_token: &[String], in_app: &[String], request: &OriginHeaders<'_>) -> Result<(), AuthError> {
    let allows = |list: &[String]| list.is_empty() || list.iter().any(|entry| entry == ANY) || request.is_in(list);
    if allows(in_token) && allows(in_app) { Ok(()) } else { Err(AuthError::OriginNotAllowed(request.to_show())) }
}

/// A header's value, if it is there once and is text.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

#[cfg(test)]
mod tests;
