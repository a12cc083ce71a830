//! Booked sessions: to see, book, change, cancel, start, end and join them.

pub(crate) mod book;
pub(crate) mod cancel;
pub(crate) mod change;
pub(crate) mod end;
pub(crate) mod invite;
pub(crate) mod join;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod start;

use axum::response::{IntoResponse, Response};
use bega_scheduling::{
    InvitationState, Operation, ParticipantId, Role, RoomId, SessionId, SessionKind, SessionState,
    SiteId, UserId,
};
use bega_store::CallerKind;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Api, Problem, Secret, caller::Caller, extract::Json, guard::not_allowed, version::etag,
};

/// A booked session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// Its id; also the media room's name.
    id: SessionId,
    /// What it is for.
    kind: SessionKind,
    /// Where it stands.
    state: SessionState,
    /// The pseudonymous reference of the case or group.
    reference: String,
    /// Planned start.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Planned end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// When the lead started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    ended_at: Option<Timestamp>,
    /// Why it was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cancel_reason: Option<String>,
    /// Where.
    room: RoomRef,
    /// The applicants' language, BCP 47.
    language: String,
    /// Who, leading roles first.
    participants: Vec<Participant>,
    /// Counts its changes; the `ETag`.
    version: i64,
    /// Which of the participants the caller is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mine: Option<ParticipantId>,
}

/// A place in a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Participant {
    /// Its id; also the identity in the media conversation.
    id: ParticipantId,
    /// What they are here.
    role: Role,
    /// The name to show.
    name: String,
    /// The account, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<UserId>,
    /// Where the personal link stands.
    invitation: InvitationState,
}

/// A room, with what one needs to find it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomRef {
    /// Its id.
    pub(crate) id: RoomId,
    /// Its name.
    pub(crate) name: String,
    /// Its site.
    pub(crate) site_id: SiteId,
    /// The site's name.
    pub(crate) site_name: String,
    /// The site's IANA time zone.
    pub(crate) time_zone: String,
}

/// A personal link. It is shown once: only its hash is kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    /// Whose.
    pub(crate) participant_id: ParticipantId,
    /// As what.
    pub(crate) role: Role,
    /// Under which name.
    pub(crate) name: String,
    /// The link; the secret is behind the `#`, so no server ever logs it.
    pub(crate) url: String,
}

impl Session {
    /// A session as the caller sees it.
    pub(crate) fn new(session: &bega_scheduling::Session, caller: &Caller) -> Self {
        Self {
            id: session.id,
            kind: session.kind,
            state: session.state(),
            reference: session.reference.as_str().to_owned(),
            starts_at: session.slot.starts_at(),
            ends_at: session.slot.ends_at(),
            started_at: session.standing.started_at(),
            ended_at: session.standing.ended_at(),
            cancel_reason: session.standing.cancel_reason().map(str::to_owned),
            room: (&session.room).into(),
            language: session.language.as_str().to_owned(),
            participants: session.participants.iter().map(Participant::new).collect(),
            version: session.version,
            mine: caller.place_in(session).map(|place| place.id),
        }
    }
}

impl Participant {
    fn new(participant: &bega_scheduling::Participant) -> Self {
        Self {
            id: participant.id,
            role: participant.role,
            name: participant.name.clone(),
            user_id: participant.user,
            invitation: participant.invitation,
        }
    }
}

impl From<&bega_scheduling::RoomRef> for RoomRef {
    fn from(room: &bega_scheduling::RoomRef) -> Self {
        Self {
            id: room.id,
            name: room.name.clone(),
            site_id: room.site_id,
            site_name: room.site_name.clone(),
            time_zone: room.time_zone.clone(),
        }
    }
}

/// The answer that carries one session: with its version.
fn one(session: &bega_scheduling::Session, caller: &Caller) -> Response {
    ([etag(session.version)], Json(Session::new(session, caller))).into_response()
}

/// Finds a session the caller may see, for an operation the caller may do to it. What one may not
/// see is not there.
pub(crate) async fn find(
    api: &Api,
    caller: &Caller,
    id: SessionId,
    operation: Operation,
) -> Result<bega_scheduling::Session, Problem> {
    let session = match &caller.kind {
        CallerKind::Staff { .. } | CallerKind::Guest { .. } => {
            api.store().session(caller.organisation(), id).await?
        }
        // A device serves whichever organisation has booked its room; its tie is its only right.
        CallerKind::Device { .. } => api.store().live_session(id).await?.map(|live| live.session),
    };
    let session = session.ok_or_else(Problem::not_found)?;
    let tie = caller.tie(&session);
    if !caller.may(Operation::ReadSession, tie) {
        return Err(Problem::not_found());
    }
    if !caller.may(operation, tie) {
        return Err(not_allowed());
    }
    Ok(session)
}

/// The personal links of a session that still open it.
fn invitations(api: &Api, session: &bega_scheduling::Session) -> Vec<Invitation> {
    session
        .participants
        .iter()
        .filter_map(|participant| {
            let secret = api.links().secret(participant.invitation_id?);
            Some(Invitation {
                participant_id: participant.id,
                role: participant.role,
                name: participant.name.clone(),
                url: link(api, participant.role, &secret),
            })
        })
        .collect()
}

/// The link that brings a participant in.
fn link(api: &Api, role: Role, secret: &Secret) -> String {
    let page = match role {
        Role::RoomDevice => "kiosk.html",
        Role::LeadOfficer
        | Role::Officer
        | Role::Interpreter
        | Role::Guardian
        | Role::LegalAdviser
        | Role::Observer
        | Role::Supporter
        | Role::Trainer
        | Role::Peer => "join.html",
    };
    format!("{}/{page}#{}", api.public_url(), secret.expose())
}
