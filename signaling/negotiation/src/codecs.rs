//! The codecs we forward, as descriptions name them.
//!
//! From a publisher we take one payload type of each codec we know, in its order. To subscribers we
//! offer the same codecs under payload types and parameters of our own, which are the same in every
//! section: browsers refuse a bundle in which one number means two things.

use bega_media::{Codec, ExtensionIds, Kind, Payload};
use bega_transport::sdp::{self, Extension, Section, SectionKind, extension};
use livekit_protocol as proto;

/// A codec and what it is called in a description.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Format {
    pub(crate) codec: Codec,
    pub(crate) described: sdp::Codec,
    /// Its redundant form (RFC 2198).
    pub(crate) red: Option<sdp::Codec>,
}

/// Whether a track may be sent with redundancy. Not where its publisher says so, and not where it
/// is end-to-end encrypted: then nobody but its receivers can tell a packet's own sound from the
/// sound before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Redundancy {
    Wanted,
    Refused,
}

impl Format {
    pub(crate) fn payload(&self) -> Payload {
        Payload {
            payload_type: self.described.payload_type,
            rtx: self.described.rtx,
            red: self.red.as_ref().map(|red| red.payload_type),
            nack: self.described.feedback.iter().any(|one| one == NACK),
            codec: self.codec,
            clock_rate: self.described.clock_rate,
        }
    }

    /// How it stands in a description. What comes first is sent, where both sides can.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = sdp::Codec> {
        self.red.iter().chain([&self.described]).cloned()
    }
}

/// What we take of a publisher's section: the codec it announced first, then in its own order.
pub(crate) fn accepted(
    section: &Section,
    announced: Option<Codec>,
    redundancy: Redundancy,
) -> Vec<Format> {
    let mut formats: Vec<Format> = Vec::new();
    for described in &section.codecs {
        let Some(codec) = recognise(section.kind, described) else {
            continue;
        };
        let mut described = described.clone();
        let red = redundant(section, &described);
        if red.is_some() && !described.feedback.iter().any(|one| one == NACK) {
            described.feedback.push(NACK.to_owned());
        }
        let format = Format {
            codec,
            described,
            red: red.filter(|_| redundancy == Redundancy::Wanted),
        };
        match formats.iter_mut().find(|known| known.codec == codec) {
            None => formats.push(format),
            Some(known) if h264_rank(&format.described) < h264_rank(&known.described) => {
                *known = format;
            }
            Some(_) => {}
        }
    }
    formats.sort_by_key(|format| Some(format.codec) != announced);
    formats
}

/// libwebrtc never offers to send sound again, and does so where the answer asks for it. It is the
/// one that offers redundancy, and so is known by that.
const NACK: &str = "nack";

/// The redundant form of a codec: `a=fmtp:63 111/111` says that 111 is inside.
fn redundant(section: &Section, inside: &sdp::Codec) -> Option<sdp::Codec> {
    let is_inside = |word: &str| word.trim().parse() == Ok(inside.payload_type);
    let forms = section.codecs.iter();
    forms
        .filter(|form| form.is("red") && form.clock_rate == inside.clock_rate)
        .find(|form| form.channels == inside.channels && form.parameters.split('/').all(is_inside))
        .cloned()
}

fn recognise(kind: SectionKind, described: &sdp::Codec) -> Option<Codec> {
    let profile = |key| described.parameter(key).is_none_or(|value| value == "0");
    let codec = by_name(&described.name)?;
    let is_ours = match codec {
        Codec::Opus => kind == SectionKind::Audio && described.channels == Some(2),
        Codec::Vp8 => true,
        // Frames larger than a packet need it.
        Codec::H264 => described.parameter("packetization-mode") == Some("1"),
        // Eight bits, 4:2:0: what every receiver can show.
        Codec::Vp9 => profile("profile-id"),
        Codec::Av1 => profile("profile"),
    };
    let fits = is_ours && (kind == SectionKind::Video) == (codec != Codec::Opus);
    fits.then_some(codec)
}

/// Constrained baseline is understood by every receiver, then baseline.
fn h264_rank(described: &sdp::Codec) -> u8 {
    match described
        .parameter("profile-level-id")
        .map(str::to_ascii_lowercase)
    {
        Some(id) if id.starts_with("42e0") => 0,
        Some(id) if id.starts_with("42") => 1,
        _ => 2,
    }
}

/// How speech is asked for: a microphone that hears nothing sends nothing (discontinuous
/// transmission), which on a thin line is most of a listener's upstream. In-band error correction
/// stays as the publisher offered it.
pub(crate) fn for_speech(mut format: Format) -> Format {
    let parameters = &mut format.described.parameters;
    if format.codec == Codec::Opus && !parameters.split(';').any(|one| one == DTX) {
        let separator = if parameters.is_empty() { "" } else { ";" };
        parameters.extend([separator, DTX]);
    }
    format
}

const DTX: &str = "usedtx=1";

