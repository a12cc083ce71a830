//! Plans a mission: gives every interview a day, a start, a room, officers and an interpreter.
//!
//! ```text
//! JSON -> instance: read, every wrong field named
//!           -> problem: times as minutes, every start tested against hours and windows once
//!                -> search: take some interviews out, put each back where it costs least, keep what is better
//!                     -> plan, with a reason for every interview that is left out
//! ```
//!
//! The hard rules live in one place, `options`, which proposes only what breaks none; the search
//! never sees a broken plan. The objective is compared in the order unplaced, moved, cost.
//!
//! Pure: chance is a generator seeded by the instance, and the search ends after a count of steps.
//! The caller may end it sooner by the clock; only then can two runs differ.

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts, minutes and steps: none is negative, and the reader bounds them at a million"
)]

mod explain;
mod fixed;
mod instance;
mod options;
mod problem;
mod reader;
mod search;
mod state;
mod time;

pub use explain::Reason;
pub use instance::Instance;
pub use reader::Fault;

use serde::Serialize;

use problem::Problem;
use state::State;

/// A plan, as `bega plan` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The interviews that have a place, in the order of the instance.
    pub plan: Vec<Placed>,
    /// Those that have none.
    pub unplaced: Vec<Unplaced>,
    /// What the plan is worth; smaller is better.
    pub objective: Objective,
    /// Whether no plan can be better.
    pub proved_optimal: bool,
}

/// An interview with its place.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// Its id.
    pub interview: String,
    /// `YYYY-MM-DD`, at the site.
    pub day: String,
    /// `HH:MM`, at the site.
    pub start: String,
    /// `HH:MM`, at the site; `24:00` at midnight.
    pub end: String,
    /// Where.
    pub room: String,
    /// Who asks.
    pub officers: Vec<String>,
    /// Who interprets, if a language needs it.
    pub interpreter: Option<String>,
    /// Who accompanies, if the interview names one.
    pub guardian: Option<String>,
}

/// An interview without a place.
#[derive(Clone, Debug, Serialize)]
pub struct Unplaced {
    /// Its id.
    pub interview: String,
    /// The smallest set of rules that keeps it out.
    pub reasons: Vec<Reason>,
}

/// The three parts of the objective, compared in this order.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Objective {
    /// The priorities of the interviews without a place, added up.
    pub unplaced: i64,
    /// How many placed interviews differ from the previous plan.
    pub moved: i64,
    /// What the places cost.
    pub cost: i64,
}

impl Instance {
    /// Plans the mission. `go_on` is asked now and then; when it says no, the best plan so far is
    /// given.
    ///
    /// Fails when entries that must stay where they are break a rule.
    pub fn plan(&self, go_on: impl Fn() -> bool + Sync) -> Result<Plan, Vec<Fault>> {
        let problem = Problem::new(self);
        let start = fixed::state(self, &problem)?;
        let best = search::improve(&problem, &start, self.seed, &go_on);
        Ok(self.write(&problem, &best))
    }

    fn write(&self, problem: &Problem, state: &State) -> Plan {
        let mut plan = Vec::new();
        let mut unplaced = Vec::new();
        for (index, interview) in self.interviews.iter().enumerate() {
            let Some(place) = &state.places[index] else {
                unplaced.push(Unplaced {
                    interview: interview.id.clone(),
                    reasons: explain::reasons(self, problem, state, index),
                });
                continue;
            };
            let start = &problem.starts[place.start];
            plan.push(Placed {
                interview: interview.id.clone(),
                day: problem.days[start.day].date.to_string(),
                start: start.label.clone(),
                end: problem.end_label(start, interview.minutes),
                room: self.rooms[place.room].id.clone(),
                officers: place
                    .officers
                    .iter()
                    .map(|officer| self.officers[*officer].id.clone())
                    .collect(),
                interpreter: place
                    .interpreter
                    .map(|interpreter| self.interpreters[interpreter].id.clone()),
                guardian: interview
                    .guardian
                    .map(|guardian| self.guardians[guardian].id.clone()),
            });
        }
        let objective = state.objective();
        Plan {
            proved_optimal: objective == problem.lower_bound(),
            plan,
            unplaced,
            objective,
        }
    }
}

#[cfg(test)]
mod tests;
