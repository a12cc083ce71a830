//! The names of things: one type each, so that a room's id cannot stand where a user's is meant.
//!
//! Ids are UUIDv7: they sort by the time they were made, which keeps the database's indexes tidy.
//! The 74 random bits make them useless to guess.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
            ToSchema, TS,
        )]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes an id from the time and ten random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                // Before 1970 there is no UUIDv7; such a clock is broken, and 0 sorts first.
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/// A state's agency, UNHCR, IOM or an NGO; a wall that nothing but shared rooms crosses.
    OrganisationId);
id!(/// A member of an organisation's staff.
    UserId);
id!(/// A place with rooms, such as a transit centre.
    SiteId);
id!(/// A room of a site.
    RoomId);
id!(/// A screen with camera that stands in a room.
    DeviceId);
id!(/// An attempt to pair a device.
    PairingId);
id!(/// A booked session.
    SessionId);
id!(/// One person's or one room device's place in one session.
    ParticipantId);
id!(/// A personal link into a session.
    InvitationId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let earlier = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        let later = Timestamp::from_millisecond(1_800_000_000_001).unwrap();

        let first = SessionId::new(earlier, [0xff; 10]);
        let second = SessionId::new(later, [0; 10]);

        assert!(first < second);
        assert!(first.to_string() < second.to_string());
        assert_eq!(first.0.get_version_num(), 7);
    }

    #[test]
    fn an_id_survives_its_text() {
        let id = RoomId::new(
            Timestamp::from_millisecond(1_800_000_000_000).unwrap(),
            [7; 10],
        );
        assert_eq!(id.to_string().parse::<RoomId>().unwrap(), id);
    }
}
