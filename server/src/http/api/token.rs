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
pub async fn exchange(State(state): State<AppState>, body: HttpResult<RawJson>) -> impl IntoResponse {
    // A refusal is no more to be kept by anybody than a token.
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer(&state, body).await)
}

async fn answer(state: &AppState, body: HttpResult<RawJson>) -> HttpResult<Answer<TokenResponse>> {
    let RawJson(body) = body?;
    Ok(Answer(state.auth.exchange(&body, |app_id| state.limits.count_token(app_id)).await?))
}
