//! Whole conversations over a network in virtual time: real ICE, DTLS and SRTP on both sides.

mod bandwidth;
mod limits;
mod scene;
mod sound;

use std::time::Duration;

use scene::{Camera, Scene};

use crate::{
    command::{CloseReason, Command, Depth, Event, PublicationId, RoomId},
    counters::DropReason,
    rtcp::parse::Rtcp,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_subscriber_sees_one_stream_across_a_layer_switch() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    scene.ask_layer(ben, &camera, Some(0));
    camera.film(&mut scene, 5, &[0, 1, 2], true);
    let before = scene.media(ben).len();

    scene.ask_layer(ben, &camera, Some(2));
    scene.run(20 * MS);
    assert_eq!(scene.keyframe_requests(anna), [camera.ssrc(2)]);
    camera.film(&mut scene, 5, &[0, 1, 2], false);
    let waiting = scene.media(ben).len();
    camera.film(&mut scene, 5, &[0, 1, 2], true);

    let media = scene.media(ben);
    // The small picture of the moment of the switch was on its way already.
    assert_eq!((before, waiting, media.len()), (5, 10, 16));
    for pair in media.windows(2) {
        assert_eq!(
            pair[1].header.sequence,
            pair[0].header.sequence.wrapping_add(1)
        );
        let step = pair[1]
            .header
            .timestamp
            .wrapping_sub(pair[0].header.timestamp);
        assert!((1..90_000).contains(&step), "time stepped by {step}");
        assert_eq!(pair[1].picture(), (pair[0].picture() + 1) & 0x7FFF);
        assert_eq!(pair[1].header.ssrc, pair[0].header.ssrc);
    }
    assert!(
        media
            .iter()
            .all(|packet| packet.mid.as_deref() == Some("s1"))
    );
    let layers: Vec<_> = media.iter().map(scene::Seen::layer).collect();
    assert_eq!(layers, [[0; 11].as_slice(), &[2; 5]].concat());
}

#[test]
fn nobody_gets_what_nobody_allowed() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe_without_policy(ben, &camera);

    camera.film(&mut scene, 5, &[0, 1, 2], true);

    assert!(scene.media(ben).is_empty());
    assert!(scene.keyframe_requests(anna).is_empty());
}

#[test]
fn a_right_taken_back_ends_forwarding_and_repair_at_once() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 5, &[0], true);
    let last = scene.media(ben).last().unwrap().header.sequence;
    let received = scene.packets(ben).len();

    scene.allow(ben, &camera, false);
    camera.film(&mut scene, 5, &[0], true);
    scene.nack(ben, &camera, &[last]);
    scene.run(50 * MS);

    assert_eq!(scene.packets(ben).len(), received);
    scene.allow(ben, &camera, true);
    camera.film(&mut scene, 5, &[0], true);
    assert_eq!(scene.packets(ben).len(), received + 5);
}

#[test]
fn a_lost_packet_is_sent_again_three_times_at_most() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 5, &[0], true);
    let lost = scene.media(ben)[2].clone();

    for _ in 0..5 {
        scene.nack(ben, &camera, &[lost.header.sequence]);
        scene.run(30 * MS);
    }

    let again = scene.retransmissions(ben);
    assert_eq!(again.len(), 3);
    for (at, packet) in again.iter().enumerate() {
        assert_eq!(packet.payload[..2], lost.header.sequence.to_be_bytes());
        assert_eq!(packet.payload[2..], lost.payload);
        assert_eq!(packet.header.timestamp, lost.header.timestamp);
        assert_eq!(packet.header.sequence, again[0].header.sequence + at as u16);
    }
}

#[test]
fn a_packet_lost_before_a_switch_is_still_repaired_after_it() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    scene.ask_layer(ben, &camera, Some(0));
    camera.film(&mut scene, 5, &[0, 1, 2], true);
    let lost = scene.media(ben)[4].clone();
    scene.ask_layer(ben, &camera, Some(1));
    camera.film(&mut scene, 3, &[0, 1, 2], true);

    scene.nack(ben, &camera, &[lost.header.sequence]);
    scene.run(30 * MS);

    assert_eq!(scene.retransmissions(ben)[0].payload[2..], lost.payload);
}

