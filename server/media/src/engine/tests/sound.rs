//! Sound over lines that lose it: redundancy, requests, copies, and what all that may cost.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bega_transport::testing::Conditions;

use super::scene::{Camera, Scene, Seen};
use super::{MS, SECOND};
use crate::{
    codec::red::{self, Redundant},
    command::{
        Codec, Command, ExtensionIds, Kind, Payload, PeerId, PublicationId, ReceiveSpec, SendSpec,
        SsrcPair,
    },
    rtcp::{parse::ReportBlock, write},
    rtp::Header,
};

#[test]
fn redundancy_goes_on_as_it_came_and_is_taken_out_for_who_cannot_read_it() {
    let mut scene = Scene::new();
    let (anna, ben, firefox) = (scene.join(), scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let ben = Listener::new(&mut scene, ben, &mic, Takes::Redundancy);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);

    mic.speak(&mut scene, 5);

    let doubled = ben.packets(&scene);
    let plain = firefox.packets(&scene);
    assert_eq!((doubled.len(), plain.len()), (5, 5));
    for (n, (doubled, plain)) in doubled.iter().zip(&plain).enumerate() {
        assert_eq!(doubled.header.payload_type, OUR_RED);
        let red = Redundant::parse(&doubled.payload).unwrap();
        assert_eq!(red.payload_type, OUR_OPUS);
        assert_eq!(red.earlier().count(), usize::from(n > 0));
        assert_eq!(plain.header.payload_type, OUR_OPUS);
        assert_eq!(plain.payload, red.primary());
        assert_eq!(plain.header.sequence, doubled.header.sequence);
        assert_eq!(plain.header.timestamp, doubled.header.timestamp);
    }
}

#[test]
fn what_was_lost_on_the_way_in_is_found_in_the_next_packet_and_sent_in_its_place() {
    let mut scene = Scene::new();
    let (anna, firefox) = (scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);
    mic.speak(&mut scene, 5);

    mic.lose(&mut scene, 1);
    mic.speak(&mut scene, 5);

    let packets = firefox.packets(&scene);
    assert_eq!(packets.len(), 11);
    for pair in packets.windows(2) {
        assert_eq!(pair[1].header.sequence, pair[0].header.sequence + 1);
        assert_eq!(pair[1].header.timestamp, pair[0].header.timestamp + TICKS);
    }
    assert!(scene.nacks(anna).is_empty());
    assert_eq!(scene.engine.counters().found, 1);
}

#[test]
fn what_redundancy_does_not_hold_is_asked_for_and_comes_again_under_its_own_number() {
    let mut scene = Scene::new();
    let (anna, firefox) = (scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);
    mic.speak(&mut scene, 5);

    mic.lose(&mut scene, 3);
    mic.speak(&mut scene, 10);

    assert_eq!(firefox.heard(&scene, 200 * MS).len(), 18);
    assert_eq!(mic.asked, BTreeSet::from([6, 7]));
    let counters = scene.engine.counters();
    assert_eq!((counters.found, counters.recovered), (1, 2));
    scene.run(SECOND);
    let report = scene.report_blocks(anna).pop().unwrap();
    assert_eq!(report.cumulative_lost, 3, "the publisher should know");
}

#[test]
fn a_publisher_that_cannot_send_again_is_not_asked_to() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::PlainOnce);
    let _ben = Listener::new(&mut scene, ben, &mic, Takes::Redundancy);
    mic.speak(&mut scene, 5);

    mic.lose(&mut scene, 3);
    mic.speak(&mut scene, 20);

    assert!(scene.nacks(anna).is_empty());
}

#[test]
fn lost_sound_is_sent_again_as_it_was_three_times_at_most() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let ben = Listener::new(&mut scene, ben, &mic, Takes::Redundancy);
    // Enough to pay for a few packets.
    mic.speak(&mut scene, 30);
    let lost = ben.packets(&scene)[25].header.sequence;
    let before = scene.datagrams(ben.peer);

    for _ in 0..6 {
        ben.ask(&mut scene, &[u64::from(lost)]);
        scene.run(30 * MS);
    }

    // What arrived once is a replay to the receiver's SRTP: the very same bytes.
    assert_eq!(ben.packets(&scene).len(), 30);
    assert_eq!(scene.datagrams(ben.peer) - before, 3);
    assert_eq!(scene.engine.counters().retransmitted, 3);
}

