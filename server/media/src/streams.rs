//! Which SSRC of a publisher is which layer of which publication.
//!
//! With simulcast a browser names a stream only in its first packets, by MID and RID header
//! extensions (repaired RID for retransmissions). From then on it sends bare SSRCs, also after a
//! renegotiation or an ICE restart. So a binding, once learned, holds until the publication ends
//! or the stream's name comes with another SSRC.

use std::collections::HashMap;

use crate::{
    command::{ExtensionIds, Payload, PublicationId, ReceiveSpec},
    layer_selector::Layer,
    publication::Publication,
    registry::Slot,
    rtp::Packet,
};

/// The streams of one publisher's transport.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    by_ssrc: HashMap<u32, Stream>,
    sections: Vec<Section>,
    extensions: ExtensionIds,
}

/// What an SSRC is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stream {
    pub(crate) publication: Slot<Publication>,
    pub(crate) layer: Layer,
    pub(crate) role: Role,
}

/// Media, or the retransmissions of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Media,
    Retransmission,
}

/// What a payload type is used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// Media as it is.
    Plain,
    /// Media together with what came before it.
    Redundant,
    /// Media that comes again.
    Retransmission,
}

impl Form {
    /// What a payload type is to one of a section's codecs, if anything.
    pub(crate) fn of(payload_type: u8, payload: &Payload) -> Option<Self> {
        if payload.payload_type == payload_type {
            Some(Self::Plain)
        } else if payload.red == Some(payload_type) {
            Some(Self::Redundant)
        } else if payload.rtx == Some(payload_type) {
            Some(Self::Retransmission)
        } else {
            None
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Plain | Self::Redundant => Role::Media,
            Self::Retransmission => Role::Retransmission,
        }
    }
}

/// One media section of the publisher's offer.
#[derive(Debug)]
struct Section {
    id: PublicationId,
    publication: Slot<Publication>,
    receive: ReceiveSpec,
}

impl Streams {
    /// Takes an accepted media section, new or changed. What was learned from packets stays,
    /// unless the layers are others now.
    pub(crate) fn publish(
        &mut self,
        id: PublicationId,
        publication: Slot<Publication>,
        receive: &ReceiveSpec,
    ) {
        match self.sections.iter_mut().find(|section| section.id == id) {
            Some(section) => {
                let has_other_layers = section.receive.layers != receive.layers;
                section.receive = receive.clone();
                if has_other_layers || !receive.ssrcs.is_empty() {
                    self.by_ssrc
                        .retain(|_, stream| stream.publication != publication);
                }
            }
            None => self.sections.push(Section {
                id,
                publication,
                receive: receive.clone(),
            }),
        }
        for (layer, pair) in receive.ssrcs.iter().take(MAX_LAYERS).enumerate() {
            let stream = Stream {
                publication,
                layer: layer as Layer,
                role: Role::Media,
            };
            // One that belongs to another section stays with it: sections cannot be crossed.
            self.by_ssrc.entry(pair.media).or_insert(stream);
            if let Some(rtx) = pair.rtx {
                let role = Role::Retransmission;
                self.by_ssrc.entry(rtx).or_insert(Stream { role, ..stream });
            }
        }
        self.merge_extensions();
    }

    /// Forgets a publication.
    pub(crate) fn unpublish(&mut self, publication: Slot<Publication>) {
        self.sections
            .retain(|section| section.publication != publication);
        self.by_ssrc
            .retain(|_, stream| stream.publication != publication);
        self.merge_extensions();
    }

    /// The header extensions of this transport. One identifier means one thing in all bundled
    /// sections (RFC 8843, section 9), so they are known before the section is.
    pub(crate) fn extensions(&self) -> &ExtensionIds {
        &self.extensions
    }

    /// What an SSRC is, if that is known.
    pub(crate) fn get(&self, ssrc: u32) -> Option<Stream> {
        self.by_ssrc.get(&ssrc).copied()
    }

    /// What the SSRC of a packet is, learned from its header extensions if need be.
    pub(crate) fn resolve(&mut self, packet: &Packet<'_>) -> Option<Stream> {
        let ssrc = packet.header.ssrc;
        if let Some(stream) = self.get(ssrc) {
            return Some(stream);
        }
        let stream = self.learn(packet)?;
        // Only the newest SSRC of a stream counts; this also bounds the map.
        self.by_ssrc.retain(|_, known| *known != stream);
        self.by_ssrc.insert(ssrc, stream);
        Some(stream)
    }

    fn learn(&self, packet: &Packet<'_>) -> Option<Stream> {
        let mut candidates = self
            .sections
            .iter()
            .filter_map(|section| section.claim(packet));
        let stream = candidates.next()?;
        // Two sections may fit when a publisher sends no MID. Guessing could cross them.
        candidates.next().is_none().then_some(stream)
    }

