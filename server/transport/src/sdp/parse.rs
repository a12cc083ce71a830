//! Reads a description a browser wrote.
//!
//! Strict where we rely on it (transport, MIDs, sizes), deaf to the rest: browsers add attributes
//! with every release.

use thiserror::Error;

use super::{
    Codec, Direction, Extension, Msid, Section, SectionKind, SessionDescription, Setup, Source,
};
use crate::{Fingerprint, IceCredentials};

pub(super) fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    if text.len() > MAX_BYTES {
        return Err(SdpError::TooLarge);
    }
    let mut transport = TransportAttributes::default();
    let mut sections: Vec<Draft> = Vec::new();
    let mut lines = text.lines().enumerate();
    if lines
        .next()
        .is_none_or(|(_, line)| line.trim_end() != "v=0")
    {
        return Err(SdpError::NotADescription);
    }
    for (index, line) in lines {
        let malformed = || SdpError::Malformed { line: index + 1 };
        let line = line.trim_end();
        if line.chars().any(char::is_control) {
            return Err(malformed());
        }
        if let Some(media) = line.strip_prefix("m=") {
            if sections.len() == MAX_SECTIONS {
                return Err(SdpError::TooLarge);
            }
            sections.push(Draft::from_media_line(media).ok_or_else(malformed)?);
        } else if let Some(attribute) = line.strip_prefix("a=") {
            let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            // Bundled sections repeat these; one that is rejected may hold old ones.
            if sections.last().is_none_or(|section| !section.rejected) {
                transport.read(name, value).ok_or_else(malformed)?;
            }
            if let Some(section) = sections.last_mut() {
                section.read(name, value).ok_or_else(malformed)?;
            }
        }
    }
    let sections = sections
        .into_iter()
        .map(Draft::finish)
        .collect::<Result<Vec<_>, _>>()?;
    for (index, section) in sections.iter().enumerate() {
        if sections
            .iter()
            .take(index)
            .any(|other| other.mid == section.mid)
        {
            return Err(SdpError::DuplicateMid);
        }
    }
    transport.finish(sections)
}

/// Why a description is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SdpError {
    /// Its first line is not `v=0`.
    #[error("not a session description")]
    NotADescription,
    /// Longer, or with more sections or attributes, than any real one.
    #[error("the description is too large")]
    TooLarge,
    /// A line we rely on cannot be read.
    #[error("line {line} of the description is malformed")]
    Malformed {
        /// Counted from one.
        line: usize,
    },
    /// A section without `a=mid`.
    #[error("a section has no mid")]
    MissingMid,
    /// Two sections with one `a=mid`.
    #[error("two sections have the same mid")]
    DuplicateMid,
    /// No `a=ice-ufrag` or no `a=ice-pwd`.
    #[error("the description has no ICE credentials")]
    MissingIce,
    /// No `a=fingerprint:sha-256`.
    #[error("the description has no SHA-256 fingerprint")]
    MissingFingerprint,
}

/// The first value of each transport attribute: with BUNDLE, the first section's count.
#[derive(Default)]
struct TransportAttributes {
    ufrag: Option<String>,
    pwd: Option<String>,
    fingerprint: Option<Fingerprint>,
    setup: Option<Setup>,
}

impl TransportAttributes {
    /// `None` if the value of a known attribute is malformed.
    fn read(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "ice-ufrag" if self.ufrag.is_none() => {
                self.ufrag = Some(ice_chars(value, 4)?.to_owned());
            }
            "ice-pwd" if self.pwd.is_none() => self.pwd = Some(ice_chars(value, 22)?.to_owned()),
            "fingerprint" if self.fingerprint.is_none() => {
                let (algorithm, hash) = value.split_once(' ')?;
                if algorithm.eq_ignore_ascii_case("sha-256") {
                    self.fingerprint = Some(hash.trim().parse().ok()?);
                }
            }
            "setup" if self.setup.is_none() => {
                self.setup = Some(match value {
                    "active" => Setup::Active,
                    "passive" => Setup::Passive,
                    "actpass" => Setup::ActPass,
                    _ => return None,
                });
            }
            _ => {}
        }
        Some(())
    }

    fn finish(self, sections: Vec<Section>) -> Result<SessionDescription, SdpError> {
        let (Some(ufrag), Some(pwd)) = (self.ufrag, self.pwd) else {
            return Err(SdpError::MissingIce);
        };
        Ok(SessionDescription {
            ice: IceCredentials { ufrag, pwd },
            fingerprint: self.fingerprint.ok_or(SdpError::MissingFingerprint)?,
            // RFC 5763 leaves the default to the offerer's `actpass`.
            setup: self.setup.unwrap_or(Setup::ActPass),
            sections,
        })
    }
}