#[test]
fn a_line_that_loses_sound_gets_every_packet_twice_from_a_plain_publisher() {
    let mut scene = Scene::new();
    let (anna, ben, firefox) = (scene.join(), scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Plain);
    let ben = Listener::new(&mut scene, ben, &mic, Takes::Redundancy);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);
    mic.speak(&mut scene, 5);

    ben.report(&mut scene, 50);
    firefox.report(&mut scene, 50);
    scene.run(20 * MS);
    mic.speak(&mut scene, 5);

    let types = |listener: &Listener| {
        let packets = listener.packets(&scene);
        packets
            .iter()
            .map(|packet| packet.header.payload_type)
            .collect::<Vec<_>>()
    };
    assert_eq!(types(&ben), [[OUR_OPUS; 5], [OUR_RED; 5]].concat());
    assert_eq!(types(&firefox), [OUR_OPUS; 10]);
    let last = ben.packets(&scene).pop().unwrap();
    let red = Redundant::parse(&last.payload).unwrap();
    let earlier = red.earlier().next().unwrap();
    assert_eq!(earlier.offset, TICKS);
    assert_eq!(index(earlier.payload) + 1, index(red.primary()));
}

#[test]
fn where_every_fifth_packet_is_lost_both_ways_speech_stays_whole() {
    let mut scene = Scene::new();
    let (anna, ben, firefox) = (scene.join(), scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let mut ben = Listener::new(&mut scene, ben, &mic, Takes::Redundancy);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);
    mic.speak(&mut scene, 10);
    scene.set_conditions(Conditions {
        latency: 30 * MS,
        jitter: 5 * MS,
        loss_percent: 20.0,
        duplication_percent: 1.0,
    });

    for _ in 0..1_500 {
        mic.speak(&mut scene, 1);
        ben.ask_for_missing(&mut scene);
    }
    scene.run(SECOND);

    // A jitter buffer grows to about that on such a line.
    let whole = ben.heard(&scene, 350 * MS).len();
    assert!(whole >= 1_465, "{whole} of 1,510 sounds arrived");
    // One way is repaired for it, the other is not: it can neither ask nor read redundancy.
    let plain = firefox.heard(&scene, 250 * MS).len();
    assert!(
        (1_150..1_270).contains(&plain),
        "{plain} of 1,510 sounds arrived"
    );
    let sent = scene.engine.counters();
    assert!(
        sent.retransmitted * 4 <= sent.forwarded,
        "{} of {} sent again",
        sent.retransmitted,
        sent.forwarded
    );
}

#[test]
fn packets_that_overtake_one_another_and_come_twice_are_sent_on_once() {
    let mut scene = Scene::new();
    let (anna, firefox) = (scene.join(), scene.join());
    let mut mic = Microphone::new(&mut scene, anna, Sends::Redundant);
    let firefox = Listener::new(&mut scene, firefox, &mic, Takes::PlainSound);
    scene.set_conditions(Conditions {
        latency: 5 * MS,
        jitter: 70 * MS,
        loss_percent: 0.0,
        duplication_percent: 20.0,
    });

    mic.speak(&mut scene, 200);
    scene.run(SECOND);

    assert_eq!(firefox.heard(&scene, SECOND).len(), 200);
    assert_eq!(scene.engine.counters().forwarded, 200);
}