#[test]
fn what_a_publisher_lost_is_asked_for_and_arrives_by_retransmission() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 5, &[0], true);

    let lost = camera.lose(0);
    camera.film(&mut scene, 3, &[0], false);
    scene.run(30 * MS);
    let nacks = scene.nacks(anna);
    assert!(!nacks.is_empty());
    assert!(
        nacks
            .iter()
            .all(|nack| *nack == (camera.ssrc(0), lost.sequence))
    );
    camera.retransmit(&mut scene, 0, &lost);
    scene.run(30 * MS);

    let sequences = scene.sorted_sequences(ben);
    assert_eq!(sequences.len(), 9);
    assert!(
        sequences.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{sequences:?}"
    );
    assert_eq!(scene.engine.counters().recovered, 1);
}

#[test]
fn a_layer_nobody_watches_is_not_repaired() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    scene.ask_layer(ben, &camera, Some(0));
    camera.film(&mut scene, 5, &[0, 2], true);

    camera.lose(2);
    camera.film(&mut scene, 5, &[0, 2], false);
    scene.run(200 * MS);

    assert!(scene.nacks(anna).is_empty());
}

#[test]
fn however_many_ask_the_publisher_hears_two_keyframe_requests_a_second() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    let crowd: Vec<_> = (0..5).map(|_| scene.join()).collect();
    for &ben in &crowd {
        scene.subscribe(ben, &camera);
        scene.ask_layer(ben, &camera, Some(0));
    }
    camera.film(&mut scene, 2, &[0], true);
    scene.run(SECOND);
    scene.forget(anna);

    for _ in 0..30 {
        for &ben in &crowd {
            scene.request_keyframe(ben, &camera);
        }
        scene.run(100 * MS);
    }

    let requests = scene.keyframe_requests(anna);
    assert!(
        (6..=7).contains(&requests.len()),
        "{} in three seconds",
        requests.len()
    );
}

#[test]
fn nobody_is_asked_for_a_keyframe_of_sound() {
    let mut scene = Scene::new();
    let [anna, ben] = [scene.join(), scene.join()];
    let mut microphone = Camera::microphone(anna, 1);
    scene.publish(&microphone);
    scene.subscribe(ben, &microphone);
    microphone.film(&mut scene, 5, &[0], false);

    scene.request_keyframe(ben, &microphone);
    microphone.film(&mut scene, 5, &[0], false);

    assert!(scene.keyframe_requests(anna).is_empty());
}

#[test]
fn a_full_intra_request_is_a_keyframe_request() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 2, &[0], true);
    scene.run(SECOND);
    scene.forget(anna);

    scene.full_intra(ben, &camera);
    scene.run(30 * MS);

    assert_eq!(scene.keyframe_requests(anna), [camera.ssrc(0)]);
}

#[test]
fn a_layer_that_never_comes_is_replaced_by_the_best_that_does() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    scene.ask_layer(ben, &camera, Some(2));

    camera.film(&mut scene, 5, &[0, 1], true);

    let layers: Vec<_> = scene.media(ben).iter().map(scene::Seen::layer).collect();
    assert_eq!(layers.last(), Some(&1));
}

#[test]
fn a_layer_that_stops_is_left_for_a_living_one() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 3, &[0, 1, 2], true);
    camera.film(&mut scene, 3, &[0, 1, 2], true);
    assert_eq!(scene.media(ben).last().unwrap().layer(), 2);
    scene.forget(anna);

    for _ in 0..30 {
        camera.film(&mut scene, 3, &[0, 1], false);
    }
    assert_eq!(scene.keyframe_requests(anna).first(), Some(&camera.ssrc(1)));
    camera.film(&mut scene, 1, &[0, 1], true);

    assert_eq!(scene.media(ben).last().unwrap().layer(), 1);
}

