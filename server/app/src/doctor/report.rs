//! What was found, for a person and for a program.

use std::{collections::HashSet, fmt, time::Duration};

use serde_json::{Value, json};

use super::{echo::PACKETS, way::Way};

/// Loss above this makes speech hard to follow even with redundancy.
const LOSS_LIMIT: f64 = 0.05;
/// A one-way delay above this makes people talk over each other (ITU-T G.114); the loop is two ways.
const LOOP_LIMIT: Duration = Duration::from_millis(400);

/// Everything.
pub(super) struct Report {
    base: String,
    /// Why the web part fails.
    pub(super) web: Option<String>,
    /// Why the signalling fails.
    pub(super) signalling_failed: Option<String>,
    /// Its round trip.
    pub(super) signalling: Option<Duration>,
    /// By way, the best first.
    pub(super) findings: Vec<Finding>,
}

/// One way.
pub(super) struct Finding {
    pub(super) way: Way,
    /// The addresses it leads to.
    pub(super) hosts: HashSet<String>,
    pub(super) outcome: Result<Outcome, String>,
}

/// What the loop showed.
pub(super) struct Outcome {
    connected_in: Duration,
    /// Sorted.
    delays: Vec<Duration>,
}

impl Outcome {
    pub(super) fn new(connected_in: Duration, mut delays: Vec<Duration>) -> Self {
        delays.sort_unstable();
        Self {
            connected_in,
            delays,
        }
    }

    fn loss(&self) -> f64 {
        let received = u32::try_from(self.delays.len()).unwrap_or(u32::MAX);
        1.0 - f64::from(received) / f64::from(PACKETS)
    }

    fn percentile(&self, percent: usize) -> Duration {
        let at = self.delays.len() * percent / 100;
        self.delays.get(at).copied().unwrap_or_default()
    }

    fn is_lossy(&self) -> bool {
        self.loss() > LOSS_LIMIT
    }

    fn is_slow(&self) -> bool {
        self.percentile(50) > LOOP_LIMIT
    }

    fn is_good(&self) -> bool {
        !self.is_lossy() && !self.is_slow()
    }
}

impl Report {
    pub(super) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            web: None,
            signalling_failed: None,
            signalling: None,
            findings: Vec::new(),
        }
    }

    /// Whether an interview can be held, by whatever way.
    pub(super) fn is_good(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.outcome.as_ref().is_ok_and(Outcome::is_good))
    }

    /// What a technician must change, in words; nothing if all is well.
    fn advice(&self) -> Vec<String> {
        let base = &self.base;
        if self.web.is_some() {
            return vec![format!(
                "Open {base} in a browser on this machine. If that fails too, ask the network's \
                 administrator to allow HTTPS to this address."
            )];
        }
        if self.signalling_failed.is_some() {
            return vec![format!(
                "Ask the network's administrator to allow WebSockets to {base}: a proxy or virus \
                 scanner may cut them."
            )];
        }
        let mut advice = Vec::new();
        let works = |finding: &&Finding| finding.outcome.is_ok();
        match self.findings.iter().find(works).map(|best| &best.way) {
            Some(Way::Udp) => {}
            Some(detour) => {
                advice.push(format!(
                    "UDP is blocked; interviews fall back to {}, which bears lost packets less well. \
                     For the best sound, ask the network's administrator to allow {}.",
                    detour.name(),
                    self.openings(|way| matches!(way, Way::Udp)),
                ));
            }
            None => {
                let direct = self.openings(Way::is_direct);
                let relays = self.openings(|way| !way.is_direct());
                let or_relays = if relays.is_empty() {
                    "; or ask who runs this deployment for a relay (deploy/turn)".to_owned()
                } else {
                    format!("; or, if nothing else, {relays}")
                };
                advice.push(format!(
                    "No sound gets through. Ask the network's administrator to allow {direct}{or_relays}."
                ));
            }
        }
        let best = self
            .findings
            .iter()
            .find_map(|one| one.outcome.as_ref().ok());
        if best.is_some_and(Outcome::is_lossy) {
            advice.push(
                "Too many packets are lost. Use a cable instead of Wi-Fi, and stop large downloads \
                 on this line during interviews."
                    .to_owned(),
            );
        }
        if best.is_some_and(Outcome::is_slow) {
            advice.push(
                "The line is slow to answer. Stop large uploads, or use another line.".to_owned(),
            );
        }
        advice
    }

    /// "UDP to 192.0.2.1 port 7882, TCP to ...": what some ways need to be let out.
    fn openings(&self, which: impl Fn(&Way) -> bool) -> String {
        let mut openings = Vec::new();
        for finding in self.findings.iter().filter(|finding| which(&finding.way)) {
            let mut hosts: Vec<_> = finding.hosts.iter().collect();
            hosts.sort_unstable();
            for host in hosts {
                openings.push(format!("{} to {host}", finding.way.protocol()));
            }
        }
        openings.join(", ")
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let ways = self.findings.iter().map(|finding| {
            let mut hosts: Vec<_> = finding.hosts.iter().collect();
            hosts.sort_unstable();
            let mut way = json!({
                "way": finding.way.name(),
                "hosts": hosts,
                "good": false,
            });
            match &finding.outcome {
                Ok(outcome) => {
                    way["good"] = outcome.is_good().into();
                    way["connectedMs"] = milliseconds(outcome.connected_in);
                    way["sent"] = PACKETS.into();
                    way["cameBack"] = outcome.delays.len().into();
                    way["loss"] = outcome.loss().into();
                    way["loopMedianMs"] = milliseconds(outcome.percentile(50));
                    way["loopP95Ms"] = milliseconds(outcome.percentile(95));
                }
                Err(error) => way["error"] = error.as_str().into(),
            }
            way
        });
        json!({
            "url": self.base,
            "good": self.is_good(),
            "error": self.web.as_ref().or(self.signalling_failed.as_ref()),
            "signallingMs": self.signalling.map(milliseconds),
            "ways": ways.collect::<Vec<_>>(),
            "advice": self.advice(),
        })
    }
}

