//! `POST /auth/token`: a customer's backend trades its app's credentials for a visitor's token.

use super::super::{answer::Answer, error::HttpResult, extract::RawJson, state::AppState};
use axum::{
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::IntoResponse,
};
use sigmic_shared::token::TokenResponse;

/// Issues a token. The exchange itself is in `auth::exchange`.
#[utoipa::path(
    post,
    path = "/api/v1/auth/token",
    tag = "auth",
    request_body = sigmic_shared::token::TokenRequest,
    responses((status = 200, body = sigmic_shared::envelope::Success<TokenResponse>))
)]
pub async fn exchange(State(state): State<AppState>, RawJson(body): RawJson) -> HttpResult<impl IntoResponse> {
    let issued = state.auth.exchange(&body, |app_id| state.limits.count_token(app_id)).await?;
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Answer(issued)))
}
