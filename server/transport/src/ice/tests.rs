//! What a check proves, and what it does not.

use std::time::Duration;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rtc::{
    crypto::{RTCCryptoProvider as _, providers::AwsLcRsProvider},
    stun::{
        attributes::{ATTR_USE_CANDIDATE, RawAttribute},
        message::{Setter, TransactionId},
        textattrs::TextAttribute,
    },
};

use super::*;

#[test]
fn an_answer_echoes_the_transaction_and_the_address_and_is_authentic() {
    let crypto = AwsLcRsProvider::new();
    let mut ice = agent();
    let check = check(OURS, THEIRS, PASSWORD, Nominate::No);

    let outcome = ice
        .handle_check(crypto.crypto(), now(), address(1), &check)
        .unwrap();

    let mut answer = Message {
        raw: outcome.response,
        ..Default::default()
    };
    answer.decode().unwrap();
    assert_eq!(answer.typ, BINDING_SUCCESS);
    assert_eq!(answer.transaction_id.0, [7; 12]);
    FINGERPRINT.check(&answer).unwrap();
    MessageIntegrity::check(&mut answer, PASSWORD.as_bytes(), crypto.crypto()).unwrap();
    let mut mapped = XorMappedAddress::default();
    rtc::stun::message::Getter::get_from(&mut mapped, &answer).unwrap();
    assert_eq!(
        (mapped.ip, mapped.port),
        (address(1).remote.ip(), address(1).remote.port())
    );
}

#[test]
fn a_check_makes_its_address_valid_and_only_that() {
    let mut ice = agent();

    handle(&mut ice, now(), address(1), Nominate::No).unwrap();

    assert!(ice.is_valid(now(), address(1)));
    assert!(!ice.is_valid(now(), address(2)));
    assert_eq!(
        ice.destination(),
        Some(address(1)),
        "before nomination any valid address will do"
    );
}

#[test]
fn an_address_is_valid_for_thirty_seconds() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    assert!(ice.is_valid(now() + Duration::from_secs(29), address(1)));
    assert!(!ice.is_valid(now() + Duration::from_secs(30), address(1)));
}

#[test]
fn wrong_credentials_are_told_apart_only_in_our_log() {
    let mut ice = agent();
    let cases = [
        (
            check("nope", THEIRS, PASSWORD, Nominate::No),
            IceError::UnknownUser,
        ),
        (
            check(OURS, "nope", PASSWORD, Nominate::No),
            IceError::UnknownUser,
        ),
        (
            check(OURS, THEIRS, "not the password at all", Nominate::No),
            IceError::WrongPassword,
        ),
    ];

    for (check, error) in cases {
        let result = ice.handle_check(AwsLcRsProvider::new().crypto(), now(), address(1), &check);
        assert_eq!(result.err(), Some(error));
        assert!(!ice.is_valid(now(), address(1)));
    }
}

#[test]
fn a_nomination_behind_the_authentication_does_not_count() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    let outcome = handle(&mut ice, now(), address(2), Nominate::Unauthenticated).unwrap();

    assert_eq!(outcome.nominated, None);
    assert_eq!(ice.destination(), Some(address(1)));
}

#[test]
fn a_nomination_is_told_once() {
    let mut ice = agent();

    assert_eq!(
        handle(&mut ice, now(), address(1), Nominate::Yes)
            .unwrap()
            .nominated,
        Some(address(1))
    );
    assert_eq!(
        handle(&mut ice, now(), address(1), Nominate::Yes)
            .unwrap()
            .nominated,
        None
    );
    assert_eq!(
        handle(&mut ice, now(), address(2), Nominate::Yes)
            .unwrap()
            .nominated,
        Some(address(2))
    );
}

#[test]
fn tcp_does_not_take_over_from_udp_that_is_being_nominated() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    let stray = now() + Duration::from_secs(1);
    handle(&mut ice, stray, stream(2), Nominate::Yes).unwrap();

    assert_eq!(ice.destination(), Some(address(1)));
}

#[test]
fn tcp_takes_over_when_only_it_is_nominated_any_more() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    let later = now() + SETTLING;
    handle(&mut ice, later, address(1), Nominate::No).unwrap();
    let outcome = handle(&mut ice, later, stream(2), Nominate::Yes).unwrap();

    assert_eq!(outcome.nominated, Some(stream(2)));
}

#[test]
fn udp_takes_over_from_tcp_at_once() {
    let mut ice = agent();
    handle(&mut ice, now(), stream(1), Nominate::Yes).unwrap();

    let outcome = handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    assert_eq!(outcome.nominated, Some(address(1)));
}

#[test]
fn a_path_that_went_silent_gives_way_to_any_that_is_checked() {
    let mut ice = agent();
    handle(&mut ice, now(), stream(1), Nominate::Yes).unwrap();
    let early = handle(&mut ice, now(), address(1), Nominate::No).unwrap();

    let late = handle(&mut ice, now() + SILENCE, address(1), Nominate::No).unwrap();

    assert_eq!(early.nominated, None);
    assert_eq!(late.nominated, Some(address(1)));
}

