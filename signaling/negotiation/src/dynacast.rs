//! Telling publishers which sizes of a track somebody needs, so that they stop encoding the others.
//!
//! More is said at once: somebody waits for it. Less is said after [`DELAY`], so that a tile that is
//! out of sight for a moment, or a client that resumes, does not cost a keyframe of every layer.

use std::time::{Duration, Instant};

use bega_media::{Command, Kind};
use livekit_protocol as proto;
use proto::VideoQuality;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::participant::{Participant, Presence};
use crate::room::MediaRoom;
use crate::track::Track;

/// How long fewer sizes must do before the publisher is told.
const DELAY: Duration = Duration::from_secs(5);

/// The largest quality that somebody needs; `None` if nobody needs any.
pub(crate) type Needed = Option<VideoQuality>;

/// What the publisher of a track was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Demand {
    told: Needed,
    /// Less is needed, and when that is said.
    less: Option<(Needed, Instant)>,
}

impl Default for Demand {
    /// A client begins with all it has.
    fn default() -> Self {
        Self {
            told: Some(VideoQuality::High),
            less: None,
        }
    }
}

impl Demand {
    /// Takes what is needed now. Returns what the publisher must be told at once.
    pub(crate) fn handle(&mut self, now: Instant, needed: Needed) -> Option<Needed> {
        let is_more = rank(needed) > rank(self.told);
        self.less = match self.less {
            _ if rank(needed) >= rank(self.told) => None,
            Some((_, due)) => Some((needed, due)),
            None => Some((needed, now + DELAY)),
        };
        is_more.then(|| {
            self.told = needed;
            needed
        })
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.less.map(|(_, due)| due)
    }

    /// Moves time on to `now`. Returns what the publisher must be told.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<Needed> {
        let (needed, _) = self.less.take_if(|(_, due)| *due <= now)?;
        self.told = needed;
        Some(needed)
    }

    /// What was told last.
    pub(crate) fn told(&self) -> Needed {
        self.told
    }
}

fn rank(needed: Needed) -> i32 {
    needed.map_or(-1, i32::from)
}

impl MediaRoom {
    /// Compares what is needed of every track with what its publisher was told.
    pub(crate) fn settle_demand(&mut self, now: Instant) {
        let needed: Vec<(ParticipantSid, String, Needed)> = self
            .participants
            .values()
            .flat_map(|one| one.published().map(move |track| (one, track)))
            .filter(|(_, track)| track.kind() == Kind::Video)
            .map(|(one, track)| {
                let sid = track.info.sid.clone();
                (one.sid.clone(), sid, self.needed(one, track))
            })
            .collect();
        for (publisher, track, needed) in needed {
            let told = self
                .track_mut(&publisher, &track)
                .and_then(|track| track.demand.handle(now, needed));
            if let Some(needed) = told {
                self.tell_demand(&publisher, &track, needed);
            }
        }
    }

    /// When a publisher must be told that less is needed.
    pub(crate) fn next_demand(&self) -> Option<Instant> {
        self.participants
            .values()
            .flat_map(|one| &one.tracks)
            .filter_map(|track| track.demand.poll_timeout())
            .min()
    }

    pub(crate) fn handle_demand_timeout(&mut self, now: Instant) {
        let mut told = Vec::new();
        for one in self.participants.values_mut() {
            for track in &mut one.tracks {
                if let Some(needed) = track.demand.handle_timeout(now) {
                    told.push((one.sid.clone(), track.info.sid.clone(), needed));
                }
            }
        }
        for (publisher, track, needed) in told {
            self.tell_demand(&publisher, &track, needed);
        }
    }

    /// After a resume a client may have missed the newest.
    pub(crate) fn repeat_demand(&mut self, of: &ParticipantSid) {
        let Some(one) = self.participants.get(of) else {
            return;
        };
        let told: Vec<(String, Needed)> = one
            .published()
            .filter(|track| track.kind() == Kind::Video)
            .map(|track| (track.info.sid.clone(), track.demand.told()))
            .collect();
        for (track, needed) in told {
            self.tell_demand(of, &track, needed);
        }
    }

