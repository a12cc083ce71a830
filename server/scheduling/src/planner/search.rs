//! Large-neighbourhood search: take a few interviews out, put them back one by one where each costs
//! least, and keep the result if it is better, or a little worse while the search is still warm.
//!
//! Which interviews are taken out decides how good it gets: those of one case, of one officer's or
//! interpreter's day, or neighbours in time, since only together can they change places.

use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    Objective,
    options::Options,
    problem::{Before, Place, Problem},
    state::{Busy, State},
};

/// Improves a plan until the steps are used up or `go_on` says no.
///
/// Two lanes search side by side, each with a temper and dice of its own; the better result is
/// taken, so the outcome does not depend on which of them is faster.
pub(super) fn improve(
    problem: &Problem,
    start: &State,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> State {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| anneal_again(problem, start, seed, &LANES[1], go_on));
        let first = anneal_again(problem, start, seed, &LANES[0], go_on);
        let other = other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        if other.objective() < first.objective() {
            other
        } else {
            first
        }
    })
}

/// How one of the lanes searches.
struct Lane {
    number: u64,
    most_taken_out: usize,
}

/// Small neighbourhoods find more where much fits, large ones where whole cases must change places.
const LANES: [Lane; 2] = [
    Lane {
        number: 0,
        most_taken_out: 7,
    },
    Lane {
        number: 1,
        most_taken_out: 15,
    },
];

/// A small mission is searched from the start several times, since that is cheap.
fn anneal_again(
    problem: &Problem,
    start: &State,
    seed: u64,
    lane: &Lane,
    go_on: &dyn Fn() -> bool,
) -> State {
    let movable: Vec<usize> = (0..problem.interviews.len())
        .filter(|interview| !problem.interviews[*interview].is_fixed)
        .collect();
    let budget = FEWEST_STEPS + STEPS_EACH * movable.len() as u64;
    let tries = (STEPS_IN_ALL / budget).clamp(1, MOST_TRIES);
    let mut best: Option<State> = None;
    for number in 0..tries {
        let mut search = Search {
            problem,
            best: start.clone(),
            state: start.clone(),
            inserted: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed ^ (lane.number << 32) ^ (number << 40)),
            steps: 0,
            most_taken_out: lane.most_taken_out,
        };
        let warm = if number % 2 == 0 { WARM } else { HOT };
        search.anneal(&movable, warm, budget, go_on);
        if best
            .as_ref()
            .is_none_or(|best| search.best.objective() < best.objective())
        {
            best = Some(search.best);
        }
        if !go_on() || best.as_ref().map(State::objective) == Some(problem.lower_bound()) {
            break;
        }
    }
    best.unwrap_or_else(|| start.clone())
}

struct Search<'a> {
    problem: &'a Problem,
    state: State,
    best: State,
    /// What the round has put in.
    inserted: Vec<usize>,
    rng: ChaCha8Rng,
    /// How many starts were looked at: what the search is bounded by.
    steps: u64,
    most_taken_out: usize,
}

