//! Writes our answers and offers.
//!
//! Both are ICE-lite with all candidates included: there is nothing to trickle. Sections keep
//! their order for the life of a connection; a section that is no longer needed goes inactive and
//! is taken again for the next track, so a long session does not grow its description.

use std::{fmt, net::SocketAddr};

use super::{Codec, Extension, MAX_MESSAGE_SIZE_BYTES, Msid, SCTP_PORT, Section, SectionKind};
use crate::{Fingerprint, IceCredentials, Protocol};

/// What every description says of us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Local {
    /// The same number in all descriptions of one connection.
    pub session_id: u64,
    /// One more with every description of one connection.
    pub version: u64,
    /// Our ICE credentials. New ones mean an ICE restart; the fingerprint stays.
    pub ice: IceCredentials,
    /// Our certificate's fingerprint.
    pub fingerprint: Fingerprint,
    /// Where we listen, the most useful first.
    pub candidates: Vec<Candidate>,
}

/// An address of ours that participants may check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The address.
    pub address: SocketAddr,
    /// How it is reached.
    pub protocol: Protocol,
}

/// Our answer to a publisher's offer. `to_string()` writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// What it says of us.
    pub local: Local,
    /// One for each section of the offer, in the same order.
    pub sections: Vec<AnswerSection>,
}

/// How one section of an offer is answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AnswerSection {
    /// We receive what it offers.
    Receive(Receive),
    /// Data channels.
    Application {
        /// The offered section's.
        mid: String,
    },
    /// Not wanted, or rejected by the offer itself.
    Reject {
        /// The offered section's.
        kind: SectionKind,
        /// The offered section's.
        mid: String,
    },
}

impl AnswerSection {
    /// Refuses a section.
    pub fn reject(section: &Section) -> Self {
        Self::Reject {
            kind: section.kind,
            mid: section.mid.clone(),
        }
    }
}

/// A track we receive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receive {
    /// The offered section's.
    pub kind: SectionKind,
    /// The offered section's.
    pub mid: String,
    /// Whether the publisher may send now; otherwise the section is kept, inactive.
    pub active: bool,
    /// A selection of the offered ones, the most wanted first.
    pub codecs: Vec<Codec>,
    /// A selection of the offered ones, with the offer's identifiers.
    pub extensions: Vec<Extension>,
    /// The simulcast layers accepted, all of the offer's.
    pub rids: Vec<String>,
}

impl Receive {
    /// Accepts an offered section with these of its codecs, and of its feedback messages and
    /// header extensions those that are named. Inactive where the offer does not send.
    pub fn accept(
        section: &Section,
        codecs: Vec<Codec>,
        feedback: &[&str],
        extensions: &[&str],
    ) -> Self {
        let codecs = codecs
            .into_iter()
            .map(|mut codec| {
                codec
                    .feedback
                    .retain(|offered| feedback.contains(&offered.as_str()));
                codec
            })
            .collect();
        let extensions = section
            .extensions
            .iter()
            .filter(|offered| extensions.contains(&offered.uri.as_str()));
        Self {
            kind: section.kind,
            mid: section.mid.clone(),
            active: section.direction.sends(),
            codecs,
            extensions: extensions.cloned().collect(),
            rids: section.rids.clone(),
        }
    }
}

/// Our offer to a subscriber. `to_string()` writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    /// What it says of us.
    pub local: Local,
    /// All sections this connection ever had, in their order.
    pub sections: Vec<OfferSection>,
}

/// One section of an offer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OfferSection {
    /// A track we forward.
    Send(Send),
    /// A section whose track is gone, kept to be used again.
    Inactive {
        /// What it carried and can carry again.
        kind: SectionKind,
        /// Its identifier.
        mid: String,
        /// At least one.
        codecs: Vec<Codec>,
        /// Those of [`Send::extensions`].
        extensions: Vec<Extension>,
    },
    /// A section that is stopped. Once the other side has agreed, another track may take its place
    /// under a new identifier (RFC 9429, section 5.2.2): browsers never rename the track of a
    /// section that only goes inactive.
    Rejected {
        /// What it carried.
        kind: SectionKind,
        /// Its identifier.
        mid: String,
    },
    /// Data channels.
    Application {
        /// Its identifier.
        mid: String,
    },
}

