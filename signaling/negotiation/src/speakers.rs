//! Telling everybody who speaks, as far as they may hear it.
//!
//! Clients are told of changes only. What each was told is remembered, so that one who may no longer
//! hear a speaker is told that it is silent, and learns nothing more.

use std::collections::BTreeMap;

use bega_media::Speaker;
use livekit_protocol as proto;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::participant::Participant;
use crate::room::MediaRoom;

/// Loudness in eighths, as the media plane tells it.
pub(crate) type Levels = BTreeMap<ParticipantSid, u8>;

impl MediaRoom {
    /// Who speaks now, by the media plane.
    pub(crate) fn handle_speakers(&mut self, speakers: &[Speaker]) {
        let mut levels = Levels::new();
        for one in self.participants.values().filter(|one| !one.grants.hidden) {
            let loudest = speakers
                .iter()
                .filter(|speaker| {
                    let mut own = one.published().filter(|track| !track.info.muted);
                    own.any(|track| track.publication == speaker.publication)
                })
                .map(|speaker| speaker.level)
                .max();
            levels.extend(loudest.map(|level| (one.sid.clone(), level)));
        }
        self.speakers = levels;
        self.tell_speakers();
    }

    /// Tells everybody what has changed for them: who speaks, or whom they may hear.
    pub(crate) fn tell_speakers(&mut self) {
        let listeners: Vec<ParticipantSid> = self
            .participants
            .values()
            .filter(|one| !self.speakers.is_empty() || !one.heard.is_empty())
            .map(|one| one.sid.clone())
            .collect();
        for sid in listeners {
            self.tell_speakers_to(&sid);
        }
    }

    /// The same for one.
    pub(crate) fn tell_speakers_to(&mut self, sid: &ParticipantSid) {
        let Some(listener) = self.participants.get(sid) else {
            return;
        };
        let audible: Levels = self
            .speakers
            .iter()
            .filter(|(speaker, _)| self.may_hear(listener, speaker))
            .map(|(speaker, level)| (speaker.clone(), *level))
            .collect();
        let speakers = changes(&listener.heard, &audible);
        if speakers.is_empty() {
            return;
        }
        if let Some(listener) = self.participants.get_mut(sid) {
            listener.heard = audible;
        }
        self.send(
            sid,
            Message::SpeakersChanged(proto::SpeakersChanged { speakers }),
        );
    }

    /// Whether one may know that the other speaks: who may not receive it may not.
    fn may_hear(&self, listener: &Participant, speaker: &ParticipantSid) -> bool {
        let Some(speaker) = self.participants.get(speaker) else {
            return false;
        };
        listener.sid == speaker.sid
            || listener.grants.can_subscribe
                && self.is_allowed(&listener.grants.identity, &speaker.grants.identity)
                && speaker
                    .published()
                    .filter(|track| track.kind() == bega_media::Kind::Audio)
                    .any(|track| speaker.permission.permits(listener, &track.info.sid))
    }
}

fn changes(before: &Levels, now: &Levels) -> Vec<proto::SpeakerInfo> {
    let silent = before.keys().filter(|sid| !now.contains_key(*sid));
    let silent = silent.map(|sid| (sid, 0));
    let louder = now.iter().map(|(sid, level)| (sid, *level));
    louder
        .filter(|(sid, level)| before.get(*sid) != Some(level))
        .chain(silent)
        .map(|(sid, level)| proto::SpeakerInfo {
            sid: sid.to_string(),
            level: f32::from(level) / 8.0,
            active: level > 0,
        })
        .collect()
}