#[test]
fn a_closed_connection_is_no_way_any_more() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::No).unwrap();
    handle(&mut ice, now(), stream(2), Nominate::Yes).unwrap();

    ice.forget_path(stream(2));

    assert!(!ice.is_valid(now(), stream(2)));
    assert_eq!(ice.destination(), Some(address(1)));
}

#[test]
fn many_addresses_push_out_the_oldest_but_never_the_chosen_one() {
    let mut ice = agent();
    handle(&mut ice, now(), address(0), Nominate::Yes).unwrap();

    for port in 1..100 {
        handle(&mut ice, now(), address(port), Nominate::No).unwrap();
    }

    assert!(ice.is_valid(now(), address(0)));
    assert!(!ice.is_valid(now(), address(1)));
    assert_eq!(
        (0..100)
            .filter(|port| ice.is_valid(now(), address(*port)))
            .count(),
        MAX_PATHS
    );
}

#[test]
fn a_second_restart_replaces_the_first_and_the_nominated_credentials_still_answer() {
    let mut ice = agent();
    handle(&mut ice, now(), address(1), Nominate::Yes).unwrap();

    for ufrag in ["firs", "seco"] {
        ice.restart(IceCredentials {
            ufrag: ufrag.into(),
            pwd: PASSWORD.into(),
        });
    }

    assert_eq!(ice.local_ufrags().collect::<Vec<_>>(), [OURS, "seco"]);
    assert!(handle(&mut ice, now(), address(1), Nominate::No).is_ok());
}

#[test]
fn the_user_fragment_is_found_without_looking_further() {
    assert_eq!(
        stun_ufrag(&check(OURS, THEIRS, PASSWORD, Nominate::No)),
        Some(OURS)
    );
    assert_eq!(stun_ufrag(b"\x80\x60 an RTP packet, for all we know"), None);
}

#[test]
fn generated_credentials_are_long_enough_and_plain() {
    let credentials = IceCredentials::generate(&mut rand::rngs::StdRng::seed_from_u64(1));

    assert!(credentials.ufrag.len() >= 4 && credentials.pwd.len() >= 22);
    assert!(
        credentials
            .ufrag
            .chars()
            .chain(credentials.pwd.chars())
            .all(|char| char.is_ascii_alphanumeric())
    );
    assert!(!format!("{credentials:?}").contains(&credentials.pwd));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(datagram in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = stun_ufrag(&datagram);
        let _ = agent().handle_check(AwsLcRsProvider::new().crypto(), now(), address(1), &datagram);
    }

    #[test]
    fn any_damage_to_a_check_is_noticed(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut damaged = check(OURS, THEIRS, PASSWORD, Nominate::Yes);
        let at = at.index(damaged.len());
        damaged[at] ^= flip;

        let _ = stun_ufrag(&damaged);
        let result = agent().handle_check(AwsLcRsProvider::new().crypto(), now(), address(1), &damaged);

        prop_assert!(result.is_err());
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Nominate {
    Yes,
    No,
    Unauthenticated,
}

fn agent() -> IceLite {
    let mut ice = IceLite::new(IceCredentials {
        ufrag: OURS.into(),
        pwd: PASSWORD.into(),
    });
    ice.set_remote(now(), THEIRS);
    ice
}

fn handle(
    ice: &mut IceLite,
    now: Instant,
    from: Path,
    nominate: Nominate,
) -> Result<Outcome, IceError> {
    ice.handle_check(
        AwsLcRsProvider::new().crypto(),
        now,
        from,
        &check(OURS, THEIRS, PASSWORD, nominate),
    )
}

fn check(ours: &str, theirs: &str, password: &str, nominate: Nominate) -> Vec<u8> {
    let crypto = AwsLcRsProvider::new();
    let use_candidate = || {
        Box::new(RawAttribute {
            typ: ATTR_USE_CANDIDATE,
            length: 0,
            value: Vec::new(),
        })
    };
    let mut setters: Vec<Box<dyn Setter + '_>> = vec![
        Box::new(TransactionId([7; 12])),
        Box::new(BINDING_REQUEST),
        Box::new(TextAttribute::new(
            ATTR_USERNAME,
            format!("{ours}:{theirs}"),
        )),
    ];
    if nominate == Nominate::Yes {
        setters.push(use_candidate());
    }
    setters.push(Box::new(
        MessageIntegrity::new_short_term_integrity_with_provider(password.into(), crypto.crypto()),
    ));
    if nominate == Nominate::Unauthenticated {
        setters.push(use_candidate());
    }
    setters.push(Box::new(FINGERPRINT));
    let mut message = Message::new();
    message.build(&setters).unwrap();
    message.raw
}

/// A connection from there.
fn stream(port: u16) -> Path {
    Path {
        protocol: Protocol::Tcp,
        ..address(port)
    }
}

fn address(port: u16) -> Path {
    SocketAddr::from(([203, 0, 113, 9], 1000 + port)).into()
}

#[expect(clippy::disallowed_methods, reason = "only the origin of virtual time")]
fn now() -> Instant {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    *START
}

const OURS: &str = "ours";
const THEIRS: &str = "their";
const PASSWORD: &str = "a password that is long";