/// A section while its lines are read: attributes may come in any order.
struct Draft {
    kind: SectionKind,
    rejected: bool,
    mid: Option<String>,
    direction: Direction,
    /// Payload types of the `m=` line: their order is the order of preference.
    formats: Vec<u8>,
    maps: Vec<RtpMap>,
    parameters: Vec<(u8, String)>,
    feedback: Vec<(Option<u8>, String)>,
    extensions: Vec<Extension>,
    rids: Vec<String>,
    simulcast: Vec<String>,
    ssrcs: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    msid: Option<Msid>,
}

struct RtpMap {
    payload_type: u8,
    name: String,
    clock_rate: u32,
    channels: Option<u8>,
}

impl Draft {
    fn from_media_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let kind = match words.next()? {
            "audio" => SectionKind::Audio,
            "video" => SectionKind::Video,
            "application" => SectionKind::Application,
            _ => return None,
        };
        let port: u16 = words.next()?.split('/').next()?.parse().ok()?;
        let _protocol = words.next()?;
        let formats = match kind {
            SectionKind::Application => Vec::new(),
            SectionKind::Audio | SectionKind::Video => {
                words.map(payload_type).collect::<Option<Vec<_>>>()?
            }
        };
        (formats.len() <= MAX_FORMATS).then(|| Self {
            kind,
            rejected: port == 0,
            mid: None,
            direction: Direction::SendReceive,
            formats,
            maps: Vec::new(),
            parameters: Vec::new(),
            feedback: Vec::new(),
            extensions: Vec::new(),
            rids: Vec::new(),
            simulcast: Vec::new(),
            ssrcs: Vec::new(),
            pairs: Vec::new(),
            msid: None,
        })
    }

    /// `None` if the value of a known attribute is malformed.
    fn read(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "mid" => self.mid = Some(token(value, MAX_TOKEN)?.to_owned()),
            // A port of zero with this attribute means the section waits for its bundle
            // (RFC 9143, section 6).
            "bundle-only" => self.rejected = false,
            "sendrecv" => self.direction = Direction::SendReceive,
            "sendonly" => self.direction = Direction::SendOnly,
            "recvonly" => self.direction = Direction::ReceiveOnly,
            "inactive" => self.direction = Direction::Inactive,
            "rtpmap" => push(&mut self.maps, rtp_map(value)?)?,
            "fmtp" => {
                let (format, parameters) = value.split_once(' ')?;
                let parameters = (payload_type(format)?, parameters.trim().to_owned());
                push(&mut self.parameters, parameters)?;
            }
            "rtcp-fb" => {
                let (format, feedback) = value.split_once(' ')?;
                let format = if format == "*" {
                    None
                } else {
                    Some(payload_type(format)?)
                };
                push(&mut self.feedback, (format, feedback.trim().to_owned()))?;
            }
            "extmap" => self.read_extension(value)?,
            "rid" => {
                let mut words = value.split(' ');
                let rid = token(words.next()?, MAX_TOKEN)?;
                if words.next()? == "send" && !self.rids.iter().any(|known| known == rid) {
                    push(&mut self.rids, rid.to_owned())?;
                }
            }
            "simulcast" => self.read_simulcast(value)?,
            "ssrc" => self.read_ssrc(value)?,
            "ssrc-group" => {
                let mut words = value.split(' ');
                if words.next()? == "FID" {
                    let pair = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
                    push(&mut self.pairs, pair)?;
                }
            }
            "msid" => self.msid = Some(msid(value)?),
            _ => {}
        }
        Some(())
    }

    /// `extmap:3/sendonly uri parameters`
    fn read_extension(&mut self, value: &str) -> Option<()> {
        let mut words = value.split(' ');
        let id = words.next()?.split('/').next()?.parse().ok()?;
        let uri = token(words.next()?, MAX_TEXT)?.to_owned();
        // Identifiers above 14 need the two-byte form, which browsers only use for the uncommon.
        if (1..=14).contains(&id) {
            push(&mut self.extensions, Extension { id, uri })?;
        }
        Some(())
    }

    /// `simulcast:send q;~h;f,g`: a tilde means paused at first, a comma separates alternatives.
    fn read_simulcast(&mut self, value: &str) -> Option<()> {
        let mut words = value.split(' ');
        while let (Some(direction), Some(list)) = (words.next(), words.next()) {
            if direction != "send" {
                continue;
            }
            for layer in list.split(';') {
                let first = layer.split(',').next()?;
                let rid = token(first.strip_prefix('~').unwrap_or(first), MAX_TOKEN)?;
                push(&mut self.simulcast, rid.to_owned())?;
            }
        }
        Some(())
    }

    /// `ssrc:1234 cname:x`; older writers put the msid here too.
    fn read_ssrc(&mut self, value: &str) -> Option<()> {
        let (ssrc, attribute) = value.split_once(' ')?;
        let ssrc = ssrc.parse().ok()?;
        if !self.ssrcs.contains(&ssrc) {
            push(&mut self.ssrcs, ssrc)?;
        }
        if let (None, Some(value)) = (&self.msid, attribute.strip_prefix("msid:")) {
            self.msid = Some(msid(value)?);
        }
        Some(())
    }

    fn finish(self) -> Result<Section, SdpError> {
        let codecs = self.codecs();
        let is_rtx = |ssrc: &u32| self.pairs.iter().any(|(_, rtx)| rtx == ssrc);
        let sources = self
            .ssrcs
            .iter()
            .filter(|ssrc| !is_rtx(ssrc))
            .map(|&ssrc| Source {
                ssrc,
                rtx: self
                    .pairs
                    .iter()
                    .find(|(media, _)| *media == ssrc)
                    .map(|(_, rtx)| *rtx),
            });
        let sources = sources.collect();
        let mut rids = self.rids;
        rids.sort_by_key(|rid| {
            self.simulcast
                .iter()
                .position(|layer| layer == rid)
                .unwrap_or(usize::MAX)
        });
        Ok(Section {
            kind: self.kind,
            mid: self.mid.ok_or(SdpError::MissingMid)?,
            rejected: self.rejected,
            direction: self.direction,
            codecs,
            extensions: self.extensions,
            rids,
            sources,
            msid: self.msid,
        })
    }

    fn codecs(&self) -> Vec<Codec> {
        let parameters_of = |format: u8| {
            self.parameters
                .iter()
                .find(|(of, _)| *of == format)
                .map_or("", |(_, text)| text.as_str())
        };
        // Retransmissions name the payload type they repeat: `a=fmtp:97 apt=96`.
        let retransmits = |map: &RtpMap, format: u8| {
            let repeated = parameters_of(map.payload_type)
                .split(';')
                .find_map(|pair| pair.trim().strip_prefix("apt="));
            map.name.eq_ignore_ascii_case("rtx") && repeated.and_then(payload_type) == Some(format)
        };
        let mapped = |format: &u8| self.maps.iter().find(|map| map.payload_type == *format);
        self.formats
            .iter()
            .filter_map(mapped)
            .filter(|map| !map.name.eq_ignore_ascii_case("rtx"))
            .map(|map| Codec {
                payload_type: map.payload_type,
                name: map.name.clone(),
                clock_rate: map.clock_rate,
                channels: map.channels,
                parameters: parameters_of(map.payload_type).to_owned(),
                feedback: self
                    .feedback
                    .iter()
                    .filter(|(of, _)| of.is_none_or(|of| of == map.payload_type))
                    .map(|(_, feedback)| feedback.clone())
                    .collect(),
                rtx: self
                    .maps
                    .iter()
                    .find(|other| {
                        retransmits(other, map.payload_type)
                            && self.formats.contains(&other.payload_type)
                    })
                    .map(|other| other.payload_type),
            })
            .collect()
    }
}