impl Search<'_> {
    fn anneal(&mut self, movable: &[usize], warm: f64, budget: u64, go_on: &dyn Fn() -> bool) {
        self.fill();
        self.keep_if_best();
        let lower_bound = self.problem.lower_bound();
        while self.steps < budget && self.best.objective() != lower_bound && go_on() {
            for _ in 0..ROUNDS_BETWEEN_LOOKS {
                let done = (self.steps as f64 / budget as f64).min(1.0);
                self.round(movable, warm * (COLD / warm).powf(done));
            }
        }
        // No interview may be left out that fits.
        self.state = self.best.clone();
        self.fill();
        self.keep_if_best();
    }

    /// Gives a place to whatever fits, the hardest first, until nothing more does.
    fn fill(&mut self) {
        let mut open = self.unplaced();
        open.sort_by_key(|interview| {
            let wanted = &self.problem.interviews[*interview];
            let choices = wanted.interpreters.len().max(1) * wanted.rooms.len();
            (
                wanted.before_now == Before::Nothing,
                std::cmp::Reverse(wanted.priority),
                choices,
            )
        });
        self.insert_all(open, 0.0);
    }

    fn round(&mut self, movable: &[usize], warmth: f64) {
        // Where nothing can be put back, steps must go on all the same.
        self.steps += 1;
        let before = self.state.objective();
        let mut out = self.choose(movable);
        self.follow(&mut out);
        let removed: Vec<(usize, Place)> = out
            .iter()
            .filter_map(|one| Some((*one, self.state.remove(self.problem, *one)?)))
            .collect();
        let mut open = self.unplaced();
        open.shuffle(&mut self.rng);
        open.sort_by_key(|one| !out.contains(one));
        open.truncate(out.len() + MOST_LEFT_OUT);
        if self.rng.random_bool(0.5) {
            open.shuffle(&mut self.rng);
            open.sort_by_key(|one| std::cmp::Reverse(self.problem.interviews[*one].priority));
        }
        self.inserted.clear();
        self.insert_all(open, SKIPPED);
        if self.accepts(before, self.state.objective(), warmth) {
            self.keep_if_best();
            return;
        }
        for interview in std::mem::take(&mut self.inserted) {
            self.state.remove(self.problem, interview);
        }
        for (interview, place) in removed {
            self.state.place(self.problem, interview, place);
        }
    }

    /// Inserts what can be; one that must follow another waits for it.
    fn insert_all(&mut self, mut open: Vec<usize>, skipped: f64) {
        loop {
            let before = open.len();
            open.retain(|interview| !self.insert(*interview, skipped));
            let is_worth_another_round = open
                .iter()
                .any(|one| self.problem.interviews[*one].after.is_some());
            if open.len() == before || !is_worth_another_round {
                return;
            }
        }
    }

    fn insert(&mut self, interview: usize, skipped: f64) -> bool {
        let Some(options) = Options::new(self.problem, &self.state, interview) else {
            return false;
        };
        let stays = match &options.wanted.before_now {
            Before::At(place)
                if !self.rng.random_bool(MOVES)
                    && options.wanted.may_start(place.start)
                    && options.allows(place) =>
            {
                Some(place)
            }
            _ => None,
        };
        let place = match stays {
            Some(place) => place.clone(),
            None => match options.cheapest(&mut self.rng, skipped, &mut self.steps) {
                Some(choice) => choice.place,
                None => return false,
            },
        };
        self.state.place(self.problem, interview, place);
        self.inserted.push(interview);
        true
    }

    fn accepts(&mut self, before: Objective, after: Objective, warmth: f64) -> bool {
        let worse = (after.unplaced - before.unplaced) as f64 * UNPLACED_WEIGHT
            + (after.moved - before.moved) as f64 * MOVED_WEIGHT
            + (after.cost - before.cost) as f64;
        worse <= 0.0
            || self
                .rng
                .random_bool((-worse / warmth).exp().clamp(0.0, 1.0))
    }

    fn keep_if_best(&mut self) {
        if self.state.objective() < self.best.objective() {
            self.best = self.state.clone();
        }
    }

    fn unplaced(&self) -> Vec<usize> {
        (0..self.state.places.len())
            .filter(|interview| self.state.places[*interview].is_none())
            .collect()
    }

    /// A few interviews that have to do with each other.
    fn choose(&mut self, movable: &[usize]) -> Vec<usize> {
        let Some(seed) = self.pick(movable) else {
            return Vec::new();
        };
        let most = self.rng.random_range(2..=self.most_taken_out);
        let mut related = match self.rng.random_range(0..6) {
            0 => (0..most).filter_map(|_| self.pick(movable)).collect(),
            1 => self.of_cases(seed, movable),
            2 => self.of_officer(seed),
            3 => self.of_interpreter(seed),
            4 => self.of_neighbours(seed),
            _ => self.of_officer_days(seed),
        };
        related.retain(|one| !self.problem.interviews[*one].is_fixed);
        related.sort_unstable();
        related.dedup();
        related.shuffle(&mut self.rng);
        related.truncate(most);
        related
    }

    fn pick(&mut self, from: &[usize]) -> Option<usize> {
        (!from.is_empty()).then(|| from[self.rng.random_range(0..from.len())])
    }

    fn of_cases(&mut self, seed: usize, movable: &[usize]) -> Vec<usize> {
        let other = self.pick(movable).unwrap_or(seed);
        [seed, other]
            .iter()
            .flat_map(|one| &self.problem.cases[self.problem.interviews[*one].case])
            .copied()
            .collect()
    }

    /// One officer, a stretch of days.
    fn of_officer(&mut self, seed: usize) -> Vec<usize> {
        let Some(place) = self.state.places[seed].clone() else {
            return self.of_neighbours(seed);
        };
        let officer = self.pick(&place.officers);
        let day = self.problem.starts[place.start].day;
        let more = self.rng.random_range(0..2);
        officer.map_or_else(Vec::new, |officer| {
            on_days(&self.state.officers[officer], day, day + more)
        })
    }

    /// Two officers of one day: they can change places.
    fn of_officer_days(&mut self, seed: usize) -> Vec<usize> {
        let mut all = self.of_officer(seed);
        let Some(place) = &self.state.places[seed] else {
            return all;
        };
        let day = self.problem.starts[place.start].day;
        let other = self.rng.random_range(0..self.state.officers.len().max(1));
        if let Some(busy) = self.state.officers.get(other) {
            all.extend(on_days(busy, day, day));
        }
        all
    }

    fn of_interpreter(&mut self, seed: usize) -> Vec<usize> {
        let place = self.state.places[seed].as_ref();
        let day = place.map(|place| self.problem.starts[place.start].day);
        let one = place.and_then(|place| place.interpreter);
        let interpreters = &self.problem.interviews[seed].interpreters;
        let other = (!interpreters.is_empty())
            .then(|| interpreters[self.rng.random_range(0..interpreters.len())]);
        let last = self.problem.days.len().saturating_sub(1);
        let day = day.unwrap_or_else(|| self.rng.random_range(0..=last));
        let more = self.rng.random_range(0..2);
        [one, other]
            .into_iter()
            .flatten()
            .flat_map(|interpreter| on_days(&self.state.interpreters[interpreter], day, day + more))
            .collect()
    }

    /// What takes place at about the same time, or where an unplaced one might.
    fn of_neighbours(&mut self, seed: usize) -> Vec<usize> {
        let start = if let Some(place) = &self.state.places[seed] {
            Some(place.start)
        } else {
            let days = &self.problem.interviews[seed].days;
            (!days.is_empty()).then(|| {
                let starts = &days[self.rng.random_range(0..days.len())].1;
                starts[self.rng.random_range(0..starts.len())]
            })
        };
        let Some(start) = start else {
            return vec![seed];
        };
        let reach = self.rng.random_range(2..12);
        let near = self.state.places.iter().enumerate().filter(|(_, place)| {
            place
                .as_ref()
                .is_some_and(|place| place.start.abs_diff(start) <= reach)
        });
        near.map(|(interview, _)| interview).chain([seed]).collect()
    }

    /// What must follow an interview that is taken out is taken out too, unless it is fixed.
    fn follow(&self, out: &mut Vec<usize>) {
        let mut next = 0;
        while let Some(one) = out.get(next) {
            for after in &self.problem.interviews[*one].before {
                if !out.contains(after) && !self.problem.interviews[*after].is_fixed {
                    out.push(*after);
                }
            }
            next += 1;
        }
    }
}

