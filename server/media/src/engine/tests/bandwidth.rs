//! Conversations over thin links in virtual time: the whole engine, and a subscriber that tells
//! when packets arrive as browsers do.

use std::time::Duration;

use super::{
    MS, SECOND,
    scene::{Camera, Scene, Seen},
};
use crate::{
    bandwidth::link::Link,
    command::{Event, PeerId, StreamState},
};

#[test]
fn on_300_kbits_sound_is_whole_and_the_picture_moves() {
    let mut call = Call::new(300e3);
    call.run(10 * SECOND);

    let seen = call.watch(30 * SECOND);

    assert_eq!(seen.sound_lost, 0);
    assert!(seen.sound_delay <= 400 * MS, "{seen:?}");
    assert!(seen.pictures_per_second >= 10.0, "{seen:?}");
    assert_eq!(seen.layer, Some(0));
}

#[test]
fn on_100_kbits_the_picture_is_paused_and_sound_is_whole() {
    let mut call = Call::new(100e3);
    call.run(10 * SECOND);

    let seen = call.watch(30 * SECOND);

    assert_eq!(call.states().last(), Some(&StreamState::Paused));
    assert_eq!(seen.sound_lost, 0);
    assert!(seen.sound_delay <= 400 * MS, "{seen:?}");
}

#[test]
fn a_link_that_falls_is_not_flooded_and_one_that_recovers_is_used_again() {
    let mut call = Call::new(2e6);
    call.run(20 * SECOND);
    assert_eq!(call.watch(5 * SECOND).layer, Some(2));

    call.link().rate = 300e3;
    call.run(3 * SECOND);
    for _ in 0..100 {
        assert!(call.queue() < 500 * MS, "{:?}", call.queue());
        call.run(100 * MS);
    }
    call.link().rate = 2e6;
    call.run(18 * SECOND);

    let seen = call.watch(2 * SECOND);
    assert!(seen.rate >= 0.8 * 2e6, "{seen:?}");
}

#[test]
fn with_room_enough_the_largest_picture_comes_within_three_seconds() {
    let mut call = Call::new(20e6);
    call.run(3 * SECOND);

    assert_eq!(call.watch(SECOND).layer, Some(2));
}

#[test]
fn loss_that_is_just_there_does_not_take_the_picture_away() {
    for loss in [5.0, 10.0, 20.0, 30.0] {
        let mut call = Call::new(5e6);
        call.link().loss_percent = loss;
        call.run(15 * SECOND);

        let seen = call.watch(15 * SECOND);

        assert_eq!(seen.layer, Some(2), "{loss} %: {seen:?}");
        assert!(call.states().is_empty(), "paused at {loss} %");
    }
}

#[test]
fn a_picture_that_was_paused_comes_back_with_the_link() {
    let mut call = Call::new(100e3);
    call.run(10 * SECOND);
    assert_eq!(call.states().last(), Some(&StreamState::Paused));

    call.link().rate = 1e6;
    call.run(12 * SECOND);

    assert_eq!(call.states().last(), Some(&StreamState::Active));
    assert!(call.watch(2 * SECOND).pictures_per_second >= 15.0);
}

#[test]
fn a_subscriber_that_never_tells_is_sent_everything() {
    let mut call = Call::new(20e6);
    call.tells = false;
    call.run(6 * SECOND);

    assert_eq!(call.watch(SECOND).layer, Some(2));
}

/// Anna with camera and microphone, Ben behind a link.
struct Call {
    scene: Scene,
    anna: PeerId,
    ben: PeerId,
    camera: Camera,
    microphone: Camera,
    tells: bool,
    /// Milliseconds since the beginning.
    clock: u32,
    asked: usize,
    needs_keyframe: [bool; 3],
}

/// What Ben got in some time.
#[derive(Debug)]
struct Report {
    sound_lost: u16,
    /// Of all but the slowest twentieth.
    sound_delay: Duration,
    pictures_per_second: f64,
    /// The layer of the last picture.
    layer: Option<u8>,
    /// Bits a second on the wire.
    rate: f64,
}

