//! The API's description for machines.

use super::api;
use axum::{Json, response::IntoResponse};
use sigmic_shared::error::Failure;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, Response, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sigmic",
        description = "Trade credentials for a visitor's token, then talk to the agent as that visitor.",
        license(name = "Apache-2.0")
    ),
    paths(
        api::token::exchange,
        api::tasks::create,
        api::tasks::list,
        api::tasks::get,
        api::tasks::rename,
        api::tasks::cancel,
        api::messages::follow_up,
        api::stream::open,
        api::history::get,
        api::history::erase,
        api::approve::approve,
        api::end_users::erase,
        api::widget_config::get,
    ),
    components(schemas(Failure)),
    modifiers(&Bearer, &Failures)
)]
struct Api;

/// The OpenAPI document.
pub fn document() -> Document {
    Api::openapi()
}

/// `GET /openapi.json`
pub async fn serve() -> impl IntoResponse {
    Json(document())
}

/// Everything but the exchange takes a bearer token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A widget's JWT, or an API key."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        for (path, item) in &mut document.paths.paths {
            if path != sigmic_shared::routes::TOKEN {
                for operation in operations(item) {
                    operation.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
                }
            }
        }
    }
}

/// Every operation fails in the same shape.
struct Failures;

impl Modify for Failures {
    fn modify(&self, document: &mut Document) {
        let failure: Response = ResponseBuilder::new()
            .description("What went wrong: a code for programs, a sentence for people.")
            .content(
                "application/json",
                utoipa::openapi::Content::new(Some(utoipa::openapi::Ref::from_schema_name("Failure"))),
            )
            .build();
        for item in document.paths.paths.values_mut() {
            for operation in operations(item) {
                operation.responses.responses.insert("default".into(), failure.clone().into());
            }
        }
    }
}

fn operations(item: &mut utoipa::openapi::PathItem) -> impl Iterator<Item = &mut utoipa::openapi::path::Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_says_how_it_fails_and_who_may_call_it() {
        let mut document = document();
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                assert!(operation.responses.responses.contains_key("default"), "{path}");
                assert_eq!(operation.security.is_none(), path == sigmic_shared::routes::TOKEN, "{path}");
                assert!(operation.summary.is_some(), "{path}");
            }
        }
    }
}
