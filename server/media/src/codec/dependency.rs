//! The dependency descriptor (AV1 RTP specification, appendix A): which layer a frame belongs to and
//! who can do without it, told in a header extension. It stays clear under end-to-end encryption
//! and serves any codec.
//!
//! A coded video sequence begins with a [`Structure`]: templates of frames, and for each *decode
//! target* (a set of layers somebody may want) whether a frame like that is needed for it. Each
//! packet then names a template and, where it differs, what differs.

use super::{
    bits::Bits,
    place::{Entries, Place},
};
use crate::command::Depth;

/// What is said once for a whole coded video sequence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Structure {
    template_offset: u32,
    templates: Vec<Template>,
    /// The depth of each decode target.
    targets: Vec<Depth>,
}

/// A kind of frame.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Template {
    depth: Depth,
    indications: Vec<Indication>,
    differences: u32,
}

/// What a frame is to a decode target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Indication {
    NotPresent,
    Discardable,
    /// From here on everything of the target can be decoded.
    Switch,
    Required,
}

/// What one packet says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Descriptor {
    /// Counts the frames of the stream.
    pub(crate) frame: u16,
    /// Where the frame stands.
    pub(crate) place: Place,
    /// Present at the beginning of a coded video sequence: a keyframe.
    pub(crate) structure: Option<Structure>,
}

impl Descriptor {
    /// Reads a descriptor. `known` is the structure in force. `None` if it contradicts itself or
    /// speaks of a template that is not known.
    pub(crate) fn parse(bytes: &[u8], known: Option<&Structure>) -> Option<Self> {
        let mut bits = Bits::new(bytes);
        let starts_frame = bits.flag()?;
        let ends_frame = bits.flag()?;
        let template_id = bits.number(6)?;
        let frame = bits.number(16)? as u16;
        let parts = if bytes.len() > MANDATORY {
            Parts::read(&mut bits)?
        } else {
            Parts::default()
        };

        let structure = if parts.has_structure {
            Some(Structure::read(&mut bits)?)
        } else {
            None
        };
        let in_force = structure.as_ref().or(known)?;
        if parts.has_active_targets {
            bits.number(in_force.targets.len() as u32)?;
        }
        let template = in_force.template(template_id)?;
        let own = if parts.has_own_indications {
            Some(indications(&mut bits, in_force.targets.len())?)
        } else {
            None
        };
        let indications = own.as_ref().unwrap_or(&template.indications);
        let differences = if parts.has_own_differences {
            skip_frame_differences(&mut bits)?
        } else {
            template.differences
        };

        let mut entries = Entries::default();
        for (target, indication) in in_force.targets.iter().zip(indications) {
            if *indication == Indication::Switch {
                entries.insert(*target);
            }
        }
        Some(Self {
            frame,
            place: Place {
                depth: template.depth,
                starts_frame,
                ends_frame,
                entries,
                stands_on_base: differences == 0,
            },
            structure,
        })
    }
}

/// Writes another frame number into a descriptor, which is in its second and third byte.
pub(crate) fn set_frame(descriptor: &mut [u8], frame: u16) {
    if let Some(number) = descriptor.get_mut(1..MANDATORY) {
        number.copy_from_slice(&frame.to_be_bytes());
    }
}

/// Which optional parts follow.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the descriptor, one to one"
)]
struct Parts {
    has_structure: bool,
    has_active_targets: bool,
    has_own_indications: bool,
    has_own_differences: bool,
}

impl Parts {
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let parts = Self {
            has_structure: bits.flag()?,
            has_active_targets: bits.flag()?,
            has_own_indications: bits.flag()?,
            has_own_differences: bits.flag()?,
        };
        // Chains of the frame come last, and we have no use for them.
        let _has_own_chains = bits.flag()?;
        Some(parts)
    }
}

