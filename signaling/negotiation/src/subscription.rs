//! What a subscriber asks for: which tracks, how large, and which it may have.

use std::collections::BTreeSet;

use bega_media::{Codec, Kind};
use livekit_protocol as proto;
use proto::VideoQuality;

use crate::ParticipantSid;
use crate::codecs::Redundancy;
use crate::layers::Wish;
use crate::participant::{Participant, Presence, Socket};
use crate::priority::{is_principal, priority};
use crate::room::MediaRoom;
use crate::subscriber::Description;
use crate::track::Track;

/// A track that others may receive, with what their offers say of it.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) publisher: ParticipantSid,
    pub(crate) identity: String,
    pub(crate) track: String,
    pub(crate) publication: bega_media::PublicationId,
    pub(crate) kind: Kind,
    pub(crate) stream: &'static str,
    /// What it may be sent in, in its publisher's order of preference.
    pub(crate) codecs: Vec<Codec>,
    pub(crate) redundancy: Redundancy,
    pub(crate) layers: Vec<proto::VideoLayer>,
    /// Of somebody the session is about.
    pub(crate) is_principal: bool,
}

/// Whose sections may have to change.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) enum Unsettled {
    /// Nobody's.
    #[default]
    Nobody,
    /// Those of some, because of what they said.
    Some(BTreeSet<ParticipantSid>),
    /// Everybody's, because of what there is to receive.
    Everybody,
}

impl Unsettled {
    pub(crate) fn add(&mut self, one: &ParticipantSid) {
        match self {
            Self::Nobody => *self = Self::Some([one.clone()].into()),
            Self::Some(these) => {
                these.insert(one.clone());
            }
            Self::Everybody => {}
        }
    }
}

impl MediaRoom {
    pub(crate) fn handle_subscription(
        &mut self,
        from: &ParticipantSid,
        wanted: &proto::UpdateSubscription,
    ) {
        let by_participant = wanted
            .participant_tracks
            .iter()
            .flat_map(|tracks| &tracks.track_sids);
        let named: Vec<&String> = wanted.track_sids.iter().chain(by_participant).collect();
        let tracks = self.known(named.iter().copied());
        if wanted.subscribe {
            let unknown = named.iter().filter(|track| !tracks.contains(track));
            for track in unknown.take(MOST_ERRORS) {
                self.tell_failure(from, track, proto::SubscriptionError::SeTrackNotfound);
            }
        }
        if let Some(participant) = self.participants.get_mut(from) {
            let asked = tracks.into_iter().map(|track| (track, wanted.subscribe));
            participant.subscriber.wanted.extend(asked);
            self.unsettled.add(from);
        }
    }

    pub(crate) fn handle_settings(
        &mut self,
        from: &ParticipantSid,
        settings: &proto::UpdateTrackSettings,
    ) {
        self.set_wish(from, &settings.track_sids, Wish::new(settings));
        let tracks = self.known(settings.track_sids.iter());
        if let Some(participant) = self.participants.get_mut(from) {
            let ranks = tracks.into_iter().map(|track| (track, settings.priority));
            participant.subscriber.ranks.extend(ranks);
        }
    }

    pub(crate) fn handle_disabled(&mut self, from: &ParticipantSid, tracks: &[String]) {
        self.set_wish(from, tracks, Wish::PAUSED);
    }

    fn set_wish(&mut self, from: &ParticipantSid, tracks: &[String], wish: Wish) {
        let tracks = self.known(tracks.iter());
        if let Some(participant) = self.participants.get_mut(from) {
            let wishes = tracks.into_iter().map(|track| (track, wish));
            participant.subscriber.wishes.extend(wishes);
            self.unsettled.add(from);
        }
    }

    /// A client is told why it does not get a track.
    pub(crate) fn tell_failure(
        &mut self,
        to: &ParticipantSid,
        track: &str,
        error: proto::SubscriptionError,
    ) {
        self.send(
            to,
            proto::signal_response::Message::SubscriptionResponse(proto::SubscriptionResponse {
                track_sid: track.to_owned(),
                err: error.into(),
            }),
        );
    }