/// A track we forward.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Send {
    /// What it carries.
    pub kind: SectionKind,
    /// Its identifier.
    pub mid: String,
    /// At least one; more where the publisher may change codec.
    pub codecs: Vec<Codec>,
    /// Header extensions we write. One identifier must mean the same in all sections.
    pub extensions: Vec<Extension>,
    /// The stream and track it belongs to.
    pub msid: Msid,
    /// The SSRC of its packets.
    pub ssrc: u32,
    /// The SSRC of its retransmissions.
    pub rtx_ssrc: Option<u32>,
    /// One for everything that must play in sync (RFC 3550, section 6.5.1).
    pub cname: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mids = self.sections.iter().filter_map(|section| match section {
            AnswerSection::Receive(receive) => Some(receive.mid.as_str()),
            AnswerSection::Application { mid } => Some(mid.as_str()),
            AnswerSection::Reject { .. } => None,
        });
        write_head(f, &self.local, mids)?;
        for section in &self.sections {
            match section {
                AnswerSection::Receive(receive) => write_receive(f, &self.local, receive)?,
                AnswerSection::Application { mid } => {
                    write_application(f, &self.local, Role::Passive, mid)?;
                }
                AnswerSection::Reject { kind, mid } => write_rejected(f, *kind, mid)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mids = self.sections.iter().filter_map(|section| match section {
            OfferSection::Send(Send { mid, .. })
            | OfferSection::Inactive { mid, .. }
            | OfferSection::Application { mid } => Some(mid.as_str()),
            OfferSection::Rejected { .. } => None,
        });
        write_head(f, &self.local, mids)?;
        for section in &self.sections {
            match section {
                OfferSection::Send(send) => write_send(f, &self.local, send)?,
                OfferSection::Inactive {
                    kind,
                    mid,
                    codecs,
                    extensions,
                } => {
                    write_media_line(f, *kind, codecs)?;
                    write_transport(f, &self.local, Role::ActPass, mid)?;
                    write_extensions(f, extensions)?;
                    write_direction(f, "inactive")?;
                    write_codecs(f, codecs)?;
                }
                OfferSection::Rejected { kind, mid } => write_rejected(f, *kind, mid)?,
                OfferSection::Application { mid } => {
                    write_application(f, &self.local, Role::ActPass, mid)?;
                }
            }
        }
        Ok(())
    }
}

/// Our DTLS role as it is written: the server in answers, and in offers as the other side wishes.
#[derive(Clone, Copy)]
enum Role {
    Passive,
    ActPass,
}

fn write_head<'a>(
    f: &mut fmt::Formatter<'_>,
    local: &Local,
    mids: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    write!(
        f,
        "v=0\r\no=- {} {} IN IP4 127.0.0.1\r\n",
        local.session_id, local.version
    )?;
    f.write_str("s=-\r\nt=0 0\r\na=group:BUNDLE")?;
    for mid in mids {
        write!(f, " {mid}")?;
    }
    f.write_str("\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS *\r\na=ice-lite\r\n")
}

fn write_receive(f: &mut fmt::Formatter<'_>, local: &Local, receive: &Receive) -> fmt::Result {
    write_media_line(f, receive.kind, &receive.codecs)?;
    write_transport(f, local, Role::Passive, &receive.mid)?;
    write_extensions(f, &receive.extensions)?;
    write_direction(
        f,
        if receive.active {
            "recvonly"
        } else {
            "inactive"
        },
    )?;
    write_codecs(f, &receive.codecs)?;
    if receive.rids.is_empty() {
        return Ok(());
    }
    for rid in &receive.rids {
        write!(f, "a=rid:{rid} recv\r\n")?;
    }
    write!(f, "a=simulcast:recv {}\r\n", receive.rids.join(";"))
}

fn write_send(f: &mut fmt::Formatter<'_>, local: &Local, send: &Send) -> fmt::Result {
    write_media_line(f, send.kind, &send.codecs)?;
    write_transport(f, local, Role::ActPass, &send.mid)?;
    write_extensions(f, &send.extensions)?;
    write_direction(f, "sendonly")?;
    write!(f, "a=msid:{} {}\r\n", send.msid.stream, send.msid.track)?;
    write_codecs(f, &send.codecs)?;
    if let Some(rtx) = send.rtx_ssrc {
        write!(f, "a=ssrc-group:FID {} {rtx}\r\n", send.ssrc)?;
    }
    for ssrc in [Some(send.ssrc), send.rtx_ssrc].into_iter().flatten() {
        write!(f, "a=ssrc:{ssrc} cname:{}\r\n", send.cname)?;
    }
    Ok(())
}

fn write_application(
    f: &mut fmt::Formatter<'_>,
    local: &Local,
    role: Role,
    mid: &str,
) -> fmt::Result {
    f.write_str("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")?;
    write_transport(f, local, role, mid)?;
    write!(
        f,
        "a=sctp-port:{SCTP_PORT}\r\na=max-message-size:{MAX_MESSAGE_SIZE_BYTES}\r\n"
    )
}