fn on_days(busy: &Busy, from: usize, to: usize) -> Vec<usize> {
    (from..=to.min(busy.days() - 1))
        .flat_map(|day| busy.on(day).iter().map(|entry| entry.interview))
        .collect()
}

const ROUNDS_BETWEEN_LOOKS: u32 = 64;
/// Steps of one try: on the reference instances 60 interviews take half a second, 500 three.
const FEWEST_STEPS: u64 = 300_000;
const STEPS_EACH: u64 = 50_000;
/// As many tries as fit in so many steps.
const STEPS_IN_ALL: u64 = 4_200_000;
const MOST_TRIES: u64 = 4;
/// At first the search takes a change for the worse of about a stranger in a team, at the end none.
const WARM: f64 = 5.0;
/// Enough to take a case apart that is spread over a day more.
const HOT: f64 = 20.0;
const COLD: f64 = 0.15;
const UNPLACED_WEIGHT: f64 = 1e4;
const MOVED_WEIGHT: f64 = 100.0;
/// Of those without a place, so many try their luck in a round.
const MOST_LEFT_OUT: usize = 6;
/// The share of starts that are left out when an interview is put back.
const SKIPPED: f64 = 0.1;
/// How often an interview that could stay where it was looks elsewhere.
const MOVES: f64 = 0.1;