/// How we offer a codec to subscribers.
pub(crate) fn offered(codec: Codec, redundancy: Redundancy) -> Format {
    let (payload_type, name, parameters) = match codec {
        Codec::Opus => (111, "opus", "minptime=10;useinbandfec=1"),
        Codec::Vp8 => (96, "VP8", ""),
        Codec::Vp9 => (98, "VP9", "profile-id=0"),
        Codec::H264 => (
            102,
            "H264",
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        ),
        Codec::Av1 => (104, "AV1", ""),
    };
    let is_video = kind(codec) == Kind::Video;
    let feedback = if is_video {
        VIDEO_FEEDBACK
    } else {
        AUDIO_FEEDBACK
    };
    let described = sdp::Codec {
        payload_type,
        name: name.to_owned(),
        clock_rate: if is_video { 90_000 } else { 48_000 },
        channels: (!is_video).then_some(2),
        parameters: parameters.to_owned(),
        feedback: feedback
            .iter()
            .map(|&feedback| feedback.to_owned())
            .collect(),
        // Browsers have no stream of retransmissions for sound: it comes again as it was.
        rtx: is_video.then_some(payload_type + 1),
    };
    let red = (codec == Codec::Opus && redundancy == Redundancy::Wanted).then(|| sdp::Codec {
        payload_type: RED,
        name: "red".to_owned(),
        parameters: format!("{payload_type}/{payload_type}"),
        ..described.clone()
    });
    Format {
        codec,
        described,
        red,
    }
}

/// As Chromium numbers it.
const RED: u8 = 63;

/// Feedback we understand from subscribers and give to publishers.
pub(crate) const VIDEO_FEEDBACK: &[&str] = &["nack", "nack pli", "ccm fir", "transport-cc"];
pub(crate) const AUDIO_FEEDBACK: &[&str] = &["nack", "transport-cc"];

pub(crate) fn feedback(kind: SectionKind) -> &'static [&'static str] {
    match kind {
        SectionKind::Audio | SectionKind::Application => AUDIO_FEEDBACK,
        SectionKind::Video => VIDEO_FEEDBACK,
    }
}

/// Header extensions we take from publishers.
pub(crate) const RECEIVED: &[&str] = &[
    extension::MID,
    extension::RID,
    extension::REPAIRED_RID,
    extension::TRANSPORT_CC,
    extension::ABS_SEND_TIME,
    extension::AUDIO_LEVEL,
    extension::DEPENDENCY_DESCRIPTOR,
];

/// Header extensions we write to subscribers, each under one number for the whole bundle.
pub(crate) fn sent(kind: Kind) -> Vec<Extension> {
    let both = [
        (1, extension::MID),
        (2, extension::ABS_SEND_TIME),
        (3, extension::TRANSPORT_CC),
    ];
    let own = match kind {
        Kind::Audio => (4, extension::AUDIO_LEVEL),
        Kind::Video => (5, extension::DEPENDENCY_DESCRIPTOR),
    };
    both.into_iter()
        .chain([own])
        .map(|(id, uri)| Extension {
            id,
            uri: uri.to_owned(),
        })
        .collect()
}

pub(crate) fn extension_ids(extensions: &[Extension]) -> ExtensionIds {
    let id = |uri| {
        extensions
            .iter()
            .find(|extension| extension.uri == uri)
            .map(|found| found.id)
    };
    ExtensionIds {
        mid: id(extension::MID),
        rid: id(extension::RID),
        repaired_rid: id(extension::REPAIRED_RID),
        transport_cc: id(extension::TRANSPORT_CC),
        abs_send_time: id(extension::ABS_SEND_TIME),
        audio_level: id(extension::AUDIO_LEVEL),
        dependency_descriptor: id(extension::DEPENDENCY_DESCRIPTOR),
    }
}

pub(crate) fn kind(codec: Codec) -> Kind {
    match codec {
        Codec::Opus => Kind::Audio,
        Codec::Vp8 | Codec::H264 | Codec::Vp9 | Codec::Av1 => Kind::Video,
    }
}

pub(crate) fn section_kind(kind: Kind) -> SectionKind {
    match kind {
        Kind::Audio => SectionKind::Audio,
        Kind::Video => SectionKind::Video,
    }
}

/// As clients write it, in any case.
pub(crate) fn by_name(name: &str) -> Option<Codec> {
    ALL.into_iter().find(|&codec| {
        let (_, known) = mime(codec)
            .split_once('/')
            .expect("a MIME type has two parts");
        known.eq_ignore_ascii_case(name)
    })
}

pub(crate) fn by_mime(wanted: &str) -> Option<Codec> {
    ALL.into_iter().find(|&codec| mime(codec) == wanted)
}

pub(crate) fn mime(codec: Codec) -> &'static str {
    match codec {
        Codec::Opus => "audio/opus",
        Codec::Vp8 => "video/VP8",
        Codec::H264 => "video/H264",
        Codec::Vp9 => "video/VP9",
        Codec::Av1 => "video/AV1",
    }
}

/// What clients are told they may publish.
pub(crate) fn enabled() -> Vec<proto::Codec> {
    ALL.into_iter()
        .map(mime)
        .chain(["audio/red"])
        .map(|mime| proto::Codec {
            mime: mime.to_owned(),
            fmtp_line: String::new(),
        })
        .collect()
}

const ALL: [Codec; 5] = [Codec::Opus, Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1];
