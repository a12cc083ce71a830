//! What a participant publishes: requests to add tracks, its offers, our answers.
//!
//! A track exists twice: as a request over signalling, known by the client's id (`cid`), and as a
//! section of an offer. They are matched by the track id in the section's `msid`; where a browser
//! makes up its own, by kind and order.

use std::collections::HashSet;

use bega_media::{Command, Kind, PeerId, ReceiveSpec, RoomId, SsrcPair};
use bega_transport::sdp::{
    Answer, AnswerSection, Local, Receive, Section, SectionKind, SessionDescription,
};
use bega_transport::{Fingerprint, IceCredentials};
use livekit_protocol as proto;
use proto::request_response::{Reason, Request};
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::codecs::{self, Redundancy};
use crate::ids::Ids;
use crate::layers::smallest_first;
use crate::participant::Participant;
use crate::report::Happening;
use crate::room::{FrameError, MediaRoom};
use crate::subscription::Unsettled;
use crate::track::Track;

/// More than anybody has sources; a bound on what one participant can make all others hold.
const MOST_TRACKS: usize = 16;

/// Of codecs, layers and features of one track.
pub(crate) const MOST_PARTS: usize = 16;
/// Of a name or an id in a request.
const LONGEST_TEXT: usize = 256;

/// The transport of what a participant publishes. It is made with its first offer.
pub(crate) struct Publisher {
    session_id: u64,
    version: u64,
    transport: Option<PublisherTransport>,
}

struct PublisherTransport {
    peer: PeerId,
    local: IceCredentials,
    remote: Remote,
}

/// Who the other side is.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Remote {
    ufrag: String,
    fingerprint: Fingerprint,
}

impl Remote {
    pub(crate) fn of(description: &SessionDescription) -> Self {
        Self {
            ufrag: description.ice.ufrag.clone(),
            fingerprint: description.fingerprint,
        }
    }

    pub(crate) fn set(&self, peer: PeerId) -> Command {
        Command::SetRemote {
            peer,
            ufrag: self.ufrag.clone(),
            fingerprint: self.fingerprint,
        }
    }
}

impl Publisher {
    pub(crate) fn new(ids: &mut Ids) -> Self {
        Self {
            session_id: ids.session(),
            version: 0,
            transport: None,
        }
    }

    pub(crate) fn peer(&self) -> Option<PeerId> {
        self.transport.as_ref().map(|transport| transport.peer)
    }

    /// Follows the transport part of an offer: the first makes our side of it, a new ufrag restarts
    /// ICE. Returns our credentials for the answer.
    fn follow(
        &mut self,
        offer: &SessionDescription,
        room: RoomId,
        ids: &mut Ids,
        commands: &mut Vec<Command>,
    ) -> (PeerId, IceCredentials) {
        let remote = Remote::of(offer);
        let transport = match &mut self.transport {
            Some(transport) if transport.remote == remote => transport,
            Some(transport) => {
                transport.local = IceCredentials::generate(&mut ids.rng());
                commands.push(Command::RestartIce {
                    peer: transport.peer,
                    local: transport.local.clone(),
                });
                commands.push(remote.set(transport.peer));
                transport.remote = remote;
                transport
            }
            none => {
                let peer = ids.peer();
                let local = IceCredentials::generate(&mut ids.rng());
                commands.push(Command::AddPeer {
                    room,
                    peer,
                    local: local.clone(),
                    // The client opens its own.
                    channels: Vec::new(),
                });
                commands.push(remote.set(peer));
                none.insert(PublisherTransport {
                    peer,
                    local,
                    remote,
                })
            }
        };
        (transport.peer, transport.local.clone())
    }
}

impl MediaRoom {
    pub(crate) fn handle_add_track(
        &mut self,
        from: &ParticipantSid,
        wanted: proto::AddTrackRequest,
    ) {
        let Some(participant) = self.participants.get_mut(from) else {
            return;
        };

        if let Some(refusal) = refusal(participant, &wanted) {
            self.respond(from, 0, refusal, Request::AddTrack(wanted));
            return;
        }
        let cid = wanted.cid.clone();
        let waiting = participant
            .tracks
            .iter()
            .find(|track| track.receive.is_none() && track.cids.contains(&cid));
        let info = if let Some(track) = waiting {
            track.info.clone()
        } else {
            let track = Track::new(self.ids.sid("TR_"), self.ids.publication(), wanted);
            let info = track.info.clone();
            participant.tracks.push(track);
            info
        };
        self.send(
            from,
            Message::TrackPublished(proto::TrackPublishedResponse {
                cid,
                track: Some(info),
            }),
        );
    }

    pub(crate) fn handle_mute(&mut self, from: &ParticipantSid, mute: &proto::MuteTrackRequest) {
        self.set_muted(from, mute.muted, |track| track.info.sid == mute.sid);
    }