impl Structure {
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let template_offset = bits.number(6)?;
        let target_count = bits.number(5)? as usize + 1;
        let depths = template_depths(bits)?;
        let mut templates = Vec::with_capacity(depths.len());
        for depth in depths {
            templates.push(Template {
                depth,
                indications: indications(bits, target_count)?,
                differences: 0,
            });
        }
        for template in &mut templates {
            template.differences = count_template_differences(bits)?;
        }
        skip_chains(bits, target_count, templates.len())?;
        if bits.flag()? {
            let sizes = 1 + templates.iter().map(|one| one.depth.spatial).max()?;
            for _ in 0..sizes {
                bits.number(32)?;
            }
        }
        let targets = (0..target_count)
            .map(|target| depth_of(target, &templates))
            .collect();
        Some(Self {
            template_offset,
            templates,
            targets,
        })
    }

    fn template(&self, id: u32) -> Option<&Template> {
        let index = (id + MOST_TEMPLATES as u32 - self.template_offset) % MOST_TEMPLATES as u32;
        self.templates.get(index as usize)
    }
}

/// The depths of the templates, which are told as steps from one to the next.
fn template_depths(bits: &mut Bits<'_>) -> Option<Vec<Depth>> {
    let mut depths = Vec::new();
    let mut depth = Depth::default();
    while depths.len() < MOST_TEMPLATES {
        depths.push(depth);
        match bits.number(2)? {
            0 => {}
            1 => depth.temporal += 1,
            2 => {
                depth = Depth {
                    spatial: depth.spatial + 1,
                    temporal: 0,
                }
            }
            _ => return Some(depths),
        }
    }
    None
}

fn indications(bits: &mut Bits<'_>, targets: usize) -> Option<Vec<Indication>> {
    (0..targets)
        .map(|_| {
            Some(match bits.number(2)? {
                0 => Indication::NotPresent,
                1 => Indication::Discardable,
                2 => Indication::Switch,
                _ => Indication::Required,
            })
        })
        .collect()
}

fn count_template_differences(bits: &mut Bits<'_>) -> Option<u32> {
    let mut count = 0;
    while bits.flag()? {
        bits.number(4)?;
        count += 1;
    }
    Some(count)
}

fn skip_frame_differences(bits: &mut Bits<'_>) -> Option<u32> {
    let mut count = 0;
    loop {
        let size = bits.number(2)?;
        if size == 0 {
            return Some(count);
        }
        bits.number(4 * size)?;
        count += 1;
    }
}

fn skip_chains(bits: &mut Bits<'_>, targets: usize, templates: usize) -> Option<()> {
    let chains = bits.below(targets as u32 + 1)?;
    if chains > 0 {
        for _ in 0..targets {
            bits.below(chains)?;
        }
        for _ in 0..templates * chains as usize {
            bits.number(4)?;
        }
    }
    Some(())
}

/// A decode target is as deep as the deepest frame it has.
fn depth_of(target: usize, templates: &[Template]) -> Depth {
    templates
        .iter()
        .filter(|template| template.indications[target] != Indication::NotPresent)
        .fold(Depth::default(), |deepest, template| Depth {
            spatial: deepest.spatial.max(template.depth.spatial),
            temporal: deepest.temporal.max(template.depth.temporal),
        })
}

