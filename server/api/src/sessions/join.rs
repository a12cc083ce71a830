//! `POST /sessions/{id}/join-token`: the key to a session's media.

use std::collections::BTreeMap;

use axum::extract::State;
use bega_scheduling::{Operation, Participant, Role, SessionId, SessionState, WrongState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::find;
use crate::{
    Admission, Api, Code, Problem,
    caller::Caller,
    extract::{Json, Path},
    tokens::{Seat, VideoGrants},
};

/// Makes a token for the caller's place in the session's media, once the live room has let them in.
#[utoipa::path(
    post,
    path = "/sessions/{id}/join-token",
    tag = "sessions",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 201, body = JoinToken))
)]
pub(crate) async fn join(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<(axum::http::StatusCode, Json<JoinToken>), Problem> {
    let session = find(&api, &caller, id, Operation::JoinSession).await?;
    let place = caller.place_in(&session).ok_or_else(Problem::not_found)?;
    match session.state() {
        SessionState::Planned | SessionState::Live => {}
        state @ (SessionState::Ended | SessionState::Cancelled) => {
            return Err(WrongState(state).into());
        }
    }
    match api.live().admission(id, place.id).await {
        Admission::Admitted => {}
        Admission::NotAdmitted => {
            return Err(Problem::new(
                Code::NotAdmitted,
                "wait until somebody who leads lets you in",
            ));
        }
    }
    let now = api.now();
    let name = Uuid::from_u128(u128::from_le_bytes(api.random()));
    let token = api.tokens().make(now, name, seat(id, place));
    metrics::counter!("bega_join_tokens_total").increment(1);
    Ok((
        axum::http::StatusCode::CREATED,
        Json(JoinToken {
            url: api.socket_url(),
            token: token.text,
            expires_at: token.expires_at,
        }),
    ))
}

/// The key to a session's media.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JoinToken {
    /// Where the media conversation is held.
    url: String,
    /// The token; never to be put in a URL of a page.
    token: String,
    /// Until when it opens the door.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// The place of a participant in the media conversation, and what they may do there.
pub fn seat(session: SessionId, participant: &Participant) -> Seat {
    let speaks = participant.role != Role::Observer;
    let sources: &[&str] = if participant.role.leads() {
        &["camera", "microphone", "screen_share", "screen_share_audio"]
    } else {
        &["camera", "microphone"]
    };
    Seat {
        participant: participant.id.to_string(),
        name: participant.name.clone(),
        attributes: BTreeMap::from([("role".to_owned(), participant.role.as_str().to_owned())]),
        grants: VideoGrants {
            room: session.to_string(),
            room_join: true,
            can_publish: Some(speaks),
            can_subscribe: Some(true),
            can_publish_data: Some(speaks),
            can_publish_sources: if speaks {
                sources.iter().map(ToString::to_string).collect()
            } else {
                Vec::new()
            },
            can_update_own_metadata: Some(false),
            ..VideoGrants::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use bega_scheduling::{InvitationState, ParticipantId};

    use super::*;

    #[test]
    fn an_observer_watches_and_never_speaks() {
        let seat = seat_of(Role::Observer);

        assert_eq!(seat.grants.can_publish, Some(false));
        assert_eq!(seat.grants.can_publish_data, Some(false));
        assert_eq!(seat.grants.can_subscribe, Some(true));
    }

    #[test]
    fn only_who_leads_shows_a_screen() {
        for role in Role::ALL {
            let may = seat_of(role)
                .grants
                .can_publish_sources
                .contains(&"screen_share".to_owned());
            assert_eq!(may, role.leads(), "{role:?}");
        }
    }

    #[test]
    fn nobody_is_hidden_or_renames_themselves() {
        for role in Role::ALL {
            let grants = seat_of(role).grants;
            assert!(!grants.hidden && !grants.room_admin, "{role:?}");
            assert_eq!(grants.can_update_own_metadata, Some(false), "{role:?}");
        }
    }

    fn seat_of(role: Role) -> Seat {
        seat(
            SessionId(Uuid::nil()),
            &Participant {
                id: ParticipantId(Uuid::nil()),
                role,
                name: "Name".into(),
                user: None,
                invitation: InvitationState::None,
                invitation_id: None,
            },
        )
    }
}
