//! `GET /people`: whom a coordinator may book.

use axum::extract::State;
use bega_scheduling::{StaffRole, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Query},
    page::Page,
};

/// Lists the organisation's staff by name.
#[utoipa::path(
    get,
    path = "/people",
    tag = "people",
    params(Filter),
    responses((status = 200, body = Page<Person>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Person>>, Problem> {
    let people = api
        .store()
        .people(caller.organisation(), filter.role)
        .await?;
    Ok(Json(Page::whole(people.into_iter().map(Person::from))))
}

/// Which people.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only those who are this.
    role: Option<StaffRole>,
}

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// Their id.
    id: UserId,
    /// Their name.
    name: String,
    /// What they are.
    roles: Vec<StaffRole>,
    /// What they speak, best first, BCP 47.
    languages: Vec<String>,
}

impl From<bega_scheduling::Person> for Person {
    fn from(person: bega_scheduling::Person) -> Self {
        Self {
            id: person.id,
            name: person.name,
            roles: person.roles,
            languages: person
                .languages
                .iter()
                .map(|language| language.as_str().to_owned())
                .collect(),
        }
    }
}
