//! The envelope around every JSON answer.

use serde::{Deserialize, Serialize};

/// `{ "success": true, "data": … }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Success<T> {
    /// Always true; a failure has another shape, see [`crate::error::Failure`].
    pub success: bool,
    /// What was asked for.
    pub data: T,
}

impl<T> Success<T> {
    /// Wraps an answer.
    pub fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

/// `{ "success": true, "data": […], "pagination": … }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// Always true.
    pub success: bool,
    /// The items of this page.
    pub data: Vec<T>,
    /// Where this page stands in the whole list.
    pub pagination: Pagination,
}

/// Where a page stands in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// All items there are, over all pages.
    pub total: u64,
    /// The most items a page holds.
    pub limit: u64,
    /// Items before this page.
    pub offset: u64,
    /// Whether there are items after this page.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// A page of `data` out of `total` items.
    pub fn new(data: Vec<T>, total: u64, limit: u64, offset: u64) -> Self {
        let has_more = offset.saturating_add(data.len() as u64) < total;
        Self { success: true, data, pagination: Pagination { total, limit, offset, has_more } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_more_follows() {
        for (items, total, offset, more) in
            [(0, 0, 0, false), (2, 2, 0, false), (2, 3, 0, true), (1, 3, 2, false), (0, 3, 9, false)]
        {
            let page = Page::new(vec![(); items], total, 2, offset);
            assert_eq!(page.pagination.has_more, more, "{items} of {total} from {offset}");
        }
    }
}