impl Call {
    fn new(rate: f64) -> Self {
        let mut scene = Scene::new();
        let (anna, ben) = (scene.join(), scene.join());
        let mut camera = Camera::new(anna, 1);
        let mut microphone = Camera::microphone(anna, 2);
        for publication in [&mut microphone, &mut camera] {
            publication.is_numbered = true;
            scene.publish(publication);
            scene.subscribe(ben, publication);
        }
        *scene.link(ben) = Some(Link::new(rate, 1));
        Self {
            scene,
            anna,
            ben,
            camera,
            microphone,
            tells: true,
            clock: 0,
            asked: 0,
            needs_keyframe: [true; 3],
        }
    }

    fn link(&mut self) -> &mut Link {
        self.scene.link(self.ben).as_mut().unwrap()
    }

    fn queue(&mut self) -> Duration {
        let now = self.scene.now - self.scene.start;
        self.link().waiting(now)
    }

    /// Whether the picture was paused and went on, in order.
    fn states(&self) -> Vec<StreamState> {
        let events = self.scene.events.iter();
        events
            .filter_map(|event| match event {
                Event::StreamState { state, .. } => Some(*state),
                _ => None,
            })
            .collect()
    }

    fn run(&mut self, duration: Duration) {
        for _ in 0..duration.as_millis() / 10 {
            self.step();
        }
    }

    /// Ten milliseconds.
    fn step(&mut self) {
        self.answer_requests();
        if self.clock.is_multiple_of(20) {
            // 48 kbit/s.
            self.microphone.expose(&mut self.scene, 0, false, 120);
        }
        // About what browsers make of a camera with 720 lines.
        for (layer, rate, interval) in [(0, 160, 50), (1, 450, 50), (2, 1_500, 30)] {
            if self.clock.is_multiple_of(interval) {
                let is_keyframe = std::mem::take(&mut self.needs_keyframe[usize::from(layer)]);
                let bytes = (rate * interval / 8) as usize;
                let bytes = if is_keyframe { bytes * 5 } else { bytes };
                self.camera
                    .expose(&mut self.scene, layer, is_keyframe, bytes);
            }
        }
        if self.tells && self.clock.is_multiple_of(50) {
            self.scene.tell_arrivals(self.ben);
        }
        self.clock += 10;
        self.scene.run(10 * MS);
    }

    /// The camera makes keyframes when it is asked.
    fn answer_requests(&mut self) {
        let requests = self.scene.keyframe_requests(self.anna);
        for ssrc in &requests[self.asked..] {
            for layer in 0..3 {
                if self.camera.ssrc(layer) == *ssrc {
                    self.needs_keyframe[usize::from(layer)] = true;
                }
            }
        }
        self.asked = requests.len();
    }

    /// Lets time pass and says what came in it.
    #[expect(clippy::cast_precision_loss, reason = "bits of a minute")]
    fn watch(&mut self, duration: Duration) -> Report {
        let from = self.scene.now;
        self.run(duration);
        // What was sent at the end is still on its way.
        let lately = |one: &Seen| one.at >= from;
        let sound: Vec<_> = self
            .scene
            .sound(self.ben)
            .into_iter()
            .filter(lately)
            .collect();
        let pictures: Vec<_> = self
            .scene
            .media(self.ben)
            .into_iter()
            .filter(lately)
            .collect();
        let numbers = sound.iter().map(|one| one.header.sequence);
        let (first, last) = (numbers.clone().min().unwrap(), numbers.max().unwrap());
        let mut delays: Vec<_> = sound.iter().map(|one| one.took(self.scene.start)).collect();
        delays.sort_unstable();
        let ended = pictures.iter().filter(|one| one.header.marker).count();
        let packets = self
            .scene
            .packets(self.ben)
            .iter()
            .filter(|one| lately(one));
        let bytes: usize = packets.map(|one| one.payload.len() + 28 + 32 + 16).sum();
        Report {
            sound_lost: last - first + 1 - sound.len() as u16,
            sound_delay: delays[delays.len() * 19 / 20],
            pictures_per_second: ended as f64 / duration.as_secs_f64(),
            layer: pictures.last().map(Seen::layer),
            rate: bytes as f64 * 8.0 / duration.as_secs_f64(),
        }
    }
}
