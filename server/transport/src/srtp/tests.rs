//! Against the implementation of the `rtc` crates, which we replace only for its cost.

use proptest::prelude::*;
use rtc::crypto::{RTCCryptoProvider as _, providers::AwsLcRsProvider};

use super::*;

#[test]
fn packets_are_those_of_the_other_implementation() {
    let mut ours = pair(Profile::Gcm);
    let (mut encrypt, mut decrypt) = (reference(), reference());

    // Passes the wrap of the sequence number twice.
    for number in 0..140_000_u32 {
        let plain = rtp(number as u16, &number.to_be_bytes());

        let mut sealed = plain.clone();
        ours.seal_rtp(&mut sealed, 0).unwrap();
        assert_eq!(decrypt.decrypt_rtp(&sealed).unwrap(), plain);

        let mut theirs = encrypt.encrypt_rtp(&plain).unwrap();
        assert_eq!(ours.open_rtp(&mut theirs).unwrap(), plain);
    }
    for number in 0..1000 {
        let plain = rtcp(number);

        let mut sealed = plain.clone();
        ours.seal_rtcp(&mut sealed, 0).unwrap();
        assert_eq!(decrypt.decrypt_rtcp(&sealed).unwrap(), plain);

        let mut theirs = encrypt.encrypt_rtcp(&plain).unwrap();
        assert_eq!(ours.open_rtcp(&mut theirs).unwrap(), plain);
    }
}

#[test]
fn only_the_packet_behind_start_is_sealed() {
    for profile in [Profile::Gcm, Profile::Cm] {
        let mut srtp = pair(profile);
        let mut buffer = b"others".to_vec();
        buffer.extend(rtp(1, b"payload"));
        srtp.seal_rtp(&mut buffer, 6).unwrap();

        let (others, packet) = buffer.split_at_mut(6);

        assert_eq!(others, b"others");
        assert_eq!(srtp.open_rtp(packet).unwrap(), rtp(1, b"payload"));
    }
}

#[test]
fn a_packet_is_opened_once() {
    for profile in [Profile::Gcm, Profile::Cm] {
        let mut srtp = pair(profile);
        let mut packet = rtp(1, b"payload");
        srtp.seal_rtp(&mut packet, 0).unwrap();
        let mut report = rtcp(1);
        srtp.seal_rtcp(&mut report, 0).unwrap();

        assert!(srtp.open_rtp(&mut packet.clone()).is_ok());
        assert!(srtp.open_rtp(&mut packet).is_err());
        assert!(srtp.open_rtcp(&mut report.clone()).is_ok());
        assert!(srtp.open_rtcp(&mut report).is_err());
    }
}

#[test]
fn an_index_is_never_sealed_twice() {
    let mut srtp = pair(Profile::Gcm);
    srtp.seal_rtp(&mut rtp(9, b"one"), 0).unwrap();

    assert_eq!(
        srtp.seal_rtp(&mut rtp(9, b"another"), 0),
        Err(SrtpError::Replayed)
    );
    assert_eq!(srtp.seal_rtp(&mut rtp(8, b"late"), 0), Ok(()));
    assert_eq!(
        srtp.seal_rtp(&mut rtp(8, b"late"), 0),
        Err(SrtpError::Replayed)
    );
}

#[test]
fn sources_are_limited() {
    let mut srtp = pair(Profile::Gcm);
    let mut packet = rtp(1, b"");

    let refused = (0_u32..5000).find_map(|ssrc| {
        packet.truncate(20);
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        srtp.seal_rtp(&mut packet, 0).err()
    });

    assert_eq!(refused, Some(SrtpError::TooManySources));
}

proptest! {
    #[test]
    fn any_damage_is_noticed(at in any::<prop::sample::Index>(), flip in 1_u8.., cut in 0_usize..40) {
        let mut srtp = pair(Profile::Gcm);
        let mut packet = rtp(5, b"payload");
        srtp.seal_rtp(&mut packet, 0).unwrap();
        let mut report = rtcp(5);
        srtp.seal_rtcp(&mut report, 0).unwrap();
        for damaged in [&mut packet, &mut report] {
            let at = at.index(damaged.len());
            damaged[at] ^= flip;
            damaged.truncate(damaged.len().saturating_sub(cut));
        }

        prop_assert!(srtp.open_rtp(&mut packet).is_err());
        prop_assert!(srtp.open_rtcp(&mut report).is_err());
    }

    #[test]
    fn any_bytes_are_survived(packet in prop::collection::vec(any::<u8>(), 0..100)) {
        for profile in [Profile::Gcm, Profile::Cm] {
            let mut srtp = pair(profile);
            let _ = srtp.open_rtp(&mut packet.clone());
            let _ = srtp.open_rtcp(&mut packet.clone());
            let _ = srtp.seal_rtp(&mut packet.clone(), 0);
            let _ = srtp.seal_rtcp(&mut packet.clone(), packet.len() + 1);
        }
    }
}

/// Seals and opens with the same keys.
fn pair(profile: Profile) -> Srtp {
    let salts = [[9; 14], [9; 14]].concat();
    let material = [&[7; 32][..], &salts[..2 * profile.salt_len()]].concat();
    Srtp::new(
        AwsLcRsProvider::new().crypto(),
        profile,
        Role::Server,
        &material,
    )
    .unwrap()
}

fn reference() -> Context {
    let profile = ProtectionProfile::AeadAes128Gcm;
    Context::new(
        &[7; 16],
        &[9; 12],
        profile,
        None,
        None,
        AwsLcRsProvider::new().crypto(),
    )
    .unwrap()
}

/// With a header extension, which stays readable.
fn rtp(sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x90, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 0, 1, 0, 0, 0, 42, 0xBE, 0xDE, 0, 1, 0x10, 49, 0, 0]);
    packet.extend(payload);
    packet
}

fn rtcp(number: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 2, 0, 0, 0, 42];
    packet.extend(number.to_be_bytes());
    packet
}