    /// Mutes what a participant publishes of a kind. It may unmute itself again.
    pub fn mute(&mut self, identity: &str, kind: Kind) {
        let Some(sid) = self.sid_of(identity) else {
            return;
        };
        for muted in self.set_muted(&sid, true, |track| track.kind() == kind) {
            self.send(
                &sid,
                Message::Mute(proto::MuteTrackRequest {
                    sid: muted,
                    muted: true,
                }),
            );
        }
    }

    /// Returns the sids of the tracks that were not so before.
    pub(crate) fn set_muted(
        &mut self,
        of: &ParticipantSid,
        muted: bool,
        which: impl Fn(&Track) -> bool,
    ) -> Vec<String> {
        let Some(participant) = self.participants.get_mut(of) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        let mut commands = Vec::new();
        for track in &mut participant.tracks {
            if which(track) && track.info.muted != muted {
                track.info.muted = muted;
                changed.push(track.info.sid.clone());
                if track.receive.is_some() {
                    commands.push(Command::SetMuted {
                        publication: track.publication,
                        muted,
                    });
                }
            }
        }
        let is_seen = !commands.is_empty();
        self.command_all(commands);
        if is_seen {
            self.announce(of);
        }
        changed
    }

    pub(crate) fn handle_offer(
        &mut self,
        from: &ParticipantSid,
        offer: &proto::SessionDescription,
    ) -> Result<(), FrameError> {
        let description = SessionDescription::parse(&offer.sdp)?;
        let Some(participant) = self.participants.get_mut(from) else {
            return Ok(());
        };

        let mut commands = Vec::new();
        let (peer, ice) = participant.publisher.follow(
            &description,
            self.config.room,
            &mut self.ids,
            &mut commands,
        );
        let ended = end_missing(&mut participant.tracks, &description.sections);
        commands.extend(ended.iter().map(|track| Command::Unpublish {
            publication: track.publication,
        }));
        let mut is_changed = !ended.is_empty();
        let known: HashSet<String> = participant
            .published()
            .map(|track| track.info.sid.clone())
            .collect();

        let matched = match_sections(&participant.tracks, &description.sections);
        let mut sections = Vec::with_capacity(description.sections.len());
        for (section, track) in description.sections.iter().zip(matched) {
            let track = track.and_then(|index| participant.tracks.get_mut(index));
            let (answer, publish) = answer_section(section, track, peer);
            sections.push(answer);
            if let Some(new) = publish {
                is_changed = true;
                commands.extend(new);
            }
        }

        participant.publisher.version += 1;
        let answer = Answer {
            local: Local {
                session_id: participant.publisher.session_id,
                version: participant.publisher.version,
                ice,
                fingerprint: self.config.fingerprint,
                candidates: self.config.candidates.clone(),
            },
            sections,
        };
        self.command_all(commands);
        self.forget_wishes(&ended);
        self.send(
            from,
            Message::Answer(proto::SessionDescription {
                r#type: "answer".to_owned(),
                sdp: answer.to_string(),
                id: offer.id,
                ..proto::SessionDescription::default()
            }),
        );
        if is_changed {
            self.announce(from);
            self.unsettled = Unsettled::Everybody;
            self.report_tracks(from, &known, &ended);
        }
        Ok(())
    }

    /// What has begun since these were known, and what has ended.
    fn report_tracks(&mut self, of: &ParticipantSid, known: &HashSet<String>, ended: &[Track]) {
        let Some(participant) = self.participants.get(of) else {
            return;
        };
        let info = participant.info();
        let begun: Vec<proto::TrackInfo> = participant
            .published()
            .filter(|track| !known.contains(&track.info.sid))
            .map(|track| track.info.clone())
            .collect();
        for track in ended {
            self.report(&Happening::TrackUnpublished(&info, &track.info));
        }
        for track in &begun {
            self.report(&Happening::TrackPublished(&info, track));
        }
    }
}

/// Why a track may not be added.
fn refusal(participant: &Participant, wanted: &proto::AddTrackRequest) -> Option<Reason> {
    if !participant.grants.allows(wanted.source()) {
        Some(Reason::NotAllowed)
    } else if wanted.r#type() == proto::TrackType::Data || !wanted.sid.is_empty() {
        // A sid asks for a second codec of a track there is, which nobody is told to send.
        Some(Reason::UnsupportedType)
    } else if wanted.cid.is_empty() || is_beyond_measure(wanted) {
        Some(Reason::InvalidRequest)
    } else if participant.tracks.len() >= MOST_TRACKS {
        Some(Reason::LimitExceeded)
    } else {
        None
    }
}