    /// The publisher of a track is told when somebody receives it for the first time.
    pub(crate) fn tell_first_subscriptions(&mut self, commands: &[Command]) {
        let begun = commands.iter().filter_map(|command| match command {
            Command::Subscribe { publication, .. } => Some(*publication),
            _ => None,
        });
        for publication in begun {
            let first = self.participants.values_mut().find_map(|one| {
                let track = one
                    .tracks
                    .iter_mut()
                    .find(|track| track.publication == publication)?;
                let is_first = !std::mem::replace(&mut track.was_subscribed, true);
                is_first.then(|| (one.sid.clone(), track.info.sid.clone()))
            });
            if let Some((publisher, track_sid)) = first {
                self.send(
                    &publisher,
                    Message::TrackSubscribed(proto::TrackSubscribed { track_sid }),
                );
            }
        }
    }

    fn needed(&self, publisher: &Participant, track: &Track) -> Needed {
        let layers = track.layers();
        self.participants
            .values()
            .filter(|one| one.presence != Presence::Broken)
            .filter(|one| self.may_receive(one, publisher, track))
            .filter_map(|one| one.subscriber.wish(&track.info.sid).depth(layers))
            .map(|depth| {
                let layer = layers.get(usize::from(depth.spatial));
                layer.map_or(VideoQuality::High, proto::VideoLayer::quality)
            })
            .max_by_key(|quality| i32::from(*quality))
    }

    fn tell_demand(&mut self, publisher: &ParticipantSid, track: &str, needed: Needed) {
        let Some(found) = self.track_mut(publisher, track) else {
            return;
        };
        let codec = found
            .info
            .mime_type
            .trim_start_matches("video/")
            .to_lowercase();
        let update = quality_update(track.to_owned(), codec, needed);
        self.send(publisher, Message::SubscribedQualityUpdate(update));
    }

    fn track_mut(&mut self, publisher: &ParticipantSid, track: &str) -> Option<&mut Track> {
        let one = self.participants.get_mut(publisher)?;
        one.tracks.iter_mut().find(|one| one.info.sid == track)
    }
}

#[expect(deprecated, reason = "older clients read the list without codecs")]
fn quality_update(
    track_sid: String,
    codec: String,
    needed: Needed,
) -> proto::SubscribedQualityUpdate {
    let qualities: Vec<_> = [VideoQuality::Low, VideoQuality::Medium, VideoQuality::High]
        .into_iter()
        .map(|quality| proto::SubscribedQuality {
            quality: quality.into(),
            // Those below stay on: what is larger can be lost, and they are cheap.
            enabled: rank(needed) >= i32::from(quality),
        })
        .collect();
    proto::SubscribedQualityUpdate {
        track_sid,
        subscribed_qualities: qualities.clone(),
        subscribed_codecs: vec![proto::SubscribedCodec { codec, qualities }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: Needed = Some(VideoQuality::Low);
    const HIGH: Needed = Some(VideoQuality::High);

    #[test]
    fn less_is_said_after_a_while_and_more_at_once() {
        let now = start();
        let mut demand = Demand::default();

        assert_eq!(demand.handle(now, LOW), None);
        assert_eq!(demand.handle_timeout(now), None);
        let due = demand.poll_timeout().unwrap();
        assert_eq!(due - now, DELAY);
        assert_eq!(demand.handle_timeout(due), Some(LOW));
        assert_eq!(demand.handle(due, HIGH), Some(HIGH));
    }

    #[test]
    fn what_is_needed_again_in_time_is_never_said_to_be_too_much() {
        let now = start();
        let mut demand = Demand::default();

        demand.handle(now, None);
        demand.handle(now + DELAY / 2, HIGH);

        assert_eq!(demand.poll_timeout(), None);
    }

    #[test]
    fn a_need_that_flickers_below_does_not_put_it_off() {
        let now = start();
        let mut demand = Demand::default();

        demand.handle(now, None);
        demand.handle(now + DELAY / 2, LOW);

        assert_eq!(demand.handle_timeout(now + DELAY), Some(LOW));
    }

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        Instant::now()
    }
}