fn milliseconds(duration: Duration) -> Value {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .into()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Testing {}", self.base)?;
        match &self.web {
            Some(error) => line(f, "web", "FAILED", error)?,
            None => line(f, "web", "ok", "")?,
        }
        if let Some(error) = &self.signalling_failed {
            line(f, "signalling", "FAILED", error)?;
        }
        if let Some(round_trip) = self.signalling {
            let text = format!("round trip {} ms", round_trip.as_millis());
            line(f, "signalling", "ok", &text)?;
        }
        for finding in &self.findings {
            let what = format!("media by {}", finding.way.name());
            match &finding.outcome {
                Err(error) => line(f, &what, "FAILED", error)?,
                Ok(outcome) => {
                    let text = format!(
                        "connected in {} ms; {} of {PACKETS} packets came back ({:.1} % lost); there and back: \
                         median {} ms, 95 % within {} ms",
                        outcome.connected_in.as_millis(),
                        outcome.delays.len(),
                        outcome.loss() * 100.0,
                        outcome.percentile(50).as_millis(),
                        outcome.percentile(95).as_millis(),
                    );
                    line(
                        f,
                        &what,
                        if outcome.is_good() { "ok" } else { "POOR" },
                        &text,
                    )?;
                }
            }
        }
        for advice in self.advice() {
            writeln!(f, "  -> {advice}")?;
        }
        if self.is_good() {
            writeln!(f, "This place can hold an interview.")?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, verdict: &str, text: &str) -> fmt::Result {
    writeln!(
        f,
        "{}",
        format!("  {what:<20} {verdict:<7} {text}").trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_all_is_well_there_is_nothing_to_change() {
        let report = report([Ok(outcome(250)), Ok(outcome(250))]);

        assert!(report.is_good());
        assert_eq!(report.advice(), Vec::<String>::new());
    }

    #[test]
    fn a_detour_is_good_enough_but_names_the_better_way() {
        let report = report([Err("no connection".to_owned()), Ok(outcome(250))]);

        assert!(report.is_good());
        let [advice] = &report.advice()[..] else {
            panic!("{:?}", report.advice())
        };
        assert!(advice.contains("fall back to TCP"), "{advice}");
        assert!(
            advice.ends_with("allow UDP to 192.0.2.1 port 7882."),
            "{advice}"
        );
    }

    #[test]
    fn where_nothing_passes_every_opening_is_named() {
        let report = report([Err("no".to_owned()), Err("no".to_owned())]);

        assert!(!report.is_good());
        let advice = report.advice().join(" ");
        assert!(
            advice.contains("UDP to 192.0.2.1 port 7882, TCP to 192.0.2.1 port 7882"),
            "{advice}"
        );
    }

    #[test]
    fn a_bad_line_is_told_from_a_blocked_one() {
        let report = report([Ok(outcome(200)), Ok(outcome(250))]);

        assert!(report.is_good(), "TCP bears it");
        assert!(report.advice()[0].contains("cable"));
    }

    fn report(outcomes: [Result<Outcome, String>; 2]) -> Report {
        let mut report = Report::new("https://bega.example");
        report.signalling = Some(Duration::from_millis(20));
        report.findings = [Way::Udp, Way::Tcp]
            .into_iter()
            .zip(outcomes)
            .map(|(way, outcome)| Finding {
                way,
                hosts: ["192.0.2.1 port 7882".to_owned()].into(),
                outcome,
            })
            .collect();
        report
    }

    fn outcome(came_back: usize) -> Outcome {
        Outcome::new(
            Duration::from_millis(300),
            vec![Duration::from_millis(40); came_back],
        )
    }
}
