//! `GET /sessions`: the calendar.

use axum::extract::State;
use bega_scheduling::{Operation, Reach};
use bega_store::{CallerKind, Cursor, SessionFilter};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Session;
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Query},
    page::Page,
};

/// Lists sessions by their start: a coordinator sees the organisation's, others their own.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "sessions",
    params(Filter),
    responses((status = 200, body = Page<Session>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Session>>, Problem> {
    let after = filter
        .cursor
        .map(|cursor| cursor.parse::<Cursor>())
        .transpose()
        .map_err(|_| Problem::invalid("cursor", "bad_cursor", "take the cursor from `next`"))?;
    let limit = filter.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(
            "limit",
            "out_of_range",
            "a page has 1 to 200 items",
        ));
    }
    let user = match (caller.reach(Operation::ListSessions), &caller.kind) {
        (Reach::All, _) => None,
        (_, CallerKind::Staff { user, .. }) => Some(*user),
        // The table of permissions lets neither in; they have one session each.
        (_, CallerKind::Guest { .. } | CallerKind::Device { .. }) => {
            return Ok(Json(Page::whole([])));
        }
    };
    let page = api
        .store()
        .sessions(
            caller.organisation(),
            &SessionFilter {
                from: filter.from,
                to: filter.to,
                user,
                after,
                limit,
            },
        )
        .await?;
    let items = page.items.iter().map(|item| Session::new(item, &caller));
    Ok(Json(Page::new(
        items,
        page.next.map(|cursor| cursor.to_string()),
    )))
}

/// Which sessions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Those that end after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

const USUAL: u32 = 50;
const MOST: u32 = 200;