#[test]
fn fewer_pictures_are_sent_without_a_gap_and_all_of_them_again() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    camera.rates = &[0, 2, 1, 2];
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 4, &[0], true);
    let slow = Depth {
        temporal: 0,
        ..Depth::ALL
    };

    scene.ask_depth(ben, &camera, slow);
    camera.film(&mut scene, 16, &[0], false);

    let media = scene.media(ben);
    let rates: Vec<_> = media.iter().map(scene::Seen::rate).collect();
    assert_eq!(rates, [0, 2, 1, 2, 0, 0, 0, 0]);
    for pair in media.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert_eq!(
            after.header.sequence,
            before.header.sequence.wrapping_add(1)
        );
        assert_eq!(after.picture(), (before.picture() + 1) & 0x7FFF);
    }
    let lost = media[6].clone();
    scene.nack(ben, &camera, &[lost.header.sequence]);
    scene.run(30 * MS);
    assert_eq!(scene.retransmissions(ben)[0].payload[2..], lost.payload);
    scene.forget(anna);

    scene.ask_depth(ben, &camera, Depth::ALL);
    camera.film(&mut scene, 8, &[0], false);

    let rates: Vec<_> = scene.media(ben)[8..]
        .iter()
        .map(scene::Seen::rate)
        .collect();
    assert_eq!(rates, [0, 2, 1, 2, 0, 2, 1, 2]);
    assert!(scene.keyframe_requests(anna).is_empty());
}

#[test]
fn what_was_lost_on_the_way_up_fills_its_number_whatever_layer_it_was() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    camera.rates = &[0, 2, 1, 2];
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 4, &[0], true);
    let slow = Depth {
        temporal: 0,
        ..Depth::ALL
    };
    scene.ask_depth(ben, &camera, slow);
    camera.film(&mut scene, 1, &[0], false);

    let lost = camera.lose(0);
    camera.film(&mut scene, 3, &[0], false);
    camera.retransmit(&mut scene, 0, &lost);
    scene.run(30 * MS);

    let sequences = scene.sorted_sequences(ben);
    assert!(
        sequences.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{sequences:?}"
    );
    let empty = scene.media(ben);
    let empty = empty.iter().filter(|packet| packet.payload.is_empty());
    assert_eq!(empty.count(), 1);
}

#[test]
fn who_speaks_is_told_and_that_it_ended() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut microphone = Camera::microphone(anna, 2);
    scene.publish(&microphone);
    scene.events.clear();

    microphone.level = Some(10);
    microphone.film(&mut scene, 30, &[0], false);
    microphone.level = Some(100);
    microphone.film(&mut scene, 60, &[0], false);

    let told: Vec<_> = scene
        .events
        .iter()
        .filter_map(|event| match event {
            Event::SpeakersChanged { speakers, .. } => Some(speakers),
            _ => None,
        })
        .collect();
    assert_eq!(told.first().unwrap()[0].publication, microphone.id);
    assert!(told.last().unwrap().is_empty());
}

#[test]
fn a_muted_microphone_does_not_speak() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut microphone = Camera::microphone(anna, 2);
    scene.publish(&microphone);
    scene.mute(&microphone, true);

    microphone.level = Some(10);
    microphone.film(&mut scene, 30, &[0], false);

    let is_told = |event: &Event| matches!(event, Event::SpeakersChanged { .. });
    assert!(!scene.events.iter().any(is_told));
}

#[test]
fn what_was_lost_is_told_of_each_publication() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    camera.film(&mut scene, 10, &[0], true);
    let lost = camera.lose(0);
    camera.film(&mut scene, 10, &[0], false);
    camera.retransmit(&mut scene, 0, &lost);

    scene.run(6 * SECOND);

    let measured = scene.events.iter().find_map(|event| match event {
        Event::Statistics { peer, received, .. } if *peer == anna => received.first(),
        _ => None,
    });
    let measured = measured.unwrap();
    assert_eq!(measured.publication, camera.id);
    assert_eq!(
        (measured.expected, measured.lost, measured.recovered),
        (21, 1, 1)
    );
}