#[test]
fn a_client_that_asks_for_everything_costs_a_fifth_more_and_two_keyframes_a_second() {
    let mut scene = Scene::new();
    let (anna, eve) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(eve, &camera);
    scene.ask_layer(eve, &camera, Some(0));
    camera.film(&mut scene, 5, &[0], true);

    for _ in 0..10 * 30 {
        camera.film(&mut scene, 1, &[0], false);
        let mut all: Vec<_> = scene
            .media(eve)
            .iter()
            .rev()
            .take(60)
            .map(|packet| packet.header.sequence)
            .collect();
        all.sort_unstable();
        for _ in 0..33 {
            scene.nack(eve, &camera, &all);
            scene.request_keyframe(eve, &camera);
        }
    }

    let again = scene.retransmissions(eve).len();
    let new = scene.media(eve).len();
    // A fifth of all, and what was there to begin with.
    assert!(again * 5 <= new + again + 5 * 45, "{again} of {new}");
    assert!(again * 6 > new, "{again} of {new}");
    let keyframes = scene.keyframe_requests(anna).len();
    assert!((10..=22).contains(&keyframes), "{keyframes} in ten seconds");
}

/// Something that speaks: a packet every 20 ms with its count in it.
struct Microphone {
    publisher: PeerId,
    sends: Sends,
    count: u16,
    last: Vec<u8>,
    sent: BTreeMap<u16, Vec<u8>>,
    /// Requests that were answered.
    answered: usize,
    asked: BTreeSet<u16>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Sends {
    Redundant,
    Plain,
    /// And never again.
    PlainOnce,
}

impl Microphone {
    fn new(scene: &mut Scene, publisher: PeerId, sends: Sends) -> Self {
        let payload = Payload {
            payload_type: OPUS,
            rtx: None,
            red: Some(RED),
            nack: sends != Sends::PlainOnce,
            codec: Codec::Opus,
            clock_rate: 48_000,
        };
        scene.command(Command::Publish {
            peer: publisher,
            publication: ID,
            receive: ReceiveSpec {
                kind: Kind::Audio,
                mid: "0".into(),
                payloads: vec![payload],
                extensions: ExtensionIds::default(),
                ssrcs: vec![SsrcPair {
                    media: SSRC,
                    rtx: None,
                }],
                layers: Vec::new(),
            },
        });
        Self {
            publisher,
            sends,
            count: 0,
            last: Vec::new(),
            sent: BTreeMap::new(),
            answered: 0,
            asked: BTreeSet::new(),
        }
    }

    fn speak(&mut self, scene: &mut Scene, packets: usize) {
        for _ in 0..packets {
            let sealed = self.next(scene);
            scene.send(self.publisher, sealed);
            self.wait(scene);
        }
    }

    fn lose(&mut self, scene: &mut Scene, packets: usize) {
        for _ in 0..packets {
            self.next(scene);
            self.wait(scene);
        }
    }

    /// Until the next packet; what is asked for meanwhile is sent again.
    fn wait(&mut self, scene: &mut Scene) {
        scene.run(20 * MS);
        if self.sends == Sends::PlainOnce {
            return;
        }
        let nacks = scene.nacks(self.publisher);
        for (_, missing) in &nacks[self.answered..] {
            self.asked.insert(*missing);
            if let Some(sealed) = self.sent.get(missing) {
                scene.send(self.publisher, sealed.clone());
            }
        }
        self.answered = nacks.len();
    }

    fn next(&mut self, scene: &mut Scene) -> Vec<u8> {
        self.count += 1;
        let sound = [&self.count.to_be_bytes()[..], &[0xAB; 60]].concat();
        let header = Header {
            marker: false,
            payload_type: if self.sends == Sends::Redundant {
                RED
            } else {
                OPUS
            },
            sequence: self.count,
            timestamp: u32::from(self.count) * TICKS,
            ssrc: SSRC,
        };
        let mut packet = Vec::new();
        header.write(&[], &mut packet);
        match self.sends {
            Sends::Redundant => {
                let before = (!self.last.is_empty()).then_some((TICKS, &self.last[..]));
                red::write(OPUS, before, &sound, &mut packet);
            }
            Sends::Plain | Sends::PlainOnce => packet.extend_from_slice(&sound),
        }
        self.last = sound;
        let sealed = scene.seal_rtp(self.publisher, &packet).unwrap();
        self.sent.insert(self.count, sealed.clone());
        sealed
    }
}

/// Somebody who listens.
struct Listener {
    peer: PeerId,
    spoken_from: Instant,
    asked_at: BTreeMap<u16, Instant>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Takes {
    Redundancy,
    /// As Firefox: no redundancy, no requests.
    PlainSound,
}

impl Listener {
    fn new(scene: &mut Scene, peer: PeerId, mic: &Microphone, takes: Takes) -> Self {
        let can = takes == Takes::Redundancy;
        scene.command(Command::SetPolicy {
            peer,
            publication: ID,
            allowed: true,
        });
        scene.command(Command::Subscribe {
            peer,
            publication: ID,
            send: SendSpec {
                mid: "0".into(),
                ssrc: OUR_SSRC,
                rtx_ssrc: None,
                payloads: vec![Payload {
                    payload_type: OUR_OPUS,
                    rtx: None,
                    red: can.then_some(OUR_RED),
                    nack: can,
                    codec: Codec::Opus,
                    clock_rate: 48_000,
                }],
                extensions: ExtensionIds::default(),
            },
        });
        assert_eq!(mic.count, 0, "listeners come first");
        Self {
            peer,
            spoken_from: scene.now,
            asked_at: BTreeMap::new(),
        }
    }