/// All of it is told to everybody, again and again.
fn is_beyond_measure(wanted: &proto::AddTrackRequest) -> bool {
    let codecs = wanted.simulcast_codecs.iter();
    let layers = wanted.layers.iter();
    let texts = [&wanted.cid, &wanted.name, &wanted.stream].into_iter();
    wanted.simulcast_codecs.len() > MOST_PARTS
        || wanted.layers.len() > MOST_PARTS
        || wanted.audio_features.len() > MOST_PARTS
        || texts
            .chain(codecs.flat_map(|codec| [&codec.codec, &codec.cid]))
            .chain(layers.map(|layer| &layer.rid))
            .any(|text| text.len() > LONGEST_TEXT)
}

/// Takes out the tracks whose section no longer sends: the client has unpublished them.
fn end_missing(tracks: &mut Vec<Track>, sections: &[Section]) -> Vec<Track> {
    let sending: HashSet<&str> = sections
        .iter()
        .filter(|section| sends(section))
        .map(|section| section.mid.as_str())
        .collect();
    tracks
        .extract_if(.., |track| {
            track
                .receive
                .as_ref()
                .is_some_and(|receive| !sending.contains(receive.mid.as_str()))
        })
        .collect()
}

fn sends(section: &Section) -> bool {
    !section.rejected && section.direction.sends() && section.kind != SectionKind::Application
}

/// Whether a section may carry a track.
type Rule = dyn Fn(&Track, &Section) -> bool;

/// For each section the index of the track it carries.
fn match_sections(tracks: &[Track], sections: &[Section]) -> Vec<Option<usize>> {
    let mut matched: Vec<Option<usize>> = vec![None; sections.len()];
    let mut taken: HashSet<usize> = HashSet::new();
    let by_mid = |track: &Track, section: &Section| {
        track
            .receive
            .as_ref()
            .is_some_and(|receive| receive.mid == section.mid)
    };
    let by_track_id = |track: &Track, section: &Section| {
        track.receive.is_none()
            && section
                .msid
                .as_ref()
                .is_some_and(|msid| track.cids.contains(&msid.track))
    };
    let by_kind = |track: &Track, section: &Section| {
        track.receive.is_none() && codecs::section_kind(track.kind()) == section.kind
    };
    for rule in [&by_mid as &Rule, &by_track_id, &by_kind] {
        for (section, found) in sections.iter().zip(&mut matched) {
            if found.is_none() && sends(section) {
                *found = tracks
                    .iter()
                    .enumerate()
                    .position(|(index, track)| !taken.contains(&index) && rule(track, section));
                taken.extend(*found);
            }
        }
    }
    matched
}

/// Answers one section; the commands are there only where a track begins or has changed.
fn answer_section(
    section: &Section,
    track: Option<&mut Track>,
    peer: PeerId,
) -> (AnswerSection, Option<Vec<Command>>) {
    if section.rejected {
        return (AnswerSection::reject(section), None);
    }
    if section.kind == SectionKind::Application {
        return (
            AnswerSection::Application {
                mid: section.mid.clone(),
            },
            None,
        );
    }
    let formats = codecs::accepted(
        section,
        track.as_ref().and_then(|track| track.codec()),
        track
            .as_ref()
            .map_or(Redundancy::Refused, |track| track.redundancy()),
    );
    if formats.is_empty() {
        return (AnswerSection::reject(section), None);
    }
    let is_speech = track.as_ref().is_some_and(|track| track.is_speech());
    let asked = formats.iter().cloned().map(|format| {
        if is_speech {
            codecs::for_speech(format)
        } else {
            format
        }
    });

    let mut receive = Receive::accept(
        section,
        asked
            .flat_map(|format| format.descriptions().collect::<Vec<_>>())
            .collect(),
        codecs::feedback(section.kind),
        codecs::RECEIVED,
    );
    let Some(track) = track else {
        // Kept for a track that is announced later, or for good after its track has ended.
        receive.active = false;
        return (AnswerSection::Receive(receive), None);
    };

    let spec = ReceiveSpec {
        kind: track.kind(),
        mid: section.mid.clone(),
        payloads: formats.iter().map(codecs::Format::payload).collect(),
        extensions: codecs::extension_ids(&receive.extensions),
        ssrcs: if section.rids.is_empty() {
            ssrcs(section)
        } else {
            Vec::new()
        },
        layers: smallest_first(section.rids.clone(), track.layers()),
    };
    let commands = (track.receive.as_ref() != Some(&spec)).then(|| {
        let muted = track.receive.is_none() && track.info.muted;
        let publish = Command::Publish {
            peer,
            publication: track.publication,
            receive: spec.clone(),
        };
        let mute = Command::SetMuted {
            publication: track.publication,
            muted: true,
        };
        std::iter::once(publish)
            .chain(muted.then_some(mute))
            .collect()
    });
    track.info.mid.clone_from(&section.mid);
    track.formats = formats;
    track.receive = Some(spec);
    (AnswerSection::Receive(receive), commands)
}

fn ssrcs(section: &Section) -> Vec<SsrcPair> {
    section
        .sources
        .iter()
        .map(|source| SsrcPair {
            media: source.ssrc,
            rtx: source.rtx,
        })
        .collect()
}