    fn merge_extensions(&mut self) {
        self.extensions = ExtensionIds::default();
        for ids in self
            .sections
            .iter()
            .map(|section| section.receive.extensions)
        {
            let all = &mut self.extensions;
            all.mid = all.mid.or(ids.mid);
            all.rid = all.rid.or(ids.rid);
            all.repaired_rid = all.repaired_rid.or(ids.repaired_rid);
            all.transport_cc = all.transport_cc.or(ids.transport_cc);
            all.abs_send_time = all.abs_send_time.or(ids.abs_send_time);
            all.audio_level = all.audio_level.or(ids.audio_level);
            all.dependency_descriptor = all.dependency_descriptor.or(ids.dependency_descriptor);
        }
    }
}

impl Section {
    /// Says which of its streams a packet belongs to, if to any.
    fn claim(&self, packet: &Packet<'_>) -> Option<Stream> {
        let ids = &self.receive.extensions;
        let payload_type = packet.header.payload_type;
        let payloads = &self.receive.payloads;
        let role = payloads
            .iter()
            .find_map(|payload| Form::of(payload_type, payload))?
            .role();
        if packet
            .extensions
            .text(ids.mid)
            .is_some_and(|mid| mid != self.receive.mid)
        {
            return None;
        }
        let rid = match role {
            Role::Media => packet.extensions.text(ids.rid),
            Role::Retransmission => packet.extensions.text(ids.repaired_rid),
        };
        let layer = match rid {
            Some(rid) => self.receive.layers.iter().position(|layer| layer == rid)?,
            // Without a name there is nothing to choose from but one.
            None if layer_count(&self.receive) == 1 => 0,
            None => return None,
        };
        Some(Stream {
            publication: self.publication,
            layer: layer as Layer,
            role,
        })
    }
}

/// How many layers a publication can have: by RIDs, else by SSRCs, at least one.
pub(crate) fn layer_count(receive: &ReceiveSpec) -> usize {
    receive
        .layers
        .len()
        .max(receive.ssrcs.len())
        .clamp(1, MAX_LAYERS)
}

