//! The OpenAPI document, made from the types and functions that answer.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use utoipa::{
    Modify, OpenApi, ToSchema as _,
    openapi::{
        self, Content, HttpMethod, RefOr, Response as Answer,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    auth, cookies, devices, invitations, line_checks, people, problem::ProblemDocument, rooms,
    self_tests, sessions,
};

/// Shows this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "meta",
    responses((status = 200, description = "The OpenAPI document", body = Object))
)]
pub(crate) async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        openapi()
            .to_json()
            .expect("the document is made of strings and maps")
    });
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The document.
pub fn openapi() -> openapi::OpenApi {
    Document::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bega",
        description = "Video platform for refugee resettlement: remote interviews and orientation \
            sessions. Every error is an RFC 9457 problem with a stable `code`. Creates take \
            `Idempotency-Key`, changes take `If-Match`, lists are read page by page.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/api/v1")),
    paths(
        show,
        auth::sign_in::sign_in,
        auth::sign_out::sign_out,
        auth::me::me,
        invitations::exchange::exchange,
        devices::pair::pair,
        devices::confirm::confirm,
        devices::claim::claim,
        devices::list::list,
        devices::revoke::revoke,
        devices::now::now,
        rooms::list_sites::list_sites,
        rooms::list::list,
        people::list::list,
        sessions::list::list,
        sessions::book::book,
        sessions::show::show,
        sessions::change::change,
        sessions::cancel::cancel,
        sessions::start::start,
        sessions::end::end,
        sessions::invite::invite,
        sessions::join::join,
        line_checks::keep::keep,
        line_checks::list::list,
        self_tests::create::create,
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Everywhere),
)]
struct Document;

/// What holds for every operation: how one proves who one is, and what an error looks like.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                cookies::NAME,
                "For browsers: set by sign-in. An invitation sets one named after the participant, \
                 a pairing `bega-device`; the header `Bega-As` (`staff`, `device` or the \
                 participant's id) picks among them.",
            ))),
        );
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("For programs: the value of the same cookie."))
                    .build(),
            ),
        );
        let problem =
            RefOr::<openapi::Schema>::Ref(openapi::Ref::from_schema_name(ProblemDocument::name()));
        for (_, operation) in operations(document) {
            let noun = operation.tags.iter().flatten().next().cloned();
            let verb = operation.operation_id.take();
            operation.operation_id = noun.zip(verb).map(|(noun, verb)| format!("{noun}.{verb}"));
            let mut answer = Answer::new("A problem; `code` says which.");
            answer.content.insert(
                "application/problem+json".to_owned(),
                Content::new(Some(problem.clone())),
            );
            operation
                .responses
                .responses
                .insert("default".to_owned(), RefOr::T(answer));
        }
    }
}

fn operations(
    document: &mut openapi::OpenApi,
) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    document.paths.paths.values_mut().flat_map(|item| {
        [
            (HttpMethod::Get, item.get.as_mut()),
            (HttpMethod::Post, item.post.as_mut()),
            (HttpMethod::Patch, item.patch.as_mut()),
            (HttpMethod::Delete, item.delete.as_mut()),
        ]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes;

    #[test]
    fn every_route_is_described_and_everything_described_is_there() {
        let routed: BTreeSet<_> = routes::table()
            .into_iter()
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect();
        let mut document = openapi();
        let described: BTreeSet<_> = document
            .paths
            .paths
            .iter_mut()
            .flat_map(|(path, item)| {
                [
                    ("GET", item.get.is_some()),
                    ("POST", item.post.is_some()),
                    ("PUT", item.put.is_some()),
                    ("PATCH", item.patch.is_some()),
                    ("DELETE", item.delete.is_some()),
                ]
                .into_iter()
                .filter(|(_, there)| *there)
                .map(|(method, _)| format!("{method} {path}"))
                .collect::<Vec<_>>()
            })
            .collect();

        assert_eq!(routed, described);
    }

    #[test]
    fn every_operation_has_its_problem() {
        let mut document = openapi();

        for (_, operation) in operations(&mut document) {
            assert!(operation.responses.responses.contains_key("default"));
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let mut document = openapi();

        let names: Vec<_> = operations(&mut document)
            .map(|(_, operation)| operation.operation_id.clone().unwrap())
            .collect();

        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        assert!(names.contains(&"sessions.book".to_owned()), "{names:?}");
    }

    #[test]
    fn what_is_open_to_all_is_on_this_list() {
        let open: Vec<_> = routes::table()
            .into_iter()
            .filter(|(_, _, access)| *access == crate::guard::Access::Open)
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect();

        assert_eq!(
            open,
            [
                "GET /openapi.json",
                "POST /auth/sign-in",
                "POST /invitations/exchange",
                "POST /devices/pairings",
                "POST /devices/pairings/{id}/claim",
                "POST /self-tests",
            ]
        );
    }
}
