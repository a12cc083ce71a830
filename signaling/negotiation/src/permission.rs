//! What a publisher itself allows: whom it lets subscribe to which of its tracks. The room's own
//! decisions stand above that.

use livekit_protocol as proto;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::participant::Participant;
use crate::room::MediaRoom;
use crate::subscription::Unsettled;
use crate::track::Track;

/// More than a room holds; a bound on what one participant can make us keep.
const MOST_ENTRIES: usize = 1_000;

/// Whom a publisher allows.
#[derive(Clone, Debug, Default)]
pub(crate) enum Permission {
    /// Everybody, to everything. Every client says so at its start.
    #[default]
    Everybody,
    /// Only these.
    Only(Vec<proto::TrackPermission>),
}

impl Permission {
    fn new(wanted: proto::SubscriptionPermission) -> Self {
        if wanted.all_participants {
            return Self::Everybody;
        }
        let mut these = wanted.track_permissions;
        these.truncate(MOST_ENTRIES);
        Self::Only(these)
    }

    /// Whether `subscriber` may have `track`.
    pub(crate) fn permits(&self, subscriber: &Participant, track: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Only(these) => these.iter().any(|one| {
                let is_meant = one.participant_sid == subscriber.sid.as_str()
                    || one.participant_identity == subscriber.grants.identity;
                is_meant && (one.all_tracks || one.track_sids.iter().any(|sid| sid == track))
            }),
        }
    }
}

impl MediaRoom {
    pub(crate) fn handle_permission(
        &mut self,
        from: &ParticipantSid,
        wanted: proto::SubscriptionPermission,
    ) {
        let Some(participant) = self.participants.get_mut(from) else {
            return;
        };
        let permission = Permission::new(wanted);
        let was_open = matches!(participant.permission, Permission::Everybody);
        let is_open = matches!(permission, Permission::Everybody);
        participant.permission = permission;
        if !(was_open && is_open) {
            self.unsettled = Unsettled::Everybody;
            self.tell_speakers();
        }
    }

    /// Whether a participant gets a track if it is there to get it: wanted and allowed by all.
    pub(crate) fn may_receive(
        &self,
        subscriber: &Participant,
        publisher: &Participant,
        track: &Track,
    ) -> bool {
        !publisher.grants.hidden
            && subscriber.wants(&publisher.sid, &track.info.sid)
            && self.is_allowed(&subscriber.grants.identity, &publisher.grants.identity)
            && publisher.permission.permits(subscriber, &track.info.sid)
    }

    /// Tells a subscriber which of the tracks it wants their publishers keep from it, where that is
    /// news.
    pub(crate) fn tell_permissions(
        &mut self,
        subscriber: &ParticipantSid,
        tracks: &[(ParticipantSid, String, bool)],
    ) {
        let Some(participant) = self.participants.get_mut(subscriber) else {
            return;
        };
        let mut updates = Vec::new();
        for (publisher, track, is_permitted) in tracks {
            let is_news = if *is_permitted {
                participant.withheld.remove(track)
            } else {
                participant.withheld.insert(track.clone())
            };
            if is_news {
                updates.push(proto::SubscriptionPermissionUpdate {
                    participant_sid: publisher.to_string(),
                    track_sid: track.clone(),
                    allowed: *is_permitted,
                });
            }
        }
        for update in updates {
            self.send(subscriber, Message::SubscriptionPermissionUpdate(update));
        }
    }
}
