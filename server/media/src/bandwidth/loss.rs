//! Tells loss that comes from sending too much from loss that is just there.
//!
//! Radio links lose packets however little is sent, and giving way to that would switch the
//! picture off for nothing. A full link loses what it cannot carry. The difference shows when less
//! is sent: so where much is lost and no queue is seen, half a second of less decides. If the loss
//! stays it belongs to the link, is remembered as such and limits nothing.

use std::time::Duration;

/// The loss of one transport.
#[derive(Debug, Default)]
pub(crate) struct LossControl {
    window: Window,
    /// The share that is lost whatever is sent.
    inherent: f64,
    /// In the window before.
    last: f64,
    trial: Option<Trial>,
    bound: Option<f64>,
}

#[derive(Debug, Default)]
struct Window {
    start: Duration,
    packets: u32,
    lost: u32,
}

/// Less is sent, to see whether less is lost.
#[derive(Clone, Copy, Debug)]
struct Trial {
    loss_before: f64,
    windows_left: u8,
}

impl LossControl {
    /// Takes the fate of packets. `delivered` is the rate that arrives, in bits a second, and
    /// `is_queueing` whether a queue is seen on the way.
    pub(crate) fn handle_packets(
        &mut self,
        now: Duration,
        packets: u32,
        lost: u32,
        delivered: f64,
        is_queueing: bool,
    ) {
        self.window.packets += packets;
        self.window.lost += lost;
        let length = now.saturating_sub(self.window.start);
        if length < WINDOW || self.window.packets < MIN_PACKETS {
            return;
        }
        let share = f64::from(self.window.lost) / f64::from(self.window.packets);
        self.window = Window {
            start: now,
            ..Window::default()
        };
        self.judge(share, delivered, is_queueing, length);
    }

    /// The most that may be sent, in bits a second; `None` when loss says nothing.
    pub(crate) fn bound(&self) -> Option<f64> {
        self.bound
    }

    /// The share of packets that the link loses by itself.
    #[cfg(test)]
    pub(crate) fn inherent(&self) -> f64 {
        self.inherent
    }

    fn judge(&mut self, loss: f64, delivered: f64, is_queueing: bool, length: Duration) {
        if loss < self.inherent {
            self.inherent += (loss - self.inherent) * FORGETTING;
        }
        // A burst on a radio link ends by itself; a queue does not.
        let last = std::mem::replace(&mut self.last, loss);
        let excess = if is_queueing { loss } else { loss.min(last) } - self.inherent;
        if let Some(trial) = &mut self.trial {
            trial.windows_left -= 1;
            if trial.windows_left > 0 {
                return;
            }
            let before = trial.loss_before;
            self.trial = None;
            if loss > before / 2.0 {
                self.inherent = loss;
                self.bound = None;
            }
        } else if excess > TOO_MUCH {
            self.bound = Some(delivered * LESS);
            if !is_queueing {
                self.trial = Some(Trial {
                    loss_before: loss,
                    windows_left: TRIAL_WINDOWS,
                });
            }
        } else if let Some(bound) = &mut self.bound {
            *bound *= GROWTH.powf(length.as_secs_f64());
            if *bound > delivered * 2.0 {
                self.bound = None;
            }
        }
    }
}

const WINDOW: Duration = Duration::from_millis(500);
const MIN_PACKETS: u32 = 20;
/// A tenth, as in the loss half of Google Congestion Control.
const TOO_MUCH: f64 = 0.1;
const LESS: f64 = 0.9;
/// Of the difference, with each window that loses less.
const FORGETTING: f64 = 0.1;
/// What was sent before the trial is still reported in its first window.
const TRIAL_WINDOWS: u8 = 2;
/// In a second.
const GROWTH: f64 = 1.15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_that_stays_when_less_is_sent_limits_nothing() {
        let mut control = LossControl::default();
        let mut rate = 1e6;
        for window in 1..40 {
            rate = control.bound().unwrap_or(1e6);
            feed(&mut control, window, 0.2, rate * 0.8, false);
        }

        assert_eq!(control.bound(), None);
        assert!((control.inherent() - 0.2).abs() < 0.02);
        assert!(rate > 0.9e6);
    }

    #[test]
    fn loss_of_a_full_link_brings_the_rate_down_to_what_it_carries() {
        let mut control = LossControl::default();
        let link = 500e3;
        let mut rates = Vec::new();
        for window in 1..40 {
            let rate = control.bound().unwrap_or(1e6);
            rates.push(rate);
            let loss = (1.0 - link / rate).max(0.0);
            feed(&mut control, window, loss, rate.min(link), false);
        }

        assert!(control.inherent() < 0.1, "{}", control.inherent());
        let settled = &rates[10..];
        let mean = settled.iter().sum::<f64>() / 29.0;
        assert!((400e3..600e3).contains(&mean), "{mean}");
    }

    #[test]
    fn a_little_loss_is_ignored() {
        let mut control = LossControl::default();
        for window in 1..40 {
            feed(&mut control, window, 0.05, 1e6, false);
        }

        assert_eq!(control.bound(), None);
    }

    #[test]
    fn with_a_queue_to_be_seen_there_is_no_doubt() {
        let mut control = LossControl::default();

        feed(&mut control, 1, 0.3, 700e3, true);

        assert_eq!(control.bound(), Some(630e3));
    }

    #[expect(clippy::cast_sign_loss, reason = "a share is not negative")]
    fn feed(control: &mut LossControl, window: u32, loss: f64, delivered: f64, queueing: bool) {
        let now = WINDOW * window;
        let share = (loss * 100.0).round() as u32;
        control.handle_packets(now, 100, share, delivered, queueing);
    }
}