/// `rtpmap:111 opus/48000/2`
fn rtp_map(value: &str) -> Option<RtpMap> {
    let (format, encoding) = value.split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    Some(RtpMap {
        payload_type: payload_type(format)?,
        name: token(parts.next()?, MAX_TOKEN)?.to_owned(),
        clock_rate: parts.next()?.parse().ok()?,
        channels: parts.next().map(str::parse).transpose().ok()?,
    })
}

/// `msid:stream track`; the track may be missing.
fn msid(value: &str) -> Option<Msid> {
    let mut words = value.split(' ');
    let stream = token(words.next()?, MAX_TEXT)?.to_owned();
    let track = words
        .next()
        .map_or(Some(""), |word| token(word, MAX_TEXT))?
        .to_owned();
    Some(Msid { stream, track })
}

fn payload_type(word: &str) -> Option<u8> {
    word.parse().ok().filter(|payload_type| *payload_type < 128)
}

/// Something that can be written into a line again without changing its meaning.
fn token(word: &str, max: usize) -> Option<&str> {
    let fits = (1..=max).contains(&word.len());
    (fits && word.bytes().all(|byte| byte.is_ascii_graphic())).then_some(word)
}

/// RFC 8839, section 5.4.
fn ice_chars(value: &str, min: usize) -> Option<&str> {
    let fits = (min..=256).contains(&value.len());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    // Some senders use '-' and '_', which do no harm.
    (fits
        && value
            .bytes()
            .all(|byte| allowed(byte) || byte == b'-' || byte == b'_'))
    .then_some(value)
}

/// `None` when the list is fuller than that of any real description.
fn push<T>(list: &mut Vec<T>, item: T) -> Option<()> {
    (list.len() < MAX_ATTRIBUTES).then(|| list.push(item))
}

/// A browser's offer with 30 video sections is about 150 KiB.
const MAX_BYTES: usize = 512 * 1024;
const MAX_SECTIONS: usize = 512;
const MAX_FORMATS: usize = 128;
/// Of one kind in one section: Chromium writes 50 lines of feedback for video.
const MAX_ATTRIBUTES: usize = 512;
/// The longest MID, RID or encoding name.
const MAX_TOKEN: usize = 64;
/// The longest identifier or URI.
const MAX_TEXT: usize = 256;