#[test]
fn a_muted_publication_is_not_forwarded_and_comes_back_with_a_keyframe() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 5, &[0], true);

    scene.mute(&camera, true);
    camera.film(&mut scene, 5, &[0], false);
    scene.run(SECOND);
    assert_eq!(scene.media(ben).len(), 5);
    scene.forget(anna);
    scene.mute(&camera, false);
    scene.run(30 * MS);
    assert_eq!(scene.keyframe_requests(anna), [camera.ssrc(0)]);
    camera.film(&mut scene, 5, &[0], true);

    let media = scene.media(ben);
    assert_eq!(media.len(), 10);
    assert!(
        media
            .windows(2)
            .all(|pair| { pair[1].header.sequence == pair[0].header.sequence.wrapping_add(1) })
    );
}

#[test]
fn a_panic_over_one_peer_leaves_all_others_as_they_were() {
    let mut scene = Scene::new();
    let (anna, ben, carol) = (scene.join(), scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    scene.subscribe(carol, &camera);
    camera.film(&mut scene, 5, &[0], true);

    scene.engine.fail_next_packet(ben);
    scene.request_keyframe(ben, &camera);
    scene.run(50 * MS);

    assert_eq!(scene.abandoned, [ben]);
    assert!(scene.events.iter().any(|event| matches!(
        event,
        Event::PeerClosed { peer, reason: CloseReason::Panic } if *peer == ben
    )));
    camera.film(&mut scene, 5, &[0], false);
    assert_eq!(scene.media(carol).len(), 10);
    assert_eq!(scene.media(ben).len(), 5);
    assert_eq!(scene.engine.peer_count(), 2);
}

#[test]
fn a_publisher_that_panics_takes_only_its_own_publications_along() {
    let mut scene = Scene::new();
    let (anna, ben, carol) = (scene.join(), scene.join(), scene.join());
    let (mut first, mut second) = (Camera::new(anna, 1), Camera::new(carol, 2));
    for camera in [&first, &second] {
        scene.publish(camera);
        scene.subscribe(ben, camera);
    }

    scene.engine.fail_next_packet(anna);
    first.film(&mut scene, 3, &[0], true);
    second.film(&mut scene, 3, &[0], true);

    assert_eq!(scene.abandoned, [anna]);
    assert_eq!(scene.media(ben).len(), 3);
    scene.subscribe(ben, &first);
    assert_eq!(
        scene.engine.counters().dropped(DropReason::IgnoredCommand),
        1
    );
}

#[test]
fn sound_and_picture_of_one_participant_share_a_time_base() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    let mut microphone = Camera::microphone(anna, 2);
    for publication in [&camera, &microphone] {
        scene.publish(publication);
        scene.subscribe(ben, publication);
    }
    scene.ask_layer(ben, &camera, Some(0));
    camera.film(&mut scene, 5, &[0, 1], true);
    // After a switch timestamps are not the publisher's own.
    scene.ask_layer(ben, &camera, Some(1));
    camera.film(&mut scene, 5, &[0, 1], true);
    microphone.film(&mut scene, 5, &[0], false);
    let video_offset = scene.timestamp_offset(ben, &camera, 1);
    assert_ne!(video_offset, 0);
    let audio_offset = scene.timestamp_offset(ben, &microphone, 0);

    // The publisher's clock says 1000 s at these timestamps.
    let ntp = 1_000u64 << 32;
    scene.sender_report(anna, camera.ssrc(1), ntp, 700_000);
    scene.sender_report(anna, microphone.ssrc(0), ntp, 48_000);
    scene.run(2 * SECOND);

    let at_1000 = |reports: &[(u64, u32)], rate: u64| {
        let (at, rtp) = *reports.last().unwrap();
        let passed = ((at - ntp) * rate) >> 32;
        rtp.wrapping_sub(passed as u32)
    };
    let video = at_1000(&scene.sender_reports(ben, &camera), 90_000);
    let audio = at_1000(&scene.sender_reports(ben, &microphone), 48_000);
    let apart = |a: u32, b: u32| a.wrapping_sub(b).cast_signed().unsigned_abs();
    assert!(
        apart(video, 700_000u32.wrapping_add(video_offset)) <= 1,
        "{video}"
    );
    assert!(
        apart(audio, 48_000u32.wrapping_add(audio_offset)) <= 1,
        "{audio}"
    );
}

