//! Decides which layers inside one stream go on to one subscriber.
//!
//! Where [`LayerSelector`](crate::layer_selector) chooses among streams, this leaves out of the
//! chosen one what is finer than wanted. Less is possible from any new picture on; more only where
//! the stream says that a decoder may go up: a layer sync of VP8, a switching point of VP9, a switch
//! indication of the dependency descriptor, or a keyframe. For a larger picture that may take
//! forever, so a keyframe is asked for as soon as one of its packets had to be left out.

use std::time::Instant;

use crate::{
    command::Depth,
    layer_selector::{KEYFRAME_RETRY, Verdict},
    rtp::cache::PacketInfo,
};

/// Forwards a stream down to one depth and steers towards the wanted one.
#[derive(Debug)]
pub(crate) struct Thinner {
    wanted: Depth,
    current: Depth,
    /// Of the newest picture.
    timestamp: Option<u32>,
    asking: Asking,
}

/// Whether a keyframe is needed to go up.
#[derive(Clone, Copy, Debug)]
enum Asking {
    Not,
    At(Instant),
    /// The next packet that is left out will say that it is still needed.
    Asked(Instant),
}

impl Default for Thinner {
    fn default() -> Self {
        Self {
            wanted: Depth::ALL,
            current: Depth::ALL,
            timestamp: None,
            asking: Asking::Not,
        }
    }
}

impl Thinner {
    /// Sets how deep the subscriber should see into the stream.
    pub(crate) fn want(&mut self, depth: Depth) {
        self.wanted = depth;
        if self.current.spatial >= depth.spatial {
            self.asking = Asking::Not;
        }
    }

    /// A stretch begins at a keyframe, from which every depth can be decoded.
    pub(crate) fn begin(&mut self, packet: &PacketInfo) {
        self.current = self.wanted;
        self.timestamp = Some(packet.timestamp);
        self.asking = Asking::Not;
    }

    /// Decides whether a packet of the stream goes on.
    pub(crate) fn handle_packet(&mut self, now: Instant, packet: &PacketInfo) -> Verdict {
        let place = &packet.content.place;
        if self.starts_picture(packet) {
            self.current = self.current.and(self.wanted);
        }
        if packet.content.starts_keyframe {
            self.begin(packet);
        } else if place.starts_frame && self.can_decode(packet) {
            self.go_up(packet);
        }
        if self.current.holds(place.depth) {
            return Verdict::Forward;
        }
        if place.depth.spatial > self.current.spatial && self.wanted.holds(place.depth) {
            self.ask(now);
        }
        Verdict::Drop
    }

    /// How deep it is forwarded now.
    pub(crate) fn depth(&self) -> Depth {
        self.current
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.asking {
            Asking::At(at) => Some(at),
            Asking::Not | Asking::Asked(_) => None,
        }
    }

