//! Who is speaking: how loud each microphone is, from the level each packet carries (RFC 6464).
//!
//! Levels are looked at in windows of [`WINDOW`]. Somebody speaks who was louder than
//! [`THRESHOLD`] for [`LEAST_ACTIVE`] of a window; the level is smoothed so that a pause between
//! two words does not end it. Only microphones that were loud lately are kept: a room where nobody
//! speaks has no entry, no timer and no cost but one comparison to a packet.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::command::{PublicationId, RoomId, Speaker};

/// The microphones of all rooms that are or were loud.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    rooms: BTreeMap<RoomId, Room>,
}

#[derive(Debug)]
struct Room {
    window_ends: Instant,
    microphones: BTreeMap<PublicationId, Loudness>,
    told: Vec<Speaker>,
}

impl Speakers {
    /// Takes the level of a packet. Returns when [`Self::handle_timeout`] must be called for the
    /// room, if it was silent before.
    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        room: RoomId,
        publication: PublicationId,
        level: u8,
        timestamp: u32,
    ) -> Option<Instant> {
        let level = level & !VOICE_FLAG;
        if level > THRESHOLD {
            return None;
        }
        let is_new = !self.rooms.contains_key(&room);
        let room = self.rooms.entry(room).or_insert_with(|| Room {
            window_ends: now + WINDOW,
            microphones: BTreeMap::new(),
            told: Vec::new(),
        });
        room.microphones
            .entry(publication)
            .or_default()
            .add(level, timestamp);
        is_new.then_some(room.window_ends)
    }

    /// The publication is over.
    pub(crate) fn forget(&mut self, publication: PublicationId) {
        for room in self.rooms.values_mut() {
            room.microphones.remove(&publication);
        }
    }

    /// Ends a window: who speaks now, if that is not what was told before, and when the next
    /// window ends, if anybody was loud in this one.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        id: RoomId,
    ) -> (Option<Vec<Speaker>>, Option<Instant>) {
        let Some(room) = self
            .rooms
            .get_mut(&id)
            .filter(|room| room.window_ends <= now)
        else {
            return (None, None);
        };
        let mut speakers = Vec::new();
        room.microphones.retain(|publication, loudness| {
            loudness.end_window();
            speakers.extend(loudness.level().map(|level| Speaker {
                publication: *publication,
                level,
            }));
            loudness.smoothed > LINEAR_THRESHOLD / 4.0
        });
        speakers.sort_by_key(|speaker| std::cmp::Reverse(speaker.level));
        let is_changed = speakers != room.told;
        room.told.clone_from(&speakers);
        room.window_ends = now + WINDOW;
        let next = (!room.microphones.is_empty()).then_some(room.window_ends);
        if next.is_none() {
            self.rooms.remove(&id);
        }
        (is_changed.then_some(speakers), next)
    }
}

/// One microphone.
#[derive(Clone, Copy, Debug)]
struct Loudness {
    /// The loudest level of this window, in dB below the loudest possible.
    loudest: u8,
    /// For how long it was loud in this window, in ticks of its timestamps.
    active: u32,
    timestamp: Option<u32>,
    /// Linear, 1 the loudest possible.
    smoothed: f64,
}

impl Default for Loudness {
    fn default() -> Self {
        Self {
            loudest: THRESHOLD,
            active: 0,
            timestamp: None,
            smoothed: 0.0,
        }
    }
}

impl Loudness {
    fn add(&mut self, level: u8, timestamp: u32) {
        let step = self.timestamp.map(|last| timestamp.wrapping_sub(last));
        self.timestamp = Some(timestamp);
        self.active += step
            .filter(|step| (1..=LONGEST_PACKET).contains(step))
            .unwrap_or(USUAL_PACKET);
        self.loudest = self.loudest.min(level);
    }

    fn end_window(&mut self) {
        let share = (f64::from(self.active) / WINDOW_TICKS).min(1.0);
        // Half as long is half as loud.
        let level = if share >= LEAST_ACTIVE {
            10f64.powf(-f64::from(self.loudest) / 20.0) * share
        } else {
            0.0
        };
        self.smoothed += (level - self.smoothed) * SMOOTHING;
        self.active = 0;
        self.loudest = THRESHOLD;
    }

    /// In eighths, rounded up: finer steps would be news all the time. `None` while it is silent.
    fn level(&self) -> Option<u8> {
        let eighths = (1..8).find(|eighths| f64::from(*eighths) >= self.smoothed * 8.0);
        let eighths = eighths.unwrap_or(8);
        (self.smoothed >= LINEAR_THRESHOLD * LEAST_ACTIVE).then_some(eighths)
    }
}

