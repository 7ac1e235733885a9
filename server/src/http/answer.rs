//! Successful answers in their envelope.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sigmic_shared::envelope::{Page, Success};

/// `{ "success": true, "data": … }`
pub struct Answer<T>(pub T);

/// `{ "success": true, "data": […], "pagination": … }`
pub struct PageAnswer<T>(pub Page<T>);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        Json(Success::new(self.0)).into_response()
    }
}

impl<T: Serialize> IntoResponse for PageAnswer<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}