    /// Those that exist: what a client makes up is not kept.
    fn known<'a>(&self, tracks: impl Iterator<Item = &'a String>) -> Vec<String> {
        let existing: BTreeSet<&str> = self
            .participants
            .values()
            .flat_map(|one| &one.tracks)
            .map(|track| track.info.sid.as_str())
            .collect();
        tracks
            .filter(|track| existing.contains(track.as_str()))
            .cloned()
            .collect()
    }

    /// The tracks are over: wishes about them are too.
    pub(crate) fn forget_wishes(&mut self, ended: &[Track]) {
        for one in self.participants.values_mut() {
            one.subscriber
                .forget(ended.iter().map(|track| track.info.sid.as_str()));
            one.withheld
                .retain(|sid| ended.iter().all(|track| track.info.sid != *sid));
        }
    }

    /// Brings what everybody receives in line with what there is, is wanted and is allowed.
    pub(crate) fn settle(&mut self) {
        let subscribers: Vec<ParticipantSid> = match std::mem::take(&mut self.unsettled) {
            Unsettled::Nobody => return,
            Unsettled::Some(these) => these.into_iter().collect(),
            Unsettled::Everybody => self.participants.keys().cloned().collect(),
        };
        // Publishers are told at the next timeout, which is due at once: it knows the time.
        self.has_new_demand = true;
        let published = self.published();
        for sid in subscribers {
            self.settle_one(&sid, &published);
        }
    }

    fn settle_one(&mut self, sid: &ParticipantSid, published: &[Published]) {
        let Some(one) = self.participants.get(sid) else {
            return;
        };
        let wanted: Vec<&Published> = published
            .iter()
            .filter(|track| one.wants(&track.publisher, &track.track))
            .collect();
        let consents: Vec<bool> = wanted
            .iter()
            .map(|track| {
                let owner = self.participants.get(&track.publisher);
                owner.is_some_and(|owner| owner.permission.permits(one, &track.track))
            })
            .collect();
        let decisions: Vec<bool> = wanted
            .iter()
            .zip(&consents)
            .map(|(track, is_open)| {
                *is_open && self.is_allowed(&one.grants.identity, &track.identity)
            })
            .collect();
        let permissions: Vec<_> = wanted
            .iter()
            .zip(consents)
            // Mostly everybody may have everything: nothing is news then.
            .filter(|(track, is_open)| !is_open || one.withheld.contains(&track.track))
            .map(|(track, is_open)| (track.publisher.clone(), track.track.clone(), is_open))
            .collect();

        let Some(one) = self.participants.get_mut(sid) else {
            return;
        };
        let browser = one.browser;
        let subscriber = &mut one.subscriber;
        let mut commands =
            subscriber.drop_unwanted(|track| wanted.iter().any(|w| w.track == track));
        for (track, allowed) in wanted.into_iter().zip(decisions) {
            let wish = subscriber.wish(&track.track);
            let layer = wish.depth(&track.layers);
            commands.extend(subscriber.want(track, browser, layer, allowed, &mut self.ids));
            let asked = subscriber.ranks.get(&track.track).copied();
            let priority = priority(track.is_principal, wish, asked.unwrap_or_default());
            commands.extend(subscriber.rank(&track.track, priority));
        }
        let is_reachable = one.socket == Socket::Open && one.presence != Presence::Broken;
        let offer = if is_reachable {
            subscriber.offer(&Description {
                fingerprint: &self.config.fingerprint,
                candidates: &self.config.candidates,
            })
        } else {
            None
        };
        self.command_all(commands);
        self.tell_permissions(sid, &permissions);
        if let Some(offer) = offer {
            self.send(sid, proto::signal_response::Message::Offer(offer));
        }
    }

    fn published(&self) -> Vec<Published> {
        self.participants
            .values()
            .filter(|one| !one.grants.hidden)
            .flat_map(|one| {
                one.published().map(|track| Published {
                    publisher: one.sid.clone(),
                    identity: one.grants.identity.clone(),
                    track: track.info.sid.clone(),
                    publication: track.publication,
                    kind: track.kind(),
                    stream: track.stream(),
                    codecs: track.formats.iter().map(|format| format.codec).collect(),
                    redundancy: track.redundancy(),
                    layers: track.layers().to_vec(),
                    is_principal: is_principal(&one.grants),
                })
            })
            .collect()
    }
}

impl Participant {
    pub(crate) fn wants(&self, publisher: &ParticipantSid, track: &str) -> bool {
        self.sid != *publisher
            && self.grants.can_subscribe
            && self
                .subscriber
                .wanted
                .get(track)
                .copied()
                .unwrap_or(self.subscriber.auto_subscribe)
    }
}

/// Of one request: as many as there are answers worth sending.
const MOST_ERRORS: usize = 16;

/// Before it has said anything, a client that adapts gets little, every other all there is.
pub(crate) fn first_wish(adaptive_stream: bool) -> Wish {
    Wish::quality(if adaptive_stream {
        VideoQuality::Low
    } else {
        VideoQuality::High
    })
}