fn write_rejected(f: &mut fmt::Formatter<'_>, kind: SectionKind, mid: &str) -> fmt::Result {
    let line = match kind {
        SectionKind::Audio => "m=audio 0 UDP/TLS/RTP/SAVPF 0",
        SectionKind::Video => "m=video 0 UDP/TLS/RTP/SAVPF 0",
        SectionKind::Application => "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    };
    write!(
        f,
        "{line}\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:{mid}\r\n"
    )
}

fn write_media_line(
    f: &mut fmt::Formatter<'_>,
    kind: SectionKind,
    codecs: &[Codec],
) -> fmt::Result {
    let media = match kind {
        SectionKind::Audio => "audio",
        SectionKind::Video | SectionKind::Application => "video",
    };
    write!(f, "m={media} 9 UDP/TLS/RTP/SAVPF")?;
    for codec in codecs {
        write!(f, " {}", codec.payload_type)?;
        if let Some(rtx) = codec.rtx {
            write!(f, " {rtx}")?;
        }
    }
    f.write_str("\r\n")
}

fn write_transport(
    f: &mut fmt::Formatter<'_>,
    local: &Local,
    role: Role,
    mid: &str,
) -> fmt::Result {
    let setup = match role {
        Role::Passive => "passive",
        Role::ActPass => "actpass",
    };
    let IceCredentials { ufrag, pwd } = &local.ice;
    write!(
        f,
        "c=IN IP4 0.0.0.0\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\n"
    )?;
    write!(f, "a=fingerprint:sha-256 {}\r\n", local.fingerprint)?;
    write!(f, "a=setup:{setup}\r\na=mid:{mid}\r\n")?;
    for (index, candidate) in local.candidates.iter().enumerate() {
        let rank = u32::try_from(index).unwrap_or(u32::MAX).min(MAX_RANK);
        let (protocol, priority, kind) = match candidate.protocol {
            Protocol::Udp => ("udp", UDP_PRIORITY, ""),
            // We only listen (RFC 6544, section 4.5).
            Protocol::Tcp => ("tcp", TCP_PRIORITY, " tcptype passive"),
        };
        let priority = priority - (rank << 8);
        let (ip, port) = (candidate.address.ip(), candidate.address.port());
        write!(f, "a=candidate:{} 1 {protocol} {priority} ", index + 1)?;
        write!(f, "{ip} {port} typ host{kind}\r\n")?;
    }
    f.write_str("a=end-of-candidates\r\n")
}

fn write_extensions(f: &mut fmt::Formatter<'_>, extensions: &[Extension]) -> fmt::Result {
    extensions
        .iter()
        .try_for_each(|Extension { id, uri }| write!(f, "a=extmap:{id} {uri}\r\n"))
}

fn write_direction(f: &mut fmt::Formatter<'_>, direction: &str) -> fmt::Result {
    write!(f, "a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n")
}

fn write_codecs(f: &mut fmt::Formatter<'_>, codecs: &[Codec]) -> fmt::Result {
    for codec in codecs {
        let payload_type = codec.payload_type;
        write!(
            f,
            "a=rtpmap:{payload_type} {}/{}",
            codec.name, codec.clock_rate
        )?;
        if let Some(channels) = codec.channels {
            write!(f, "/{channels}")?;
        }
        f.write_str("\r\n")?;
        for feedback in &codec.feedback {
            write!(f, "a=rtcp-fb:{payload_type} {feedback}\r\n")?;
        }
        if !codec.parameters.is_empty() {
            write!(f, "a=fmtp:{payload_type} {}\r\n", codec.parameters)?;
        }
        if let Some(rtx) = codec.rtx {
            write!(f, "a=rtpmap:{rtx} rtx/{}\r\n", codec.clock_rate)?;
            write!(f, "a=fmtp:{rtx} apt={payload_type}\r\n")?;
        }
    }
    Ok(())
}

/// Type preference 126, local preference 65,535, component 1 (RFC 8445, section 5.1.2.1).
const UDP_PRIORITY: u32 = (126 << 24) | (65_535 << 8) | 255;
/// Type preference 90, below every address that UDP reaches; direction preference of the passive
/// side 4, other preference 8,191 (RFC 6544, section 4.2).
const TCP_PRIORITY: u32 = (90 << 24) | (((4 << 13) | 8_191) << 8) | 255;
/// What the other preference has room for.
const MAX_RANK: u32 = 8_191;
