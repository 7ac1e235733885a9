//! `?limit=…&offset=…`

use super::super::error::HttpError;
use axum::{extract::FromRequestParts, http::request::Parts};
use sigmic_shared::ApiError;

const DEFAULT_LIMIT: u64 = 50;
const HIGHEST_LIMIT: u64 = 100;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// 1 to 100; more is cut.
    pub limit: u64,
    /// Items to pass over.
    pub offset: u64,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        Ok(parse(parts.uri.query().unwrap_or_default())?)
    }
}

fn parse(query: &str) -> Result<PageQuery, ApiError> {
    let mut page = PageQuery { limit: DEFAULT_LIMIT, offset: 0 };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "limit" => {
                page.limit = number(&value).filter(|&limit| limit > 0).ok_or_else(|| wrong("limit", "1 or more"))?
            }
            "offset" => page.offset = number(&value).ok_or_else(|| wrong("offset", "0 or more"))?,
            _ => {}
        }
    }
    page.limit = page.limit.min(HIGHEST_LIMIT);
    Ok(page)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn wrong(field: &str, expected: &str) -> ApiError {
    ApiError::validation(format!("The query's {field} has to be a whole number, {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_offsets() {
        for (query, expected) in [
            ("", Some((50, 0))),
            ("limit=10&offset=20", Some((10, 20))),
            ("limit=100", Some((100, 0))),
            ("limit=101", Some((100, 0))),
            ("limit=0", None),
            ("limit=-1", None),
            ("limit=+1", None),
            ("limit=", None),
            ("limit=ten", None),
            ("offset=-1", None),
            ("offset=1.5", None),
            ("offset=99999999999999999999", None),
            ("other=1", Some((50, 0))),
        ] {
            let expected = expected.map(|(limit, offset)| PageQuery { limit, offset });
            assert_eq!(parse(query).ok(), expected, "{query}");
        }
    }
}
