//! Which layers fit what a subscriber shows.

use bega_media::Depth;
use livekit_protocol as proto;
use proto::{VideoLayer, VideoQuality};

/// What a subscriber asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wish {
    size: Size,
    /// Pictures a second that are enough; 0 where that was not said.
    fps: u32,
}

/// How large it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Size {
    /// Nothing for now.
    Paused,
    /// A step of quality.
    Quality(VideoQuality),
    /// A size it is shown at.
    Shown { width: u32, height: u32 },
}

impl Wish {
    pub(crate) const PAUSED: Self = Self {
        size: Size::Paused,
        fps: 0,
    };

    pub(crate) fn new(settings: &proto::UpdateTrackSettings) -> Self {
        let proto::UpdateTrackSettings { width, height, .. } = *settings;
        let size = if settings.disabled || settings.quality() == VideoQuality::Off {
            Size::Paused
        } else if width > 0 && height > 0 {
            Size::Shown { width, height }
        } else {
            Size::Quality(settings.quality())
        };
        Self {
            size,
            fps: settings.fps,
        }
    }

    /// How many lines it is shown with, if that was said.
    pub(crate) fn lines(self) -> Option<u32> {
        match self.size {
            Size::Shown { width, height } => Some(width.min(height)),
            Size::Paused | Size::Quality(_) => None,
        }
    }

    pub(crate) fn quality(quality: VideoQuality) -> Self {
        Self {
            size: Size::Quality(quality),
            fps: 0,
        }
    }

    /// How deep into `layers`, which are sorted smallest first.
    pub(crate) fn depth(self, layers: &[VideoLayer]) -> Option<Depth> {
        Some(Depth {
            spatial: self.size.layer(layers)?,
            temporal: match self.fps {
                // Nothing was said.
                0 => Depth::ALL.temporal,
                fps if fps <= FRAME_RATE / 4 => 0,
                fps if fps <= FRAME_RATE / 2 => 1,
                _ => Depth::ALL.temporal,
            },
        })
    }
}

impl Size {
    /// An index into `layers`, which are sorted smallest first.
    fn layer(self, layers: &[VideoLayer]) -> Option<u8> {
        let index = match self {
            Self::Paused => return None,
            Self::Quality(wanted) => layers
                .iter()
                .rposition(|layer| layer.quality <= i32::from(wanted))
                .unwrap_or_default(),
            Self::Shown { width, height } => {
                let wanted = u64::from(width.min(height));
                layers
                    .iter()
                    // A picture a tenth smaller is scaled up without anybody seeing it.
                    .position(|layer| u64::from(layer.width.min(layer.height)) * 10 >= wanted * 9)
                    .unwrap_or(layers.len().saturating_sub(1))
            }
        };
        Some(index as u8)
    }
}

/// Pictures a second of a camera. A temporal layer less halves them.
const FRAME_RATE: u32 = 30;

/// Pairs the RIDs of an offer with layers: smallest picture first, whatever they are called and in
/// whatever order they were offered.
pub(crate) fn smallest_first(mut rids: Vec<String>, layers: &[VideoLayer]) -> Vec<String> {
    rids.sort_by_key(|rid| {
        let named = layers
            .iter()
            .position(|layer| !layer.rid.is_empty() && layer.rid == *rid);
        // The sort is stable: names that say nothing stay in the order they were offered.
        named.unwrap_or(match rid.as_str() {
            "q" => 0,
            "h" => 1,
            "f" => 2,
            _ => usize::MAX,
        })
    });
    rids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(quality: VideoQuality, width: u32, height: u32) -> VideoLayer {
        VideoLayer {
            quality: quality.into(),
            width,
            height,
            ..VideoLayer::default()
        }
    }

    fn three() -> [VideoLayer; 3] {
        [
            layer(VideoQuality::Low, 320, 180),
            layer(VideoQuality::Medium, 640, 360),
            layer(VideoQuality::High, 1280, 720),
        ]
    }

    #[test]
    fn a_size_is_met_by_the_smallest_layer_that_is_nearly_as_large() {
        let wish = |width, height| Size::Shown { width, height }.layer(&three());

        assert_eq!(wish(160, 90), Some(0));
        assert_eq!(wish(350, 197), Some(0));
        assert_eq!(wish(640, 360), Some(1));
        assert_eq!(wish(700, 500), Some(2));
        assert_eq!(wish(3840, 2160), Some(2));
    }

    #[test]
    fn an_upright_picture_is_measured_by_its_short_side() {
        assert_eq!(
            Size::Shown {
                width: 180,
                height: 320
            }
            .layer(&three()),
            Some(0)
        );
    }

    #[test]
    fn a_quality_that_is_not_sent_falls_to_the_next_lower() {
        let two = [
            layer(VideoQuality::Low, 320, 180),
            layer(VideoQuality::High, 1280, 720),
        ];

        assert_eq!(Size::Quality(VideoQuality::Medium).layer(&two), Some(0));
        assert_eq!(Size::Quality(VideoQuality::High).layer(&two), Some(1));
    }

    #[test]
    fn fewer_pictures_are_fewer_temporal_layers() {
        let temporal = |fps| {
            let wish = Wish::new(&proto::UpdateTrackSettings {
                fps,
                ..proto::UpdateTrackSettings::default()
            });
            wish.depth(&three()).unwrap().temporal
        };

        assert_eq!([temporal(5), temporal(15)], [0, 1]);
        assert_eq!([temporal(0), temporal(30)], [Depth::ALL.temporal; 2]);
    }

    #[test]
    fn a_track_without_layers_has_one() {
        assert_eq!(Size::Quality(VideoQuality::High).layer(&[]), Some(0));
        assert_eq!(
            Size::Shown {
                width: 640,
                height: 360
            }
            .layer(&[]),
            Some(0)
        );
        assert_eq!(Size::Paused.layer(&[]), None);
    }

    #[test]
    fn rids_are_put_in_order_of_size() {
        let rids = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };

        assert_eq!(
            smallest_first(rids(&["f", "h", "q"]), &three()),
            ["q", "h", "f"]
        );
        assert_eq!(smallest_first(rids(&["h", "q"]), &three()), ["q", "h"]);
        assert_eq!(
            smallest_first(rids(&["0", "1", "2"]), &three()),
            ["0", "1", "2"]
        );

        let mut named = three();
        for (layer, rid) in named.iter_mut().zip(["small", "middle", "large"]) {
            layer.rid = rid.to_owned();
        }
        assert_eq!(
            smallest_first(rids(&["large", "small", "middle"]), &named),
            ["small", "middle", "large"]
        );
    }
}