/// Bytes that every descriptor has.
const MANDATORY: usize = 3;
const MOST_TEMPLATES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyframe_brings_the_structure_that_later_frames_refer_to() {
        let keyframe = Descriptor::parse(&keyframe(), None).unwrap();
        let structure = keyframe.structure.unwrap();

        assert_eq!(keyframe.frame, 0x0102);
        assert!(keyframe.place.stands_on_base);
        assert_eq!(keyframe.place.depth, depth(0, 0));
        assert_eq!(
            structure.targets,
            [depth(0, 0), depth(0, 1), depth(1, 0), depth(1, 1)]
        );
        let entry = keyframe.place.entries.best(0, depth(0, 0), Depth::ALL);
        assert_eq!(entry, Some(depth(1, 1)));

        let later = Descriptor::parse(&frame(4), Some(&structure)).unwrap();
        assert_eq!(later.place.depth, depth(0, 1));
        assert_eq!(later.structure, None);
        assert!(later.place.starts_frame && !later.place.ends_frame);
        assert!(!later.place.stands_on_base);
    }

    #[test]
    fn a_frame_of_a_template_nobody_told_of_is_refused() {
        let structure = Descriptor::parse(&keyframe(), None).unwrap().structure;

        assert_eq!(Descriptor::parse(&frame(4), None), None);
        assert_eq!(Descriptor::parse(&frame(9), structure.as_ref()), None);
    }

    #[test]
    fn what_a_frame_says_of_itself_holds_over_its_template() {
        let structure = Descriptor::parse(&keyframe(), None).unwrap().structure;
        let mut bits = mandatory(4);
        // Own indications and differences, and active targets.
        bits.extend(flags("01110"));
        bits.extend(number(0b0011, 4));
        bits.extend([0, 2, 0, 2].into_iter().flat_map(|one| number(one, 2)));
        bits.extend(number(0, 2));

        let own = Descriptor::parse(&bytes(&bits), structure.as_ref()).unwrap();

        assert!(own.place.stands_on_base);
        let entry = own.place.entries.best(0, depth(0, 0), depth(0, 9));
        assert_eq!(entry, Some(depth(0, 1)));
    }

    #[test]
    fn another_number_of_the_frame_changes_nothing_else() {
        let mut bytes = keyframe();

        set_frame(&mut bytes, 0xFFFE);

        let before = Descriptor::parse(&keyframe(), None).unwrap();
        let after = Descriptor::parse(&bytes, None).unwrap();
        assert_eq!(after.frame, 0xFFFE);
        assert_eq!(
            (after.place, after.structure),
            (before.place, before.structure)
        );
        set_frame(&mut [], 1);
    }

    proptest::proptest! {
        #[test]
        fn any_descriptor_is_read_without_a_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..100),
            cut in 0usize..60, at in 0usize..60, value: u8,
        ) {
            let _ = Descriptor::parse(&bytes, None);
            let mut damaged = keyframe();
            if let Some(byte) = damaged.get_mut(at) {
                *byte = value;
            }
            damaged.truncate(damaged.len().saturating_sub(cut));
            let structure = Descriptor::parse(&damaged, None).and_then(|one| one.structure);
            let _ = Descriptor::parse(&bytes, structure.as_ref());
        }
    }

    /// Two sizes, each with two rates: the first frame of the smaller, with everything told.
    fn keyframe() -> Vec<u8> {
        // Size, rate, indications for the four targets, how many frames it refers to.
        let templates = [
            ("SSSS", 0),
            ("SSRR", 1),
            ("-D-R", 1),
            ("--SS", 1),
            ("---D", 2),
        ];
        let mut bits = mandatory(2);
        bits.extend(flags("10000"));
        bits.extend(number(2, 6));
        bits.extend(number(3, 5));
        // Steps between the templates: same, rate, size, rate, end.
        bits.extend([0, 1, 2, 1, 3].into_iter().flat_map(|one| number(one, 2)));
        for (indications, _) in templates {
            bits.extend(indications.chars().flat_map(|one| {
                let code = "-DSR".find(one).unwrap();
                number(code as u32, 2)
            }));
        }
        for (_, differences) in templates {
            for _ in 0..differences {
                bits.extend(number(0b1_0010, 5));
            }
            bits.push(false);
        }
        // Two chains: 2 below 5; for each target one of two; a distance for each template.
        bits.extend(number(2, 2));
        bits.extend([0, 0, 1, 1].into_iter().flat_map(|one| number(one, 1)));
        bits.extend((0..10).flat_map(|_| number(3, 4)));
        bits.push(true);
        bits.extend((0..2).flat_map(|_| number(0x0280_0168, 32)));
        bytes(&bits)
    }

    fn frame(template: u32) -> Vec<u8> {
        bytes(&mandatory(template))
    }

    fn mandatory(template: u32) -> Vec<bool> {
        [vec![true, false], number(template, 6), number(0x0102, 16)].concat()
    }

    fn flags(text: &str) -> impl Iterator<Item = bool> {
        text.chars().map(|flag| flag == '1')
    }

    fn number(value: u32, width: u32) -> Vec<bool> {
        (0..width).rev().map(|at| value >> at & 1 == 1).collect()
    }

    fn bytes(bits: &[bool]) -> Vec<u8> {
        bits.chunks(8)
            .map(|byte| {
                byte.iter()
                    .enumerate()
                    .fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at))
            })
            .collect()
    }

    fn depth(spatial: u8, temporal: u8) -> Depth {
        Depth { spatial, temporal }
    }
}
