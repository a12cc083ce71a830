//! `POST /self-tests`: opens a room for a trial of the line.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{Extensions, HeaderMap, StatusCode},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ROOM_PREFIX;
use crate::{
    Api, Problem,
    auth::sign_in::too_many,
    extract::Json,
    tokens::{Seat, Token, VideoGrants},
};

/// Makes the two tokens of a trial: one participant sends sound, the other hears it.
#[utoipa::path(
    post,
    path = "/self-tests",
    tag = "self-tests",
    responses((status = 201, body = SelfTest))
)]
pub(crate) async fn create(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<(StatusCode, Json<SelfTest>), Problem> {
    let now = api.now();
    let address = api.client(&headers, &extensions);
    api.limits()
        .strangers
        .take(now, &address)
        .map_err(too_many)?;

    let room = format!("{ROOM_PREFIX}{}", uuid(&api).simple());
    let sender = token(&api, now, &room, "sender", true);
    let listener = token(&api, now, &room, "listener", false);
    Ok((
        StatusCode::CREATED,
        Json(SelfTest {
            url: api.socket_url(),
            expires_at: sender.expires_at,
            sender_token: sender.text,
            listener_token: listener.text,
        }),
    ))
}

/// A room for a trial of the line.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SelfTest {
    /// Where the media conversation is held.
    url: String,
    /// For the participant that sends.
    sender_token: String,
    /// For the participant that hears.
    listener_token: String,
    /// Until when the tokens open the door.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

fn token(api: &Api, now: Timestamp, room: &str, name: &str, sends: bool) -> Token {
    let seat = Seat {
        participant: name.to_owned(),
        name: name.to_owned(),
        attributes: BTreeMap::new(),
        grants: VideoGrants {
            room: room.to_owned(),
            room_join: true,
            can_publish: Some(sends),
            can_subscribe: Some(!sends),
            can_publish_data: Some(false),
            can_publish_sources: if sends {
                vec!["microphone".to_owned()]
            } else {
                Vec::new()
            },
            can_update_own_metadata: Some(false),
            ..VideoGrants::default()
        },
    };
    api.tokens().make(now, uuid(api), seat)
}

fn uuid(api: &Api) -> Uuid {
    Uuid::from_u128(u128::from_le_bytes(api.random()))
}
