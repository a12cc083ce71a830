//! A published source, from the request to add it to the end.

use bega_media::{Codec, Kind, PublicationId, ReceiveSpec};
use livekit_protocol as proto;
use proto::{TrackSource, TrackType};

use crate::codecs::{self, Format, Redundancy};
use crate::dynacast::Demand;

pub(crate) struct Track {
    /// What clients are told.
    pub(crate) info: proto::TrackInfo,
    /// The client's names for it: one for each codec it might send.
    pub(crate) cids: Vec<String>,
    pub(crate) publication: PublicationId,
    /// How its packets arrive; `None` until an offer carried it.
    pub(crate) receive: Option<ReceiveSpec>,
    /// What may arrive, in the publisher's order of preference.
    pub(crate) formats: Vec<Format>,
    /// Which sizes its publisher was told that somebody needs.
    pub(crate) demand: Demand,
    /// Somebody received it at some time.
    pub(crate) was_subscribed: bool,
}

impl Track {
    #[expect(deprecated, reason = "older clients read these fields")]
    pub(crate) fn new(
        sid: String,
        publication: PublicationId,
        request: proto::AddTrackRequest,
    ) -> Self {
        let mut cids = vec![request.cid];
        cids.extend(
            request
                .simulcast_codecs
                .iter()
                .map(|codec| codec.cid.clone()),
        );
        cids.retain(|cid| !cid.is_empty());

        // Smallest first, as the media plane counts them.
        let mut layers = request.layers;
        layers.sort_by_key(|layer| u64::from(layer.width) * u64::from(layer.height));

        let kind = kind_of(request.r#type);
        let codec = request
            .simulcast_codecs
            .iter()
            .find_map(|codec| codecs::by_name(&codec.codec))
            .filter(|&codec| codecs::kind(codec) == kind)
            .unwrap_or(match kind {
                Kind::Audio => Codec::Opus,
                Kind::Video => Codec::Vp8,
            });

        let mut track = Self {
            info: proto::TrackInfo {
                sid,
                r#type: request.r#type,
                name: request.name,
                muted: request.muted,
                width: request.width,
                height: request.height,
                simulcast: layers.len() > 1,
                disable_dtx: request.disable_dtx,
                source: request.source,
                layers,
                stereo: request.stereo,
                disable_red: request.disable_red,
                encryption: request.encryption,
                stream: request.stream,
                audio_features: request.audio_features,
                ..proto::TrackInfo::default()
            },
            cids,
            publication,
            receive: None,
            formats: Vec::new(),
            demand: Demand::default(),
            was_subscribed: false,
        };
        track.set_codec(codec);
        track
    }

    /// What its publisher said it will send, or was seen to send. Whether anything changed.
    #[expect(deprecated, reason = "older clients read these fields")]
    pub(crate) fn set_codec(&mut self, codec: Codec) -> bool {
        let mime_type = codecs::mime(codec).to_owned();
        if self.info.mime_type == mime_type {
            return false;
        }
        self.info.codecs = vec![proto::SimulcastCodecInfo {
            mime_type: mime_type.clone(),
            cid: self.cids.first().cloned().unwrap_or_default(),
            layers: self.info.layers.clone(),
            ..proto::SimulcastCodecInfo::default()
        }];
        self.info.mime_type = mime_type;
        true
    }

    pub(crate) fn kind(&self) -> Kind {
        kind_of(self.info.r#type)
    }

    pub(crate) fn codec(&self) -> Option<Codec> {
        codecs::by_mime(&self.info.mime_type)
    }

    pub(crate) fn redundancy(&self) -> Redundancy {
        if self.info.disable_red || self.info.encryption() != proto::encryption::Type::None {
            Redundancy::Refused
        } else {
            Redundancy::Wanted
        }
    }

    /// Whether silence in it need not be sent.
    #[expect(deprecated, reason = "older clients say it here")]
    pub(crate) fn is_speech(&self) -> bool {
        let no_dtx = i32::from(proto::AudioTrackFeature::TfNoDtx);
        self.info.source() == TrackSource::Microphone
            && !self.info.disable_dtx
            && !self.info.audio_features.contains(&no_dtx)
    }

    /// Smallest first.
    #[expect(deprecated, reason = "the same list for all codecs of a track")]
    pub(crate) fn layers(&self) -> &[proto::VideoLayer] {
        &self.info.layers
    }

    /// Tracks with the same word are played in step.
    pub(crate) fn stream(&self) -> &'static str {
        match self.info.source() {
            TrackSource::ScreenShare | TrackSource::ScreenShareAudio => "screen",
            TrackSource::Camera | TrackSource::Microphone | TrackSource::Unknown => "camera",
        }
    }
}

fn kind_of(r#type: i32) -> Kind {
    if r#type == i32::from(TrackType::Audio) {
        Kind::Audio
    } else {
        Kind::Video
    }
}