    /// Moves time on to `now` and says whether the publisher must be asked for a keyframe.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        let is_due = self.poll_timeout().is_some_and(|at| at <= now);
        if is_due {
            self.asking = Asking::Asked(now);
        }
        is_due
    }

    /// Whether a packet is of a newer picture than all before. One that is late is not.
    fn starts_picture(&mut self, packet: &PacketInfo) -> bool {
        let is_newer = self
            .timestamp
            .is_none_or(|newest| packet.timestamp.wrapping_sub(newest).cast_signed() > 0);
        if is_newer {
            self.timestamp = Some(packet.timestamp);
        }
        is_newer
    }

    fn can_decode(&self, packet: &PacketInfo) -> bool {
        let place = &packet.content.place;
        let has_what_is_below = place.depth.spatial <= self.current.spatial.saturating_add(1);
        self.current.holds(place.depth) || place.stands_on_base && has_what_is_below
    }

    fn go_up(&mut self, packet: &PacketInfo) {
        let place = &packet.content.place;
        let best = place
            .entries
            .best(place.depth.spatial, self.current, self.wanted);
        if let Some(depth) = best {
            self.current = depth;
            if self.current.spatial >= self.wanted.spatial {
                self.asking = Asking::Not;
            }
        }
    }

    fn ask(&mut self, now: Instant) {
        self.asking = match self.asking {
            Asking::Not => Asking::At(now),
            Asking::At(at) => Asking::At(at),
            Asking::Asked(at) => Asking::At(at + KEYFRAME_RETRY),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        codec::{
            PayloadInfo,
            place::{Entries, Place},
        },
        command::Codec,
        testing::epoch,
    };

    #[test]
    fn less_begins_with_the_next_picture() {
        let now = epoch();
        let mut thinner = Thinner::default();
        thinner.begin(&keyframe(0));

        thinner.want(depth(0, 0));

        // The picture that is on its way is finished.
        assert_eq!(
            thinner.handle_packet(now, &plain(0, (1, 0))),
            Verdict::Forward
        );
        assert_eq!(thinner.handle_packet(now, &plain(1, (1, 0))), Verdict::Drop);
        assert_eq!(
            thinner.handle_packet(now, &plain(1, (0, 0))),
            Verdict::Forward
        );
        assert_eq!(thinner.handle_packet(now, &plain(2, (0, 1))), Verdict::Drop);
    }

    #[test]
    fn more_pictures_begin_where_the_stream_allows_it() {
        let now = epoch();
        let mut thinner = at_depth(depth(0, 0));
        thinner.want(Depth::ALL);
        let mut sync = plain(3, (0, 1));
        sync.content.place.stands_on_base = true;
        sync.content.place.entries.insert(depth(0, 1));

        assert_eq!(thinner.handle_packet(now, &plain(2, (0, 1))), Verdict::Drop);
        assert_eq!(thinner.handle_packet(now, &sync), Verdict::Forward);
        assert_eq!(thinner.handle_packet(now, &plain(4, (0, 2))), Verdict::Drop);
        assert_eq!(
            thinner.handle_packet(now, &plain(5, (0, 1))),
            Verdict::Forward
        );
        assert_eq!(thinner.poll_timeout(), None, "no keyframe is needed");
    }

    #[test]
    fn a_frame_that_cannot_be_decoded_opens_nothing() {
        let now = epoch();
        let mut thinner = at_depth(depth(0, 0));
        thinner.want(Depth::ALL);
        let mut entry = plain(3, (0, 1));
        entry.content.place.entries = Entries::ALL;

        assert_eq!(thinner.handle_packet(now, &entry), Verdict::Drop);
    }

    #[test]
    fn a_larger_picture_is_asked_for_and_begins_with_the_keyframe() {
        let now = epoch();
        let mut thinner = at_depth(depth(0, 9));
        thinner.want(depth(1, 9));
        assert_eq!(thinner.poll_timeout(), None, "there may be none");

        assert_eq!(thinner.handle_packet(now, &plain(2, (1, 0))), Verdict::Drop);

        assert_eq!(thinner.poll_timeout(), Some(now));
        assert!(thinner.handle_timeout(now));
        thinner.handle_packet(now, &plain(3, (1, 0)));
        assert_eq!(thinner.poll_timeout(), Some(now + KEYFRAME_RETRY));
        assert_eq!(thinner.handle_packet(now, &plain(3, (2, 0))), Verdict::Drop);
        thinner.handle_packet(now, &keyframe(4));
        assert_eq!(
            thinner.handle_packet(now, &plain(4, (1, 0))),
            Verdict::Forward
        );
        assert_eq!(thinner.handle_packet(now, &plain(4, (2, 0))), Verdict::Drop);
        assert_eq!(thinner.poll_timeout(), None);
    }

    #[test]
    fn a_late_packet_is_no_new_picture() {
        let now = epoch();
        let mut thinner = at_depth(depth(2, 0));
        thinner.handle_packet(now, &plain(5, (0, 0)));
        thinner.want(depth(0, 0));

        thinner.handle_packet(now, &plain(4, (2, 0)));

        assert_eq!(
            thinner.handle_packet(now, &plain(5, (2, 0))),
            Verdict::Forward
        );
    }

    #[test]
    fn a_stream_without_layers_passes_whole() {
        let now = epoch() + Duration::from_secs(1);
        let mut thinner = at_depth(depth(0, 0));

        assert_eq!(
            thinner.handle_packet(now, &plain(9, (0, 0))),
            Verdict::Forward
        );
    }

    fn at_depth(depth: Depth) -> Thinner {
        let mut thinner = Thinner::default();
        thinner.want(depth);
        thinner.begin(&keyframe(1));
        thinner
    }

    fn depth(spatial: u8, temporal: u8) -> Depth {
        Depth { spatial, temporal }
    }

    fn keyframe(picture: u32) -> PacketInfo {
        let mut packet = plain(picture, (0, 0));
        packet.content.starts_keyframe = true;
        packet
    }

    fn plain(picture: u32, (spatial, temporal): (u8, u8)) -> PacketInfo {
        PacketInfo {
            sequence: 0,
            timestamp: picture * 3_000,
            marker: false,
            codec: Codec::Vp9,
            audio_level: None,
            descriptor_len: 0,
            content: PayloadInfo {
                place: Place {
                    depth: Depth { spatial, temporal },
                    starts_frame: true,
                    ..Place::default()
                },
                ..PayloadInfo::default()
            },
        }
    }
}