#[test]
fn publishers_hear_how_and_when_their_packets_arrive() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    camera.film(&mut scene, 20, &[0, 1, 2], true);
    camera.lose(1);
    camera.film(&mut scene, 19, &[0, 1, 2], false);

    scene.run(2 * SECOND);

    let blocks = scene.report_blocks(anna);
    let of = |layer| {
        blocks
            .iter()
            .filter(|block| block.ssrc == camera.ssrc(layer))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(0).last().unwrap().cumulative_lost, 0);
    assert_eq!(of(1).last().unwrap().cumulative_lost, 1);
    assert!(
        scene.transport_feedback(anna) >= 20,
        "one every 50 ms while packets came"
    );
}

#[test]
fn everything_that_is_sent_to_a_subscriber_is_numbered_in_one_row() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    let mut microphone = Camera::microphone(anna, 2);
    (camera.is_numbered, microphone.is_numbered) = (true, true);
    for publication in [&camera, &microphone] {
        scene.publish(publication);
        scene.subscribe(ben, publication);
    }
    camera.film(&mut scene, 3, &[0], true);
    microphone.film(&mut scene, 3, &[0], false);
    let lost = scene.media(ben)[1].header.sequence;
    scene.nack(ben, &camera, &[lost]);
    scene.run(30 * MS);

    let numbers: Vec<_> = scene.packets(ben).iter().map(|one| one.number).collect();

    assert_eq!(scene.retransmissions(ben).len(), 1);
    assert_eq!(numbers, (0..7).map(Some).collect::<Vec<_>>());
}

#[test]
fn messages_go_both_ways_on_data_channels() {
    let mut scene = Scene::new();
    let anna = scene.join();
    scene.run(SECOND);

    scene.say(anna, "_reliable", b"from the client");
    scene.command(Command::SendMessage {
        peer: anna,
        label: "_reliable".into(),
        payload: b"from the server".as_slice().into(),
    });
    scene.run(SECOND);

    assert!(scene.events.iter().any(|event| matches!(
        event,
        Event::Message { peer, label, payload }
            if *peer == anna && label == "_reliable" && &payload[..] == b"from the client"
    )));
    assert_eq!(scene.heard(anna), [b"from the server".to_vec()]);
}

#[test]
fn a_peer_that_falls_silent_is_cleaned_up() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);

    scene.cut(anna);
    scene.run(40 * SECOND);

    assert!(scene.events.iter().any(|event| matches!(
        event,
        Event::PeerClosed { peer, reason: CloseReason::ConsentLost } if *peer == anna
    )));
    assert_eq!(scene.engine.peer_count(), 1);
    assert_eq!(scene.engine.publications.len(), 0);
}

#[test]
fn a_peer_that_is_removed_hears_a_goodbye() {
    let mut scene = Scene::new();
    let anna = scene.join();

    scene.command(Command::RemovePeer { peer: anna });
    scene.run(SECOND);

    assert!(scene.is_closed(anna));
    assert_eq!(scene.engine.peer_count(), 0);
}

#[test]
fn nothing_crosses_from_one_room_to_another() {
    let mut scene = Scene::new();
    let anna = scene.join();
    scene.room = RoomId(2);
    let eve = scene.join();
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);

    scene.subscribe(eve, &camera);
    camera.film(&mut scene, 5, &[0], true);

    assert!(scene.packets(eve).is_empty());
    assert_eq!(
        scene.engine.counters().dropped(DropReason::IgnoredCommand),
        1
    );
}

