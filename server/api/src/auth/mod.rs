//! Signing in and out, and who one is.

pub(crate) mod me;
pub(crate) mod sign_in;
pub(crate) mod sign_out;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bega_scheduling::{OrganisationId, ParticipantId, SessionId, StaffRole};
use bega_store::CallerKind;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Api, Secret,
    cookies::{self, SignIn},
    extract::Json,
    sessions::RoomRef,
};

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// What kind of caller.
    kind: MeKind,
    /// The id of the account, the participant or the device.
    id: Uuid,
    /// The name others see.
    name: String,
    /// Whose staff, guest or device.
    organisation: Organisation,
    /// What a member of staff is; empty for others.
    roles: Vec<StaffRole>,
    /// The language of the user interface, BCP 47, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    language: Option<String>,
    /// A guest's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session_id: Option<SessionId>,
    /// A guest's place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    participant_id: Option<ParticipantId>,
    /// A device's room.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    room: Option<RoomRef>,
}

/// What kind of caller.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeKind {
    /// A member of staff, with an account.
    Staff,
    /// Somebody who came by a personal link.
    Guest,
    /// A room's device.
    Device,
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organisation {
    /// Its id.
    id: OrganisationId,
    /// Its name.
    name: String,
}

impl Me {
    pub(crate) fn new(caller: &bega_store::Caller) -> Self {
        let mut me = Self {
            kind: MeKind::Staff,
            id: Uuid::nil(),
            name: caller.name.clone(),
            organisation: Organisation {
                id: caller.organisation.id,
                name: caller.organisation.name.clone(),
            },
            roles: Vec::new(),
            language: caller
                .language
                .as_ref()
                .map(|language| language.as_str().to_owned()),
            session_id: None,
            participant_id: None,
            room: None,
        };
        match &caller.kind {
            CallerKind::Staff { user, roles } => {
                me.id = user.0;
                me.roles.clone_from(roles);
            }
            CallerKind::Guest {
                session,
                participant,
                ..
            } => {
                me.kind = MeKind::Guest;
                me.id = participant.0;
                me.session_id = Some(*session);
                me.participant_id = Some(*participant);
            }
            CallerKind::Device { device, room } => {
                me.kind = MeKind::Device;
                me.id = device.0;
                me.room = Some(room.into());
            }
        }
        me
    }
}

/// The answer to somebody who just proved who they are: who they are, and the cookie for it.
pub(crate) fn welcome(api: &Api, caller: &bega_store::Caller, cookie: &Secret) -> Response {
    let seconds = caller.expires_at.duration_since(api.now()).as_secs();
    let sign_in = match &caller.kind {
        CallerKind::Staff { .. } => SignIn::Staff,
        CallerKind::Device { .. } => SignIn::Device,
        CallerKind::Guest { participant, .. } => SignIn::Guest(participant.0),
    };
    let cookie = cookies::keep(sign_in, cookie, seconds, api.is_https());
    ([(header::SET_COOKIE, cookie)], Json(Me::new(caller))).into_response()
}
