//! What fuzz targets reach of this crate's parsers. Each function takes any bytes, must not panic,
//! and asserts what must hold whatever they are.

use crate::{
    codec::{self, dependency, picture::PictureOffsets},
    command::Codec,
    rtcp::parse::{Rtcp, packets},
    rtp::{Packet, rtx},
};

/// An RTP packet: what is read of it lies inside it, and a header written back reads the same.
pub fn rtp(bytes: &[u8]) {
    let Some(packet) = Packet::parse(bytes) else {
        return;
    };
    let mut found = 0;
    for id in 0..=255 {
        let value = packet.extensions.find(id);
        found += value.map_or(0, <[u8]>::len);
        let _ = packet.extensions.text(Some(id));
    }
    assert!(packet.payload.len() + found <= bytes.len());
    let _ = rtx::unwrap(packet.payload);

    let mut written = Vec::new();
    packet.header.write(&[], &mut written);
    written.extend_from_slice(packet.payload);
    let again = Packet::parse(&written).expect("we wrote it");
    assert_eq!(again.header, packet.header);
    assert_eq!(again.payload, packet.payload);
}

/// An RTCP compound: it is walked to its end, and asks for no more than it has room for.
pub fn rtcp(bytes: &[u8]) {
    let mut asked = 0;
    for packet in packets(bytes) {
        asked += match packet {
            Rtcp::SenderReport { .. } | Rtcp::PictureLoss { .. } => 1,
            Rtcp::ReceiverReport { blocks } => blocks.count(),
            Rtcp::Goodbye { sources } => sources.count(),
            Rtcp::Nack { missing, .. } => missing.count(),
            Rtcp::FullIntra { requests } => requests.count(),
            Rtcp::TransportFeedback(feedback) => feedback.arrivals().count(),
        };
    }
    assert!(asked <= MOST_ASKED * bytes.len().max(1));
}

/// A payload: the first byte says of which codec. Shifting its counters changes nothing else of
/// what is read, and not its length.
pub fn payload(bytes: &[u8]) {
    let Some((&first, payload)) = bytes.split_first() else {
        return;
    };
    let codec = CODECS[usize::from(first) % CODECS.len()];
    let info = codec::inspect(codec, payload);
    let mut shifted = payload.to_vec();
    let offsets = PictureOffsets {
        id: 0x1234,
        tl0: 77,
        key: first,
        frame: 0x4321,
    };
    offsets.apply(&info.picture, &mut shifted);
    let again = codec::inspect(codec, &shifted);
    assert_eq!(again.starts_keyframe, info.starts_keyframe);
    assert_eq!(shifted.len(), payload.len());
}

/// Dependency descriptors of one stream, each with its length in front: the structure that one
/// brings is in force for the next. Another frame number changes nothing else of what is read.
pub fn dependency(bytes: &[u8]) {
    let mut rest = bytes;
    let mut known = None;
    while let Some((&length, after)) = rest.split_first() {
        let (descriptor, after) = after.split_at(after.len().min(length.into()));
        rest = after;
        let Some(read) = dependency::Descriptor::parse(descriptor, known.as_ref()) else {
            continue;
        };
        let mut renumbered = descriptor.to_vec();
        dependency::set_frame(&mut renumbered, !read.frame);
        let again = dependency::Descriptor::parse(&renumbered, known.as_ref());
        let again = again.expect("only the number is another");
        assert_eq!(again.frame, !read.frame);
        assert_eq!(
            (again.place, &again.structure),
            (read.place, &read.structure)
        );
        known = read.structure.or(known);
    }
}

const CODECS: [Codec; 5] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

/// A run in transport-wide feedback names 8191 packets in two bytes.
const MOST_ASKED: usize = 8192;
