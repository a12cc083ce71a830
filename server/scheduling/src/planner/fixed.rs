//! Puts in what must stay where it was, and refuses it where that breaks a rule.

use super::{
    instance::Instance,
    options::Options,
    problem::{Before, Problem},
    reader::{Fault, Faults},
    state::State,
};

/// The plan with nothing but the entries that are fixed or frozen.
pub(super) fn state(instance: &Instance, problem: &Problem) -> Result<State, Vec<Fault>> {
    let mut state = State::new(problem);
    let mut faults = Faults::default();
    let mut entries: Vec<_> = instance
        .previous
        .iter()
        .filter(|entry| problem.interviews[entry.interview].is_fixed)
        .collect();
    // One that follows another is looked at after it.
    entries.sort_by_key(|entry| (entry.day, entry.start));
    for entry in entries {
        let wanted = &problem.interviews[entry.interview];
        let Before::At(place) = &wanted.before_now else {
            faults.add(
                entry.path.clone(),
                "fixed_conflict",
                "it cannot stay: the site is closed then, or its guardian has changed".into(),
            );
            continue;
        };
        // What it must follow may still find a place before it.
        let follows_open = wanted
            .after
            .is_some_and(|before| state.places[before].is_none());
        let is_within = problem.is_open(place.start, wanted.minutes)
            && problem.keeps_limits(instance, entry.interview, place.start);
        let fits = if follows_open {
            Options::without_order(problem, &state, entry.interview).allows(place)
        } else {
            Options::new(problem, &state, entry.interview)
                .is_some_and(|options| options.allows(place))
        };
        if is_within && fits {
            state.place(problem, entry.interview, place.clone());
        } else {
            faults.add(
                entry.path.clone(),
                "fixed_conflict",
                "it cannot stay: alone or with another fixed interview it breaks a rule".into(),
            );
        }
    }
    if faults.0.is_empty() {
        Ok(state)
    } else {
        Err(faults.0)
    }
}
