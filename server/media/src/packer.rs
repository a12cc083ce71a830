//! How sound is packed for one subscriber: as it came, without its redundancy, or with some of ours.
//!
//! ```text
//!  publisher sends     subscriber takes redundancy     does not (Firefox)
//!  redundant           as it came                      the packet's own sound
//!  plain               plain; on a lossy line with     plain
//!                      the packet before
//! ```
//!
//! One packet in is one packet out, so sequence numbers and timestamps are not touched. What is
//! end-to-end encrypted never gets here as anything but plain: its section offers no redundancy.

use crate::{
    codec::{Packing, red},
    command::Payload,
};

/// Packs sound for one subscriber.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    /// Of 256, as receiver reports count it; smoothed.
    loss: u32,
    is_lossy: bool,
}

/// What becomes of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Packed<'a> {
    /// Only the packet's own sound or picture.
    Primary,
    /// As it came, but for the payload type inside.
    AsItCame { payload_type: u8 },
    /// Together with the sound of the packet before.
    Doubled(Before<'a>),
}

/// The sound of the packet before, and how many ticks ago that was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Before<'a> {
    pub(crate) offset: u32,
    pub(crate) payload: &'a [u8],
}

impl Packer {
    /// Learns from a receiver report what share of 256 packets was lost.
    pub(crate) fn handle_report(&mut self, fraction_lost: u8) {
        self.loss = (self.loss * 3 + u32::from(fraction_lost) * SCALE) / 4;
        self.is_lossy = if self.is_lossy {
            self.loss > CLEAN
        } else {
            self.loss >= LOSSY
        };
    }

    /// Decides how a payload is packed, and under which payload type it goes.
    pub(crate) fn pack<'a>(
        &self,
        packing: Packing,
        target: &Payload,
        before: Option<Before<'a>>,
    ) -> (u8, Packed<'a>) {
        match (packing, target.red, before) {
            (Packing::Redundant { payload_type, .. }, Some(red), _) => {
                (red, Packed::AsItCame { payload_type })
            }
            (Packing::Plain, Some(red), Some(before)) if self.is_lossy => {
                (red, Packed::Doubled(before))
            }
            (Packing::Plain | Packing::Redundant { .. }, _, _) => {
                (target.payload_type, Packed::Primary)
            }
        }
    }
}

impl Packed<'_> {
    /// Appends a payload in this form. `target` is the payload type of the plain sound.
    pub(crate) fn append(self, packing: Packing, payload: &[u8], target: u8, out: &mut Vec<u8>) {
        match self {
            Self::Primary => out.extend_from_slice(packing.primary(payload)),
            Self::AsItCame { payload_type } => {
                let start = out.len();
                out.extend_from_slice(payload);
                red::set_payload_type(&mut out[start..], payload_type, target);
            }
            Self::Doubled(Before {
                offset,
                payload: before,
            }) => {
                red::write(target, Some((offset, before)), payload, out);
            }
        }
    }
}

/// Keeps a quarter of a report from being lost in rounding.
const SCALE: u32 = 16;
/// Two percent: below that, forward error correction and concealment are not heard.
const LOSSY: u32 = 5 * SCALE;
/// Half a percent.
const CLEAN: u32 = SCALE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Codec;

    const BEFORE: Before<'static> = Before {
        offset: 960,
        payload: b"before",
    };
    const CAME: Packing = Packing::Redundant {
        payload_type: 109,
        primary_at: 11,
    };

    #[test]
    fn redundancy_goes_on_as_it_came_under_our_payload_types() {
        let mut came = Vec::new();
        red::write(109, Some((960, b"before")), b"now", &mut came);

        let (payload_type, out) = pack(&Packer::default(), CAME, &came, Some(63));

        let mut expected = Vec::new();
        red::write(111, Some((960, b"before")), b"now", &mut expected);
        assert_eq!((payload_type, out), (63, expected));
    }

    #[test]
    fn who_takes_no_redundancy_gets_the_packet_s_own_sound() {
        let mut came = Vec::new();
        red::write(109, Some((960, b"before")), b"now", &mut came);

        let out = pack(&Packer::default(), CAME, &came, None);

        assert_eq!(out, (111, b"now".to_vec()));
    }

    #[test]
    fn a_lossy_line_gets_every_packet_twice_until_it_is_clean() {
        let mut packer = Packer::default();
        assert_eq!(
            pack(&packer, Packing::Plain, b"now", Some(63)),
            (111, b"now".to_vec())
        );

        packer.handle_report(51);

        let mut doubled = Vec::new();
        red::write(111, Some((960, b"before")), b"now", &mut doubled);
        assert_eq!(
            pack(&packer, Packing::Plain, b"now", Some(63)),
            (63, doubled)
        );
        packer.handle_report(0);
        assert_eq!(pack(&packer, Packing::Plain, b"now", Some(63)).0, 63);
        for _ in 0..20 {
            packer.handle_report(0);
        }
        assert_eq!(pack(&packer, Packing::Plain, b"now", Some(63)).0, 111);
    }

    #[test]
    fn a_lossy_line_that_takes_no_redundancy_gets_none() {
        let mut packer = Packer::default();
        packer.handle_report(200);

        let out = pack(&packer, Packing::Plain, b"now", None);

        assert_eq!(out, (111, b"now".to_vec()));
    }

    fn pack(packer: &Packer, packing: Packing, payload: &[u8], red: Option<u8>) -> (u8, Vec<u8>) {
        let target = Payload {
            payload_type: 111,
            rtx: None,
            red,
            nack: true,
            codec: Codec::Opus,
            clock_rate: 48_000,
        };
        let (payload_type, form) = packer.pack(packing, &target, Some(BEFORE));
        let mut out = Vec::new();
        form.append(packing, payload, target.payload_type, &mut out);
        (payload_type, out)
    }
}