/// More than any browser offers.
const MAX_LAYERS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::{Codec, Kind, SsrcPair},
        registry::Registry,
        rtp::Header,
    };

    const MID: u8 = 1;
    const RID: u8 = 2;
    const REPAIRED: u8 = 3;

    #[test]
    fn a_rid_binds_an_ssrc_that_then_comes_alone() {
        let mut streams = camera();

        let named = resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "h")]).unwrap();
        let bare = resolve(&mut streams, 7, 96, &[]).unwrap();

        assert_eq!((named.layer, named.role), (1, Role::Media));
        assert_eq!(named, bare);
    }

    #[test]
    fn a_repaired_rid_binds_retransmissions() {
        let mut streams = camera();

        let stream = resolve(&mut streams, 8, 97, &[(MID, "0"), (REPAIRED, "f")]).unwrap();

        assert_eq!((stream.layer, stream.role), (2, Role::Retransmission));
    }

    #[test]
    fn bindings_survive_a_renegotiation() {
        let mut streams = camera();
        let before = resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "h")]);

        streams.publish(PublicationId(1), slot(0), &camera_section());
        streams.publish(PublicationId(2), slot(1), &microphone_section());

        assert_eq!(resolve(&mut streams, 7, 96, &[]), before);
    }

    #[test]
    fn a_stream_that_changes_its_ssrc_is_bound_anew() {
        let mut streams = camera();
        resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "h")]);

        let moved = resolve(&mut streams, 70, 96, &[(MID, "0"), (RID, "h")]).unwrap();

        assert_eq!(moved.layer, 1);
        assert_eq!(streams.get(7), None);
    }

    #[test]
    fn an_ssrc_without_a_name_is_not_guessed() {
        let mut streams = camera();

        assert_eq!(resolve(&mut streams, 7, 96, &[(MID, "0")]), None);
        assert_eq!(
            resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "x")]),
            None
        );
        assert_eq!(
            resolve(&mut streams, 7, 96, &[(MID, "9"), (RID, "h")]),
            None
        );
        assert_eq!(
            resolve(&mut streams, 7, 50, &[(MID, "0"), (RID, "h")]),
            None
        );
    }

    #[test]
    fn a_single_stream_is_known_by_its_mid_or_by_being_the_only_one() {
        let mut streams = camera();
        streams.publish(PublicationId(2), slot(1), &microphone_section());

        let by_mid = resolve(&mut streams, 20, 111, &[(MID, "1")]).unwrap();
        let alone = resolve(&mut streams, 21, 111, &[]).unwrap();

        assert_eq!(by_mid.publication, slot(1));
        assert_eq!(alone, by_mid);
    }

    #[test]
    fn two_sections_that_fit_alike_are_not_mixed_up() {
        let mut streams = Streams::default();
        streams.publish(PublicationId(1), slot(0), &microphone_section());
        let second = ReceiveSpec {
            mid: "2".into(),
            ..microphone_section()
        };
        streams.publish(PublicationId(2), slot(1), &second);

        assert_eq!(resolve(&mut streams, 20, 111, &[]), None);
    }

    #[test]
    fn ssrcs_of_the_description_are_known_at_once() {
        let mut streams = Streams::default();
        let mut section = camera_section();
        section.layers.clear();
        section.ssrcs = vec![SsrcPair {
            media: 5,
            rtx: Some(6),
        }];

        streams.publish(PublicationId(1), slot(0), &section);

        assert_eq!(streams.get(5).unwrap().role, Role::Media);
        assert_eq!(streams.get(6).unwrap().role, Role::Retransmission);
    }

    #[test]
    fn an_ssrc_of_one_section_cannot_be_claimed_by_another() {
        let mut streams = Streams::default();
        let mut camera = camera_section();
        camera.layers.clear();
        camera.ssrcs = vec![SsrcPair {
            media: 5,
            rtx: Some(6),
        }];
        let mut microphone = microphone_section();
        microphone.ssrcs = vec![SsrcPair {
            media: 6,
            rtx: Some(5),
        }];

        streams.publish(PublicationId(1), slot(0), &camera);
        streams.publish(PublicationId(2), slot(1), &microphone);

        assert_eq!(streams.get(5).unwrap().publication, slot(0));
        assert_eq!(streams.get(6).unwrap().publication, slot(0));
    }

    #[test]
    fn a_publication_that_ended_takes_its_bindings_along() {
        let mut streams = camera();
        resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "h")]);

        streams.unpublish(slot(0));

        assert_eq!(streams.get(7), None);
        assert_eq!(
            resolve(&mut streams, 7, 96, &[(MID, "0"), (RID, "h")]),
            None
        );
    }

    fn resolve(
        streams: &mut Streams,
        ssrc: u32,
        payload_type: u8,
        elements: &[(u8, &str)],
    ) -> Option<Stream> {
        let mut block = vec![0x10, 0, 0, 0];
        for (id, text) in elements {
            block.extend_from_slice(&[*id, text.len() as u8]);
            block.extend_from_slice(text.as_bytes());
        }
        block.resize(block.len().next_multiple_of(4), 0);
        block[3] = (block.len() / 4 - 1) as u8;
        let header = Header {
            marker: false,
            payload_type,
            sequence: 1,
            timestamp: 2,
            ssrc,
        };
        let mut bytes = Vec::new();
        header.write(&block, &mut bytes);
        bytes.push(9);
        streams.resolve(&Packet::parse(&bytes).unwrap())
    }

    fn camera() -> Streams {
        let mut streams = Streams::default();
        streams.publish(PublicationId(1), slot(0), &camera_section());
        streams
    }

    fn camera_section() -> ReceiveSpec {
        ReceiveSpec {
            kind: Kind::Video,
            mid: "0".into(),
            payloads: vec![Payload {
                payload_type: 96,
                rtx: Some(97),
                red: None,
                nack: true,
                codec: Codec::Vp8,
                clock_rate: 90_000,
            }],
            extensions: extensions(),
            ssrcs: Vec::new(),
            layers: vec!["q".into(), "h".into(), "f".into()],
        }
    }

    fn microphone_section() -> ReceiveSpec {
        ReceiveSpec {
            kind: Kind::Audio,
            mid: "1".into(),
            payloads: vec![Payload {
                payload_type: 111,
                rtx: None,
                red: None,
                nack: false,
                codec: Codec::Opus,
                clock_rate: 48_000,
            }],
            extensions: extensions(),
            ssrcs: Vec::new(),
            layers: Vec::new(),
        }
    }

    fn extensions() -> ExtensionIds {
        ExtensionIds {
            mid: Some(MID),
            rid: Some(RID),
            repaired_rid: Some(REPAIRED),
            ..ExtensionIds::default()
        }
    }

    /// Slots are only compared here.
    fn slot(index: usize) -> Slot<Publication> {
        let mut registry = Registry::<usize, Publication>::default();
        (0..=index)
            .filter_map(|id| registry.insert(id, Publication::for_tests()))
            .last()
            .unwrap()
    }
}
