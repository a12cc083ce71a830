//! Session descriptions as a plain WebRTC client writes them.

use std::{fmt::Write as _, net::SocketAddr};

use anyhow::{Context as _, Result};
use bega_transport::{
    Fingerprint, IceCredentials,
    sdp::{SectionKind, SessionDescription, extension},
};

use crate::{
    bot::{Local, ReceiveIds},
    stream::{AUDIO_LEVEL, Kind, MID, Numbers, TRANSPORT_CC},
};

/// The other side, as its description says.
pub(crate) struct Remote {
    pub(crate) ice: IceCredentials,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) address: SocketAddr,
}

impl Remote {
    /// Reads a description that holds its candidates.
    pub(crate) fn read(description: &str) -> Result<Self> {
        let parsed = SessionDescription::parse(description)?;
        let address = description
            .lines()
            .find_map(candidate)
            .context("a description without a UDP candidate")?;
        Ok(Self {
            ice: parsed.ice,
            fingerprint: parsed.fingerprint,
            address,
        })
    }
}

/// `a=candidate:1 1 udp 2130706431 127.0.0.1 7882 typ host`
fn candidate(line: &str) -> Option<SocketAddr> {
    let mut words = line.strip_prefix("a=candidate:")?.split(' ').skip(2);
    let is_udp = words.next()?.eq_ignore_ascii_case("udp");
    let ip = words.nth(1)?.parse().ok()?;
    let port = words.next()?.parse().ok()?;
    is_udp.then(|| SocketAddr::new(ip, port))
}

/// What a receiver must know of an offer.
pub(crate) fn receive_ids(offer: &str) -> Result<ReceiveIds> {
    let parsed = SessionDescription::parse(offer)?;
    let mut ids = ReceiveIds::default();
    for section in &parsed.sections {
        for extension in &section.extensions {
            if extension.uri == extension::TRANSPORT_CC {
                ids.transport_cc = Some(extension.id);
            }
        }
        if section.kind == SectionKind::Audio {
            ids.audio
                .extend(section.codecs.iter().map(|codec| codec.payload_type));
        }
        ids.retransmissions
            .extend(section.codecs.iter().filter_map(|codec| codec.rtx));
    }
    Ok(ids)
}

/// Takes everything that is offered, except redundant audio, in which the time of sending would
/// be hidden.
pub(crate) fn answer(offer: &str, local: &Local) -> Result<String> {
    let parsed = SessionDescription::parse(offer)?;
    let mut answer = session(parsed.sections.iter().map(|section| section.mid.as_str()));
    for section in offer.split("\r\nm=").skip(1) {
        let mut lines = section.lines();
        let media = lines.next().context("an empty section")?;
        let is_stopped = media.split(' ').nth(1) == Some("0");
        let red = section
            .lines()
            .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(" red/"))
            .map(|(payload_type, _)| payload_type)
            .next();
        let formats: Vec<_> = media
            .split(' ')
            .enumerate()
            .filter(|(place, word)| *place < 3 || Some(*word) != red)
            .map(|(_, word)| word)
            .collect();
        let _ = write!(answer, "m={}\r\n", formats.join(" "));
        if !is_stopped {
            transport(local, "active", &mut answer);
        }
        for line in lines {
            if line == "a=sendonly" || line == "a=sendrecv" {
                answer.push_str("a=recvonly\r\n");
            } else if KEPT.iter().any(|kept| line.starts_with(kept)) && !names(line, red) {
                answer.extend([line, "\r\n"]);
            }
        }
    }
    Ok(answer)
}

/// Whether an attribute is about this payload type.
fn names(line: &str, payload_type: Option<&str>) -> bool {
    let about = line.split_once(':').map(|(_, value)| value);
    about
        .and_then(|value| value.split(' ').next())
        .is_some_and(|about| Some(about) == payload_type)
}

/// Offers tracks: their kind and the name by which the server knows them.
pub(crate) fn offer(
    local: &Local,
    tracks: &[(Kind, String)],
    setup: &str,
) -> (String, Vec<Numbers>) {
    let mids: Vec<_> = (0..tracks.len()).map(|mid| mid.to_string()).collect();
    let mut offer = session(mids.iter().map(String::as_str));
    let mut numbers = Vec::new();
    for (mid, (kind, name)) in mids.into_iter().zip(tracks) {
        let ssrc = rand::random_range(1..u32::MAX);
        let (media, payload_type, codec) = match kind {
            Kind::Audio => ("audio", 111, AUDIO),
            Kind::Video => ("video", 96, VIDEO),
        };
        let _ = write!(
            offer,
            "m={media} 9 UDP/TLS/RTP/SAVPF {payload_type}{}\r\n",
            if *kind == Kind::Video { " 97" } else { "" }
        );
        transport(local, setup, &mut offer);
        let _ = write!(
            offer,
            "a=mid:{mid}\r\n\
             a=extmap:{TRANSPORT_CC} {}\r\na=extmap:{MID} {}\r\n\
             {codec}a=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
             a=msid:- {name}\r\na=ssrc:{ssrc} cname:load\r\n",
            extension::TRANSPORT_CC,
            extension::MID,
        );
        if *kind == Kind::Audio {
            let _ = write!(
                offer,
                "a=extmap:{AUDIO_LEVEL} {}\r\n",
                extension::AUDIO_LEVEL
            );
        }
        numbers.push(Numbers {
            mid,
            ssrc,
            payload_type,
        });
    }
    (offer, numbers)
}

/// What stands before the sections.
fn session<'a>(mids: impl Iterator<Item = &'a str>) -> String {
    let mut text =
        String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for mid in mids {
        let _ = write!(text, " {mid}");
    }
    text.push_str("\r\n");
    text
}

/// The transport part of a section.
fn transport(local: &Local, setup: &str, out: &mut String) {
    let Local { ice, fingerprint } = local;
    // No candidates: the server learns our address from the checks.
    let _ = write!(
        out,
        "c=IN IP4 0.0.0.0\r\na=ice-options:trickle\r\n\
         a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\n",
        ice.ufrag, ice.pwd,
    );
}

/// Attributes of an offer that an answer repeats.
const KEPT: [&str; 10] = [
    "a=mid",
    "a=rtpmap",
    "a=fmtp",
    "a=rtcp-fb",
    "a=rtcp-mux",
    "a=rtcp-rsize",
    "a=extmap:",
    "a=sctp",
    "a=max-message-size",
    "a=inactive",
];

const AUDIO: &str = "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n";
const VIDEO: &str = "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\n\
    a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