/// The window, the threshold and the share are those that clients of this protocol are used to.
const WINDOW: Duration = Duration::from_millis(400);
const WINDOW_TICKS: f64 = 0.4 * 48_000.0;
/// In dB below the loudest possible.
const THRESHOLD: u8 = 35;
/// The same, linear: 10^(-35/20).
const LINEAR_THRESHOLD: f64 = 0.0178;
const LEAST_ACTIVE: f64 = 0.4;
/// A moving average over two windows.
const SMOOTHING: f64 = 2.0 / 3.0;
/// Opus sends 20 ms in a packet, on slow links up to 120 ms.
const USUAL_PACKET: u32 = 960;
const LONGEST_PACKET: u32 = 5_760;
/// Whether the sender takes it for a voice; we go by loudness.
const VOICE_FLAG: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    const ROOM: RoomId = RoomId(1);
    const ANNA: PublicationId = PublicationId(1);
    const BEN: PublicationId = PublicationId(2);

    #[test]
    fn somebody_who_speaks_is_told_once_and_again_when_it_ends() {
        let mut scene = Scene::new();

        scene.speak(&[(ANNA, 10)], 3);
        scene.speak(&[(ANNA, 90)], 5);

        let names: Vec<_> = scene.told.iter().map(|told| names(told)).collect();
        assert_eq!(names.first(), Some(&vec![ANNA]));
        assert_eq!(names.last(), Some(&vec![]));
        assert!(names.len() <= 5, "{names:?}");
    }

    #[test]
    fn the_loudest_comes_first() {
        let mut scene = Scene::new();

        scene.speak(&[(ANNA, 20), (BEN, 3)], 2);

        assert_eq!(names(scene.told.last().unwrap()), [BEN, ANNA]);
    }

    #[test]
    fn a_cough_is_not_speech() {
        let mut scene = Scene::new();
        let at = scene.speakers.handle_packet(scene.now, ROOM, ANNA, 5, 0);

        let (told, next) = scene.speakers.handle_timeout(at.unwrap(), ROOM);

        assert_eq!((told, next), (None, None));
    }

    #[test]
    fn a_silent_room_needs_no_timer() {
        let mut scene = Scene::new();

        let armed = scene.speakers.handle_packet(scene.now, ROOM, ANNA, 80, 0);

        assert_eq!(armed, None);
        assert!(scene.speakers.rooms.is_empty());
    }

    #[test]
    fn a_pause_between_words_does_not_end_speech() {
        let mut scene = Scene::new();
        scene.speak(&[(ANNA, 10)], 3);

        scene.speak(&[], 1);

        assert!(!scene.told.last().unwrap().is_empty());
    }

    #[test]
    fn long_packets_count_for_as_long_as_they_last() {
        let mut scene = Scene::new();
        let now = scene.now;
        let mut at = None;
        for packet in 0..4 {
            at = at.or(scene
                .speakers
                .handle_packet(now, ROOM, ANNA, 10, packet * 5_760));
        }

        let (told, _) = scene.speakers.handle_timeout(at.unwrap(), ROOM);

        assert_eq!(names(&told.unwrap()), [ANNA]);
    }

    #[test]
    fn a_publication_that_ended_is_silent() {
        let mut scene = Scene::new();
        scene.speak(&[(ANNA, 10)], 2);

        scene.speakers.forget(ANNA);
        scene.speak(&[], 1);

        assert!(scene.told.last().unwrap().is_empty());
    }

    struct Scene {
        speakers: Speakers,
        now: Instant,
        timestamp: u32,
        due: Option<Instant>,
        told: Vec<Vec<Speaker>>,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                speakers: Speakers::default(),
                now: epoch(),
                timestamp: 0,
                due: None,
                told: Vec::new(),
            }
        }

        /// Microphones send at their levels for some windows.
        fn speak(&mut self, levels: &[(PublicationId, u8)], windows: u32) {
            let until = self.now + WINDOW * windows;
            while self.now < until {
                for &(who, level) in levels {
                    let at =
                        self.speakers
                            .handle_packet(self.now, ROOM, who, level, self.timestamp);
                    self.due = self.due.or(at);
                }
                self.now += Duration::from_millis(20);
                self.timestamp += 960;
                if self.due.is_some_and(|due| due <= self.now) {
                    let (told, next) = self.speakers.handle_timeout(self.now, ROOM);
                    self.told.extend(told);
                    self.due = next;
                }
            }
        }
    }

    fn names(speakers: &[Speaker]) -> Vec<PublicationId> {
        speakers.iter().map(|speaker| speaker.publication).collect()
    }
}
