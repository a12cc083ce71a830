use super::*;

/// 1,000 bits, so that the arithmetic below can be done in the head.
const FRAME: [u8; 125] = [0; 125];

#[test]
fn a_perfect_link_hands_on_at_once() {
    let (mut link, now) = link(Conditions::default());

    link.handle_frame(now, &FRAME);

    assert_eq!(link.poll_frame(now).as_deref(), Some(&FRAME[..]));
}

#[test]
fn a_frame_arrives_when_its_delay_has_passed_and_not_before() {
    let (mut link, now) = link(Conditions {
        delay_ms: 40.0,
        ..Conditions::default()
    });

    link.handle_frame(now, &FRAME);

    assert_eq!(link.poll_timeout(), Some(now + milliseconds(40.0)));
    assert_eq!(link.poll_frame(now + milliseconds(39.0)), None);
    assert!(link.poll_frame(now + milliseconds(40.0)).is_some());
}

#[test]
fn a_thin_line_sends_one_frame_after_the_other() {
    let (mut link, now) = link(thin(100.0, 1_000.0));

    for _ in 0..3 {
        link.handle_frame(now, &FRAME);
    }

    let arrivals = arrivals(&mut link);
    assert_eq!(
        arrivals,
        [10.0, 20.0, 30.0].map(|ms| now + milliseconds(ms))
    );
    assert_eq!(link.take_tally().longest_wait, milliseconds(20.0));
}

#[test]
fn what_finds_the_queue_full_is_dropped() {
    let (mut link, now) = link(thin(100.0, 25.0));

    for _ in 0..10 {
        link.handle_frame(now, &FRAME);
    }

    let tally = link.take_tally();
    assert_eq!(tally.dropped, 7);
    assert_eq!(arrivals(&mut link).len(), 3);
}

#[test]
fn what_waits_takes_longer_when_the_line_gets_thinner() {
    let (mut link, now) = link(thin(1_000.0, 1_000.0));
    for _ in 0..10 {
        link.handle_frame(now, &FRAME);
    }

    link.set(now, thin(100.0, 1_000.0));
    link.handle_frame(now, &FRAME);

    assert_eq!(link.take_tally().longest_wait, milliseconds(100.0));
}

#[test]
fn random_loss_loses_its_share() {
    let (mut link, now) = link(Conditions {
        loss: 0.2,
        ..Conditions::default()
    });

    for _ in 0..10_000 {
        link.handle_frame(now, &FRAME);
    }

    let lost = link.take_tally().lost;
    assert!((1_900..2_100).contains(&lost), "lost {lost} of 10,000");
}

#[test]
fn losses_in_bursts_come_together() {
    let (mut link, now) = link(bursts());

    let mut runs = 0;
    let mut lost = 0;
    let mut before = false;
    for _ in 0..50_000 {
        link.handle_frame(now, &FRAME);
        let is_lost = link.poll_frame(now).is_none();
        lost += i32::from(is_lost);
        runs += i32::from(is_lost && !before);
        before = is_lost;
    }

    let share = f64::from(lost) / 50_000.0;
    let mean = f64::from(lost) / f64::from(runs);
    assert!((0.09..0.11).contains(&share), "{share} lost");
    assert!((4.5..5.5).contains(&mean), "bursts of {mean} packets");
}

#[test]
fn the_same_seed_loses_the_same_frames() {
    let losses = |seed| {
        let (mut link, now) = link(bursts());
        link.seed(seed);
        (0..1_000)
            .map(|_| {
                link.handle_frame(now, &FRAME);
                link.poll_frame(now).is_none()
            })
            .collect::<Vec<_>>()
    };

    assert_eq!(losses(7), losses(7));
    assert_ne!(losses(7), losses(8));
}

#[test]
fn a_question_for_an_address_passes_a_dead_link() {
    let (mut link, now) = link(Conditions {
        loss: 1.0,
        ..Conditions::default()
    });
    let mut question = FRAME;
    question[12..14].copy_from_slice(&[0x08, 0x06]);

    link.handle_frame(now, &FRAME);
    link.handle_frame(now, &question);

    assert_eq!(arrivals(&mut link).len(), 1);
}

fn link(conditions: Conditions) -> (Direction, Instant) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a first instant; the tests count from it"
    )]
    let now = Instant::now();
    let mut link = Direction::new(now, 1);
    link.set(now, conditions);
    (link, now)
}

fn thin(rate_kbit: f64, queue_ms: f64) -> Conditions {
    Conditions {
        rate_kbit,
        queue_ms,
        ..Conditions::default()
    }
}

/// A tenth lost, five packets at a time.
fn bursts() -> Conditions {
    Conditions {
        loss_in_burst: 1.0,
        burst_begins: 0.2 / 9.0,
        burst_ends: 0.2,
        ..Conditions::default()
    }
}

/// When each frame on its way arrives.
fn arrivals(link: &mut Direction) -> Vec<Instant> {
    let mut times = Vec::new();
    while let Some(at) = link.poll_timeout() {
        link.poll_frame(at);
        times.push(at);
    }
    times
}
