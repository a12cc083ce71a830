//! Every operation, with who may come in. The router is built from this table and from nothing
//! else, so an operation without an access does not exist.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::{HeaderValue, Method, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, MethodRouter, any, on},
};
use bega_scheduling::Operation::{
    BookSession, CancelSession, ChangeSession, ConfirmPairing, EndSession, IssueInvitation,
    JoinSession, KeepLineCheck, ListDevices, ListPeople, ListRooms, ListSessions, ReadDeviceNow,
    ReadLineChecks, ReadMe, ReadSession, RevokeDevice, SignOut, StartSession,
};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    Api, Code, Problem, auth, devices,
    guard::{
        Access::{self, May, Open},
        Guard,
    },
    invitations, line_checks, openapi, people, rooms, self_tests, sessions,
};

fn routes() -> Vec<Route> {
    vec![
        get("/openapi.json", Open, openapi::show),
        post("/auth/sign-in", Open, auth::sign_in::sign_in),
        post("/auth/sign-out", May(SignOut), auth::sign_out::sign_out),
        get("/me", May(ReadMe), auth::me::me),
        // Proves itself by the secret it brings.
        post(
            "/invitations/exchange",
            Open,
            invitations::exchange::exchange,
        ),
        // A device that has no room yet proves nothing; it gets digits to show.
        post("/devices/pairings", Open, devices::pair::pair),
        post(
            "/devices/pairings/confirm",
            May(ConfirmPairing),
            devices::confirm::confirm,
        ),
        // Proves itself by the secret it brings.
        post("/devices/pairings/{id}/claim", Open, devices::claim::claim),
        get("/devices", May(ListDevices), devices::list::list),
        delete("/devices/{id}", May(RevokeDevice), devices::revoke::revoke),
        get("/device/now", May(ReadDeviceNow), devices::now::now),
        get("/sites", May(ListRooms), rooms::list_sites::list_sites),
        get("/rooms", May(ListRooms), rooms::list::list),
        get("/people", May(ListPeople), people::list::list),
        get("/sessions", May(ListSessions), sessions::list::list),
        post("/sessions", May(BookSession), sessions::book::book),
        get("/sessions/{id}", May(ReadSession), sessions::show::show),
        patch(
            "/sessions/{id}",
            May(ChangeSession),
            sessions::change::change,
        ),
        post(
            "/sessions/{id}/cancel",
            May(CancelSession),
            sessions::cancel::cancel,
        ),
        post(
            "/sessions/{id}/start",
            May(StartSession),
            sessions::start::start,
        ),
        post("/sessions/{id}/end", May(EndSession), sessions::end::end),
        post(
            "/sessions/{id}/participants/{participantId}/invitation",
            May(IssueInvitation),
            sessions::invite::invite,
        ),
        post(
            "/sessions/{id}/join-token",
            May(JoinSession),
            sessions::join::join,
        ),
        post(
            "/sessions/{id}/line-checks",
            May(KeepLineCheck),
            line_checks::keep::keep,
        ),
        get(
            "/sessions/{id}/line-checks",
            May(ReadLineChecks),
            line_checks::list::list,
        ),
        // A room of its own in which nobody else is.
        post("/self-tests", Open, self_tests::create::create),
    ]
}

/// The API under `/api/v1`, and a problem for whatever else is asked under `/api`.
pub fn router(api: Api) -> Router {
    let mut operations = Router::new();
    for route in routes() {
        let guard = Guard {
            api: api.clone(),
            access: route.access,
        };
        let guarded = route
            .handler
            .layer(middleware::from_fn_with_state(guard, Guard::check));
        operations = operations.route(&format!("/api/v1{}", route.path), guarded);
    }
    operations
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // What one person may see, no cache keeps for the next.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(api)
}

/// One operation.
struct Route {
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "the handler knows it; named for those who check the table"
        )
    )]
    method: Method,
    path: &'static str,
    access: Access,
    handler: MethodRouter<Api>,
}

/// Methods, paths and what each needs, for those who check that none is forgotten.
#[cfg(test)]
pub(crate) fn table() -> Vec<(Method, &'static str, Access)> {
    routes()
        .into_iter()
        .map(|route| (route.method, route.path, route.access))
        .collect()
}

fn get<H: Handler<T, Api>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::GET, path, access, handler)
}

fn post<H: Handler<T, Api>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::POST, path, access, handler)
}

fn patch<H: Handler<T, Api>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::PATCH, path, access, handler)
}

fn delete<H: Handler<T, Api>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route(Method::DELETE, path, access, handler)
}

fn route<H: Handler<T, Api>, T: 'static>(
    method: Method,
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    let filter = MethodFilter::try_from(method.clone()).expect("a method of the table above");
    Route {
        method,
        path,
        access,
        handler: on(filter, handler),
    }
}

/// Answers what is asked under `/api` and is not there.
async fn unknown() -> Problem {
    Problem::not_found()
}

async fn wrong_method() -> Response {
    Problem::new(
        Code::MethodNotAllowed,
        "this path does not take this method",
    )
    .into_response()
}

/// The largest honest body is a booking with 49 participants, about 8 KiB.
const LARGEST_BODY: usize = 64 * 1024;
