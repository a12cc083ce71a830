//! Against an offer that Chromium 156 wrote.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::Protocol;

#[test]
fn the_transport_of_an_offer_is_read() {
    let offer = chromium();

    assert_eq!(offer.ice.ufrag, "T//H");
    assert_eq!(offer.ice.pwd, "5ZPQT+azRisXUmrCe769TJ11");
    assert!(offer.fingerprint.to_string().starts_with("EB:71:28"));
    assert_eq!(offer.setup, Setup::ActPass);
}

#[test]
fn sections_keep_their_order_kind_and_direction() {
    let offer = chromium();

    let sections = offer
        .sections
        .iter()
        .map(|section| (section.mid.as_str(), section.kind, section.direction));

    assert_eq!(
        sections.collect::<Vec<_>>(),
        [
            ("0", SectionKind::Audio, Direction::SendOnly),
            ("1", SectionKind::Video, Direction::SendOnly),
            ("2", SectionKind::Application, Direction::SendReceive),
        ]
    );
}

#[test]
fn codecs_come_in_order_of_preference_with_their_retransmissions() {
    let video = &chromium().sections[1];

    let codecs = video
        .codecs
        .iter()
        .map(|codec| (codec.payload_type, codec.name.as_str(), codec.rtx));

    assert_eq!(
        codecs.take(3).collect::<Vec<_>>(),
        [
            (96, "VP8", Some(97)),
            (102, "H264", Some(103)),
            (104, "H264", Some(107))
        ]
    );
    assert!(video.codecs.iter().all(|codec| !codec.is("RTX")));
    let h264 = &video.codecs[1];
    assert_eq!(h264.parameter("packetization-mode"), Some("1"));
    assert_eq!(
        h264.feedback,
        ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]
    );
    assert_eq!(chromium().sections[0].codecs[0].channels, Some(2));
}

#[test]
fn simulcast_and_extensions_are_read() {
    let video = &chromium().sections[1];

    assert_eq!(video.rids, ["q", "h", "f"]);
    assert_eq!(video.sources, [], "they are told by RID");
    assert!(video.extensions.contains(&Extension {
        id: 11,
        uri: extension::REPAIRED_RID.into()
    }));
}

#[test]
fn an_ssrc_and_its_retransmissions_are_one_source() {
    let text = offer_with(
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ssrc-group:FID 1 2\r\na=ssrc:2 cname:x\r\na=ssrc:1 cname:x\r\n\
         a=ssrc:1 msid:stream track\r\na=ssrc:3 cname:x\r\n",
    );

    let section = &SessionDescription::parse(&text).unwrap().sections[0];

    assert_eq!(
        section.sources,
        [
            Source {
                ssrc: 1,
                rtx: Some(2)
            },
            Source { ssrc: 3, rtx: None }
        ]
    );
    assert_eq!(
        section.msid,
        Some(Msid {
            stream: "stream".into(),
            track: "track".into()
        })
    );
}

#[test]
fn layers_take_the_order_of_the_simulcast_line() {
    let text = offer_with(
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rid:f send\r\na=rid:q send pt=96\r\na=rid:r recv\r\n\
         a=simulcast:recv r send ~q;f,g\r\n",
    );

    assert_eq!(
        SessionDescription::parse(&text).unwrap().sections[0].rids,
        ["q", "f"]
    );
}

#[test]
fn a_stopped_section_is_rejected_and_its_transport_ignored() {
    let text = offer_with("m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:stale\r\n");

    let offer = SessionDescription::parse(&text).unwrap();

    assert!(offer.sections[0].rejected);
    assert_eq!(offer.ice.ufrag, "ufra");
}