#[test]
fn media_goes_on_across_an_ice_restart_and_a_renegotiation() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 5, &[0], true);

    // From now on the browser sends bare SSRCs.
    camera.is_named = false;
    scene.restart_ice(anna);
    scene.publish(&camera);
    scene.publish(&Camera::microphone(anna, 2));
    camera.film(&mut scene, 5, &[0], false);

    assert_eq!(scene.media(ben).len(), 10);
}

#[test]
fn a_bare_ssrc_that_nobody_named_is_dropped() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.is_named = false;

    camera.film(&mut scene, 5, &[0], true);

    assert!(scene.media(ben).is_empty());
    assert_eq!(
        scene.engine.counters().dropped(DropReason::UnknownSource),
        5
    );
}

#[test]
fn the_first_packet_says_what_a_publisher_chose_to_send() {
    let mut scene = Scene::new();
    let anna = scene.join();
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);

    camera.film(&mut scene, 2, &[0, 1], true);

    let started = scene.events.iter().filter(|event| {
        matches!(event, Event::PublicationStarted { publication, .. } if *publication == PublicationId(1))
    });
    assert_eq!(started.count(), 1);
}

#[test]
fn packets_of_one_burst_leave_in_one_run() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(ben, &camera);
    camera.film(&mut scene, 1, &[0], true);
    scene.longest_run = 0;

    camera.burst(&mut scene, 0, 6);

    assert_eq!(scene.longest_run, 6);
}

#[test]
fn datagrams_of_nobody_are_counted_and_not_answered() {
    let mut scene = Scene::new();
    let now = scene.now;

    scene
        .engine
        .handle_datagram(now, scene::address(99), &mut [0x80; 40]);
    scene
        .engine
        .handle_datagram(now, scene::address(99), &mut [0; 20]);

    assert!(scene.engine.poll_transmit().is_none());
    assert_eq!(
        scene.engine.counters().dropped(DropReason::UnknownAddress),
        1
    );
    assert_eq!(scene.engine.counters().dropped(DropReason::UnknownUfrag), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(30))]

    #[test]
    fn no_bytes_from_anywhere_make_the_engine_panic(
        datagrams in proptest::collection::vec(
            (proptest::bool::ANY, proptest::collection::vec(proptest::num::u8::ANY, 0..300)),
            1..200,
        ),
        authentic in proptest::collection::vec(
            (proptest::bool::ANY, proptest::collection::vec(proptest::num::u8::ANY, 12..200)),
            1..60,
        ),
    ) {
        let mut scene = Scene::new();
        let (anna, ben) = (scene.join(), scene.join());
        let mut camera = Camera::new(anna, 1);
        scene.publish(&camera);
        scene.subscribe(ben, &camera);
        camera.film(&mut scene, 3, &[0, 1, 2], true);

        for (is_known, mut bytes) in datagrams {
            let from = scene::address(if is_known { anna.0 } else { 99 });
            let now = scene.now;
            scene.engine.handle_datagram(now, from, &mut bytes);
        }
        // The same, but sealed with the right keys, so that it gets all the way in.
        for (is_rtcp, mut bytes) in authentic {
            bytes[0] = bytes[0] & 0x3F | 0x80;
            if is_rtcp {
                bytes[1] = 200 + bytes[1] % 8;
                bytes[2] = 0;
                bytes[3] = (bytes.len() / 4 - 1) as u8;
                bytes.truncate(bytes.len() / 4 * 4);
                scene.send_rtcp(ben, &bytes);
            } else {
                bytes[1] = bytes[1] & 0x80 | (96 + bytes[1] % 2);
                bytes[8..12].copy_from_slice(&camera.ssrc(0).to_be_bytes());
                scene.send_rtp(anna, &bytes);
            }
        }
        scene.run(SECOND);
        proptest::prop_assert!(scene.abandoned.is_empty());
        proptest::prop_assert_eq!(scene.engine.peer_count(), 2);
    }
}

/// Reads what a client was asked.
fn requests(compounds: &[Vec<u8>]) -> impl Iterator<Item = Rtcp<'_>> {
    compounds
        .iter()
        .flat_map(|compound| crate::rtcp::parse::packets(compound))
}
