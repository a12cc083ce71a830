//! What a subscriber asks for: which tracks, how large, and which it may have.

use bega_media::Kind;
use livekit_protocol as proto;
use proto::VideoQuality;

use crate::ParticipantSid;
use crate::codecs::Format;
use crate::layers::Wish;
use crate::participant::{Participant, Presence, Socket};
use crate::room::MediaRoom;
use crate::subscriber::Description;

/// A track that others may receive, with what their offers say of it.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) publisher: ParticipantSid,
    pub(crate) identity: String,
    pub(crate) track: String,
    pub(crate) publication: bega_media::PublicationId,
    pub(crate) kind: Kind,
    pub(crate) stream: &'static str,
    pub(crate) formats: Vec<Format>,
    pub(crate) layers: Vec<proto::VideoLayer>,
}

/// The most tracks one subscriber can have a wish for: rooms do not hold as many.
const MOST_WISHES: usize = 4096;

impl MediaRoom {
    pub(crate) fn handle_subscription(
        &mut self,
        from: &ParticipantSid,
        wanted: &proto::UpdateSubscription,
    ) {
        let Some(participant) = self.participants.get_mut(from) else {
            return;
        };
        let by_participant = wanted
            .participant_tracks
            .iter()
            .flat_map(|tracks| &tracks.track_sids);
        for track in wanted.track_sids.iter().chain(by_participant) {
            if participant.subscriber.wanted.len() < MOST_WISHES {
                participant
                    .subscriber
                    .wanted
                    .insert(track.clone(), wanted.subscribe);
            }
        }
        self.unsettled = true;
    }

    pub(crate) fn handle_settings(
        &mut self,
        from: &ParticipantSid,
        settings: &proto::UpdateTrackSettings,
    ) {
        self.set_wish(from, &settings.track_sids, Wish::new(settings));
    }

    pub(crate) fn handle_disabled(&mut self, from: &ParticipantSid, tracks: &[String]) {
        self.set_wish(from, tracks, Wish::Paused);
    }

    fn set_wish(&mut self, from: &ParticipantSid, tracks: &[String], wish: Wish) {
        let Some(participant) = self.participants.get_mut(from) else {
            return;
        };
        for track in tracks {
            if participant.subscriber.wishes.len() < MOST_WISHES {
                participant.subscriber.wishes.insert(track.clone(), wish);
            }
        }
        self.unsettled = true;
    }

    /// Brings what everybody receives in line with what there is, is wanted and is allowed.
    pub(crate) fn settle(&mut self) {
        if !std::mem::take(&mut self.unsettled) {
            return;
        }
        let published = self.published();
        let subscribers: Vec<ParticipantSid> = self.participants.keys().cloned().collect();
        for sid in subscribers {
            self.settle_one(&sid, &published);
        }
    }

    fn settle_one(&mut self, sid: &ParticipantSid, published: &[Published]) {
        let Some(one) = self.participants.get(sid) else {
            return;
        };
        let wanted: Vec<&Published> = published.iter().filter(|track| one.wants(track)).collect();
        let allowed: Vec<bool> = wanted
            .iter()
            .map(|track| self.is_allowed(&one.grants.identity, &track.identity))
            .collect();

        let Some(one) = self.participants.get_mut(sid) else {
            return;
        };
        let browser = one.browser;
        let subscriber = &mut one.subscriber;
        let mut commands =
            subscriber.drop_unwanted(|track| wanted.iter().any(|w| w.track == track));
        for (track, allowed) in wanted.into_iter().zip(allowed) {
            let layer = subscriber.wish(&track.track).layer(&track.layers);
            commands.extend(subscriber.want(track, browser, layer, allowed, &mut self.ids));
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
                    formats: track.formats.clone(),
                    layers: track.layers().to_vec(),
                })
            })
            .collect()
    }
}

impl Participant {
    fn wants(&self, track: &Published) -> bool {
        self.sid != track.publisher
            && self.grants.can_subscribe
            && self
                .subscriber
                .wanted
                .get(&track.track)
                .copied()
                .unwrap_or(self.subscriber.auto_subscribe)
    }
}

/// Before it has said anything, a client that adapts gets little, every other all there is.
pub(crate) fn first_wish(adaptive_stream: bool) -> Wish {
    Wish::Quality(if adaptive_stream {
        VideoQuality::Low
    } else {
        VideoQuality::High
    })
}
