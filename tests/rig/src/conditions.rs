//! How good one direction of a link is at the moment.
//!
//! Loss follows Gilbert and Elliott: the link is in a good or in a bad state, each packet may move
//! it over, and each state loses its own share. Random loss is the case without a bad state.

use serde::Deserialize;

/// Delay, rate and loss of one direction. A field that is not named means a perfect link.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Conditions {
    /// How long every packet travels.
    pub(crate) delay_ms: f64,
    /// By how much that varies, either way. Packets may overtake one another, as in real networks.
    pub(crate) jitter_ms: f64,
    /// What the link carries; 0 is no limit.
    pub(crate) rate_kbit: f64,
    /// What the router before the link keeps waiting, as time on the link; more is dropped.
    pub(crate) queue_ms: f64,
    /// Share of packets lost while the link is good.
    pub(crate) loss: f64,
    /// Share of packets lost while the link is bad.
    pub(crate) loss_in_burst: f64,
    /// Chance that a packet finds the link turned bad.
    pub(crate) burst_begins: f64,
    /// Chance that a packet finds the link turned good again; its inverse is the mean length of a
    /// burst in packets.
    pub(crate) burst_ends: f64,
}

/// New conditions for one direction or both, as one line of JSON on standard input.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Change {
    /// From the first device to the second.
    pub(crate) up: Option<Conditions>,
    /// From the second device to the first.
    pub(crate) down: Option<Conditions>,
    /// Begins the chances anew, so that a measurement can be repeated.
    pub(crate) seed: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_a_perfect_link() {
        let change: Change = serde_json::from_str(r#"{"up":{"delayMs":40},"seed":7}"#).unwrap();

        let up = Conditions {
            delay_ms: 40.0,
            ..Conditions::default()
        };
        assert_eq!(
            change,
            Change {
                up: Some(up),
                down: None,
                seed: Some(7)
            }
        );
    }

    #[test]
    fn a_misspelt_condition_is_refused() {
        assert!(serde_json::from_str::<Change>(r#"{"up":{"delay":40}}"#).is_err());
    }
}