#[test]
fn what_cannot_be_relied_on_is_refused() {
    let cases = [
        ("", SdpError::NotADescription),
        ("v=1\r\n", SdpError::NotADescription),
        ("v=0\r\n", SdpError::MissingIce),
        (&offer_with("m=audio 9 X 111\r\n"), SdpError::MissingMid),
        (
            &offer_with("m=audio 9 X 0\r\na=mid:0\r\nm=audio 9 X 0\r\na=mid:0\r\n"),
            SdpError::DuplicateMid,
        ),
        (
            &offer_with("m=audio nine X 111\r\n"),
            SdpError::Malformed { line: 5 },
        ),
        (
            &offer_with("m=text 9 X 111\r\n"),
            SdpError::Malformed { line: 5 },
        ),
        (
            &offer_with("m=audio 9 X 300\r\n"),
            SdpError::Malformed { line: 5 },
        ),
        (
            &offer_with("a=mid:\rsplit\r\n"),
            SdpError::Malformed { line: 5 },
        ),
        (
            &chromium_text().replace("sha-256", "sha-1"),
            SdpError::MissingFingerprint,
        ),
        (&"v=0\r\n".repeat(200_000), SdpError::TooLarge),
        (
            &offer_with(&"m=audio 9 X 0\r\n".repeat(600)),
            SdpError::TooLarge,
        ),
        (
            &offer_with(&format!(
                "m=audio 9 X 0\r\n{}",
                "a=rid:x send\r\na=extmap:1 x\r\n".repeat(600)
            )),
            SdpError::Malformed { line: 1031 },
        ),
    ];

    for (text, error) in cases {
        assert_eq!(
            SessionDescription::parse(text).err(),
            Some(error),
            "{}",
            &text[..text.len().min(200)]
        );
    }
}