    fn packets(&self, scene: &Scene) -> Vec<Seen> {
        let packets = scene.packets(self.peer).iter();
        packets
            .filter(|packet| packet.header.ssrc == OUR_SSRC)
            .cloned()
            .collect()
    }

    /// Which sounds came, in whatever packet, no later than `patience` after they were spoken.
    fn heard(&self, scene: &Scene, patience: Duration) -> BTreeSet<u16> {
        let mut heard = BTreeSet::new();
        for packet in self.packets(scene) {
            let mut take = |sound: &[u8]| {
                let index = index(sound);
                let spoken = self.spoken_from + 20 * MS * u32::from(index - 1);
                if packet.at <= spoken + patience {
                    heard.insert(index);
                }
            };
            if packet.header.payload_type == OUR_RED {
                let red = Redundant::parse(&packet.payload).unwrap();
                red.earlier().for_each(|earlier| take(earlier.payload));
                take(red.primary());
            } else {
                take(&packet.payload);
            }
        }
        heard
    }

    fn ask(&self, scene: &mut Scene, missing: &[u64]) {
        let mut compound = Vec::new();
        write::nack(OUR_SSRC, missing, &mut compound);
        scene.send_rtcp(self.peer, &compound);
    }

    /// As Chromium does: what it misses of the last 300 ms, again after a round trip.
    fn ask_for_missing(&mut self, scene: &mut Scene) {
        let packets = self.packets(scene);
        let recent = &packets[packets.len().saturating_sub(40)..];
        let numbers: BTreeSet<u16> = recent.iter().map(|one| one.header.sequence).collect();
        let Some(&highest) = numbers.last() else {
            return;
        };
        let now = scene.now;
        let missing: Vec<u64> = (highest.saturating_sub(15)..highest)
            .filter(|number| !numbers.contains(number))
            .filter(|number| {
                let asked = self.asked_at.get(number);
                asked.is_none_or(|at| now.saturating_duration_since(*at) >= 80 * MS)
            })
            .map(u64::from)
            .collect();
        if !missing.is_empty() {
            self.ask(scene, &missing);
        }
        for number in missing {
            self.asked_at.insert(number as u16, now);
        }
    }

    fn report(&self, scene: &mut Scene, fraction_lost: u8) {
        let block = ReportBlock {
            ssrc: OUR_SSRC,
            fraction_lost,
            ..ReportBlock::default()
        };
        let mut compound = Vec::new();
        write::receiver_report(&[block], &mut compound);
        scene.send_rtcp(self.peer, &compound);
    }
}

/// The count in a sound.
fn index(sound: &[u8]) -> u16 {
    u16::from_be_bytes([sound[0], sound[1]])
}

const ID: PublicationId = PublicationId(1);
const SSRC: u32 = 77;
const OPUS: u8 = 109;
const RED: u8 = 62;
const OUR_SSRC: u32 = 88;
const OUR_OPUS: u8 = 111;
const OUR_RED: u8 = 63;
/// 20 ms at 48 kHz.
const TICKS: u32 = 960;