#[test]
fn an_answer_accepts_simulcast_and_data_and_refuses_the_rest() {
    let offer = chromium();
    let [audio, video, data] = &offer.sections[..] else {
        panic!("three sections")
    };
    let vp8 = vec![video.codecs[0].clone()];
    let answer = Answer {
        local: local(),
        sections: vec![
            AnswerSection::reject(audio),
            AnswerSection::Receive(Receive::accept(
                video,
                vp8,
                &["nack", "nack pli", "ccm fir"],
                &[extension::MID, extension::RID, extension::REPAIRED_RID],
            )),
            AnswerSection::Application {
                mid: data.mid.clone(),
            },
        ],
    };

    insta::assert_snapshot!(answer.to_string().replace("\r\n", "\n"), @r"
    v=0
    o=- 4611 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 1 2
    a=extmap-allow-mixed
    a=msid-semantic: WMS *
    a=ice-lite
    m=audio 0 UDP/TLS/RTP/SAVPF 0
    c=IN IP4 0.0.0.0
    a=inactive
    a=mid:0
    m=video 9 UDP/TLS/RTP/SAVPF 96 97
    c=IN IP4 0.0.0.0
    a=ice-ufrag:serv
    a=ice-pwd:a+password+that+is+long
    a=fingerprint:sha-256 03:D6:6D:D0:88:35:C1:CA:3F:12:8C:CE:AC:D1:F3:1A:C9:41:63:09:6B:20:F4:45:AE:84:28:5B:C0:83:2D:72
    a=setup:passive
    a=mid:1
    a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host
    a=end-of-candidates
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
    a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
    a=recvonly
    a=rtcp-mux
    a=rtcp-rsize
    a=rtpmap:96 VP8/90000
    a=rtcp-fb:96 ccm fir
    a=rtcp-fb:96 nack
    a=rtcp-fb:96 nack pli
    a=rtpmap:97 rtx/90000
    a=fmtp:97 apt=96
    a=rid:q recv
    a=rid:h recv
    a=rid:f recv
    a=simulcast:recv q;h;f
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=ice-ufrag:serv
    a=ice-pwd:a+password+that+is+long
    a=fingerprint:sha-256 03:D6:6D:D0:88:35:C1:CA:3F:12:8C:CE:AC:D1:F3:1A:C9:41:63:09:6B:20:F4:45:AE:84:28:5B:C0:83:2D:72
    a=setup:passive
    a=mid:2
    a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host
    a=end-of-candidates
    a=sctp-port:5000
    a=max-message-size:65536
    ");
}

#[test]
fn tcp_addresses_are_passive_and_wanted_less_than_udp() {
    let offer = Offer {
        local: Local {
            candidates: vec![
                udp("192.0.2.1:443"),
                tcp("[2001:db8::1]:443"),
                tcp("192.0.2.1:443"),
            ],
            ..local()
        },
        sections: vec![OfferSection::Application { mid: "0".into() }],
    };

    let offer = offer.to_string();

    let candidates = offer.lines().filter(|line| line.starts_with("a=cand"));
    assert_eq!(
        candidates.collect::<Vec<_>>(),
        [
            "a=candidate:1 1 udp 2130706431 192.0.2.1 443 typ host",
            "a=candidate:2 1 tcp 1520434943 2001:db8::1 443 typ host tcptype passive",
            "a=candidate:3 1 tcp 1520434687 192.0.2.1 443 typ host tcptype passive",
        ]
    );
}

#[test]
fn an_offer_sends_a_track_and_keeps_a_free_section() {
    let codec = chromium().sections[1].codecs[0].clone();
    let extensions = vec![Extension {
        id: 1,
        uri: extension::MID.into(),
    }];
    let offer = Offer {
        local: Local {
            candidates: vec![udp("[2001:db8::1]:443"), udp("192.0.2.1:443")],
            ..local()
        },
        sections: vec![
            OfferSection::Application { mid: "0".into() },
            OfferSection::Send(Send {
                kind: SectionKind::Video,
                mid: "1".into(),
                codecs: vec![Codec {
                    feedback: vec!["nack".into()],
                    ..codec.clone()
                }],
                extensions: extensions.clone(),
                msid: Msid {
                    stream: "PA_x|camera".into(),
                    track: "TR_y".into(),
                },
                ssrc: 11,
                rtx_ssrc: Some(12),
                cname: "PA_x".into(),
            }),
            OfferSection::Inactive {
                kind: SectionKind::Audio,
                mid: "2".into(),
                codecs: vec![],
                extensions,
            },
        ],
    };

    insta::assert_snapshot!(offer.to_string().replace("\r\n", "\n"), @r"
    v=0
    o=- 4611 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 0 1 2
    a=extmap-allow-mixed
    a=msid-semantic: WMS *
    a=ice-lite
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=ice-ufrag:serv
    a=ice-pwd:a+password+that+is+long
    a=fingerprint:sha-256 03:D6:6D:D0:88:35:C1:CA:3F:12:8C:CE:AC:D1:F3:1A:C9:41:63:09:6B:20:F4:45:AE:84:28:5B:C0:83:2D:72
    a=setup:actpass
    a=mid:0
    a=candidate:1 1 udp 2130706431 2001:db8::1 443 typ host
    a=candidate:2 1 udp 2130706175 192.0.2.1 443 typ host
    a=end-of-candidates
    a=sctp-port:5000
    a=max-message-size:65536
    m=video 9 UDP/TLS/RTP/SAVPF 96 97
    c=IN IP4 0.0.0.0
    a=ice-ufrag:serv
    a=ice-pwd:a+password+that+is+long
    a=fingerprint:sha-256 03:D6:6D:D0:88:35:C1:CA:3F:12:8C:CE:AC:D1:F3:1A:C9:41:63:09:6B:20:F4:45:AE:84:28:5B:C0:83:2D:72
    a=setup:actpass
    a=mid:1
    a=candidate:1 1 udp 2130706431 2001:db8::1 443 typ host
    a=candidate:2 1 udp 2130706175 192.0.2.1 443 typ host
    a=end-of-candidates
    a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
    a=sendonly
    a=rtcp-mux
    a=rtcp-rsize
    a=msid:PA_x|camera TR_y
    a=rtpmap:96 VP8/90000
    a=rtcp-fb:96 nack
    a=rtpmap:97 rtx/90000
    a=fmtp:97 apt=96
    a=ssrc-group:FID 11 12
    a=ssrc:11 cname:PA_x
    a=ssrc:12 cname:PA_x
    m=audio 9 UDP/TLS/RTP/SAVPF
    c=IN IP4 0.0.0.0
    a=ice-ufrag:serv
    a=ice-pwd:a+password+that+is+long
    a=fingerprint:sha-256 03:D6:6D:D0:88:35:C1:CA:3F:12:8C:CE:AC:D1:F3:1A:C9:41:63:09:6B:20:F4:45:AE:84:28:5B:C0:83:2D:72
    a=setup:actpass
    a=mid:2
    a=candidate:1 1 udp 2130706431 2001:db8::1 443 typ host
    a=candidate:2 1 udp 2130706175 192.0.2.1 443 typ host
    a=end-of-candidates
    a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
    a=inactive
    a=rtcp-mux
    a=rtcp-rsize
    ");
}

#[test]
fn our_own_descriptions_can_be_read() {
    let video = &chromium().sections[1];
    let receive = Receive::accept(video, video.codecs.clone(), &["nack"], &[extension::RID]);
    let answer = Answer {
        local: local(),
        sections: vec![
            AnswerSection::Receive(receive),
            AnswerSection::reject(&chromium().sections[0]),
        ],
    };

    let read = SessionDescription::parse(&answer.to_string()).unwrap();

    assert_eq!(read.ice, local().ice);
    assert_eq!(read.setup, Setup::Passive);
    assert_eq!(read.sections[0].direction, Direction::ReceiveOnly);
    assert_eq!(read.sections[0].codecs.len(), video.codecs.len());
    assert!(read.sections[1].rejected);
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(v=0\r\n)?(\\PC*\r?\n)*") {
        let _ = SessionDescription::parse(&text);
    }

    #[test]
    fn any_lines_of_an_offer_are_read_without_panic(lines in prop::collection::vec(any::<prop::sample::Index>(), 0..60), damage: prop::sample::Index, byte in " -~") {
        let sample = chromium_text();
        let sample: Vec<&str> = sample.lines().collect();
        let mut text = "v=0\n".to_owned();
        for line in lines {
            writeln!(text, "{}", sample[line.index(sample.len())]).unwrap();
        }
        let at = damage.index(text.len());
        text.replace_range(at..=at, &byte);
        if let Ok(description) = SessionDescription::parse(&text) {
            let sections = description.sections.iter();
            let sections = sections.map(|section| AnswerSection::Receive(Receive::accept(section, section.codecs.clone(), &["nack"], &[extension::MID])));
            let _ = Answer { local: local(), sections: sections.collect() }.to_string();
        }
    }
}

fn chromium() -> SessionDescription {
    SessionDescription::parse(&chromium_text()).unwrap()
}

fn chromium_text() -> String {
    include_str!("samples/chromium-offer.sdp").replace('\n', "\r\n")
}

/// With a transport in front of these lines.
fn offer_with(sections: &str) -> String {
    let fingerprint = Fingerprint::of(b"");
    format!(
        "v=0\r\na=ice-ufrag:ufra\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 {fingerprint}\r\n{sections}"
    )
}

fn local() -> Local {
    Local {
        session_id: 4611,
        version: 2,
        ice: IceCredentials {
            ufrag: "serv".into(),
            pwd: "a password that is long".replace(' ', "+"),
        },
        fingerprint: Fingerprint::of(b"certificate"),
        candidates: vec![udp("192.0.2.1:40000")],
    }
}

fn udp(address: &str) -> Candidate {
    Candidate {
        address: address.parse().unwrap(),
        protocol: Protocol::Udp,
    }
}

fn tcp(address: &str) -> Candidate {
    Candidate {
        protocol: Protocol::Tcp,
        ..udp(address)
    }
}
