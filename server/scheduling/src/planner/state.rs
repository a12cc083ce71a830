//! A plan while it is being made: who is busy when, and what it costs so far.
//!
//! Every change goes through [`State::place`] and [`State::remove`], which keep the objective up to
//! date by looking only at what the one interview touches. No rule is checked here: `options`
//! proposes nothing that breaks one.

use super::{
    Objective,
    problem::{Place, Problem},
    time::{Minute, Span},
};

#[derive(Clone, Debug)]
pub(super) struct State {
    /// By interview.
    pub(super) places: Vec<Option<Place>>,
    pub(super) rooms: Vec<Busy>,
    pub(super) officers: Vec<Busy>,
    pub(super) interpreters: Vec<Busy>,
    pub(super) guardians: Vec<Busy>,
    pub(super) persons: Vec<Busy>,
    cost: i64,
    moved: i64,
    unplaced: i64,
}

/// When a resource is taken, by day. A day holds a handful of entries.
#[derive(Clone, Debug)]
pub(super) struct Busy(Vec<Vec<Entry>>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) interview: usize,
    /// The interview itself, without what is kept free after it.
    pub(super) span: Span,
    kept_until: Minute,
}

impl State {
    pub(super) fn new(problem: &Problem) -> Self {
        let busy = |count| vec![Busy(vec![Vec::new(); problem.days.len()]); count];
        Self {
            places: vec![None; problem.interviews.len()],
            rooms: busy(problem.rooms.len()),
            officers: busy(problem.officers.len()),
            interpreters: busy(problem.interpreters.len()),
            guardians: busy(problem.guardians.len()),
            persons: busy(problem.persons),
            cost: 0,
            moved: 0,
            unplaced: problem.interviews.iter().map(|it| it.priority).sum(),
        }
    }

    pub(super) fn objective(&self) -> Objective {
        Objective {
            unplaced: self.unplaced,
            moved: self.moved,
            cost: self.cost,
        }
    }

    /// Puts an interview that has no place at one.
    pub(super) fn place(&mut self, problem: &Problem, interview: usize, place: Place) {
        self.cost -= self.touched_cost(problem, interview, &place);
        self.book(problem, interview, &place, true);
        let (wanted, day) = (
            &problem.interviews[interview],
            problem.starts[place.start].day,
        );
        self.cost += wanted.priority * problem.days[day].number;
        self.moved += i64::from(wanted.has_moved(&place));
        self.unplaced -= wanted.priority;
        self.places[interview] = Some(place);
        let place = self.places[interview]
            .clone()
            .expect("it was just put there");
        self.cost += self.touched_cost(problem, interview, &place);
    }

    /// Takes an interview out, if it has a place.
    pub(super) fn remove(&mut self, problem: &Problem, interview: usize) -> Option<Place> {
        let place = self.places[interview].clone()?;
        self.cost -= self.touched_cost(problem, interview, &place);
        self.book(problem, interview, &place, false);
        let (wanted, day) = (
            &problem.interviews[interview],
            problem.starts[place.start].day,
        );
        self.cost -= wanted.priority * problem.days[day].number;
        self.moved -= i64::from(wanted.has_moved(&place));
        self.unplaced += wanted.priority;
        self.places[interview] = None;
        self.cost += self.touched_cost(problem, interview, &place);
        Some(place)
    }

    fn book(&mut self, problem: &Problem, interview: usize, place: &Place, is_taken: bool) {
        let wanted = &problem.interviews[interview];
        let start = &problem.starts[place.start];
        let span = Span {
            from: start.at,
            to: start.at + wanted.minutes,
        };
        let entry = |kept_for| Entry {
            interview,
            span,
            kept_until: span.to + kept_for,
        };
        for officer in &place.officers {
            self.officers[*officer].book(start.day, entry(0), is_taken);
        }
        self.rooms[place.room].book(start.day, entry(wanted.buffer), is_taken);
        if let Some(interpreter) = place.interpreter {
            self.interpreters[interpreter].book(start.day, entry(INTERPRETER_REST), is_taken);
        }
        if let Some(guardian) = wanted.guardian {
            self.guardians[guardian].book(start.day, entry(0), is_taken);
        }
        for person in &wanted.persons {
            self.persons[*person].book(start.day, entry(0), is_taken);
        }
    }

    /// The cost of all that an interview at a place has part in: its case, its officers' idle time,
    /// its interpreter's day.
    fn touched_cost(&self, problem: &Problem, interview: usize, place: &Place) -> i64 {
        let day = problem.starts[place.start].day;
        let idle = place
            .officers
            .iter()
            .map(|officer| self.officers[*officer].idle(day, None, problem.grid_minutes));
        let interprets = place
            .interpreter
            .is_some_and(|interpreter| !self.interpreters[interpreter].on(day).is_empty());
        self.case_cost(problem, problem.interviews[interview].case)
            + idle.sum::<i64>()
            + INTERPRETER_DAY * i64::from(interprets)
    }

    /// How far a case is spread over days, and how much its officers change.
    fn case_cost(&self, problem: &Problem, case: usize) -> i64 {
        let Some(first) = self.first_of_case(problem, case) else {
            return 0;
        };
        let mut last_day = first.1.start;
        let mut strangers = 0;
        for interview in &problem.cases[case] {
            let Some(place) = &self.places[*interview] else {
                continue;
            };
            last_day = last_day.max(place.start);
            if *interview != first.0 {
                strangers += count_without(&place.officers, &first.1.officers);
            }
        }
        let day = |start: usize| problem.days[problem.starts[start].day].number;
        CASE_DAY * (day(last_day) - day(first.1.start)) + STRANGER * strangers
    }

    /// The placed interview of a case that starts first; of two, the earlier of the instance.
    pub(super) fn first_of_case<'a>(
        &'a self,
        problem: &Problem,
        case: usize,
    ) -> Option<(usize, &'a Place)> {
        problem.cases[case]
            .iter()
            .filter_map(|interview| Some((*interview, self.places[*interview].as_ref()?)))
            .min_by_key(|(interview, place)| (place.start, *interview))
    }

    /// When an interview that has a place ends.
    pub(super) fn end(&self, problem: &Problem, interview: usize) -> Option<Minute> {
        let place = self.places[interview].as_ref()?;
        Some(problem.starts[place.start].at + problem.interviews[interview].minutes)
    }
}

impl Busy {
    fn book(&mut self, day: usize, entry: Entry, is_taken: bool) {
        let day = &mut self.0[day];
        if is_taken {
            day.push(entry);
        } else {
            day.retain(|other| other.interview != entry.interview);
        }
    }

    pub(super) fn days(&self) -> usize {
        self.0.len()
    }

    pub(super) fn on(&self, day: usize) -> &[Entry] {
        &self.0[day]
    }

    /// Whether nothing of a day touches a span that is kept until a minute.
    pub(super) fn is_free(&self, day: usize, span: Span, kept_until: Minute) -> bool {
        self.0[day]
            .iter()
            .all(|entry| span.from >= entry.kept_until || entry.span.from >= kept_until)
    }

    /// The same where what is kept may reach into other days.
    pub(super) fn is_free_on_all_days(&self, span: Span, kept_until: Minute) -> bool {
        (0..self.0.len()).all(|day| self.is_free(day, span, kept_until))
    }

    /// Minutes of interviews on a day.
    pub(super) fn minutes(&self, day: usize) -> i64 {
        self.0[day]
            .iter()
            .map(|entry| entry.span.to - entry.span.from)
            .sum()
    }

    /// Idle grid steps of a day between the first start and the last end, with one span more.
    pub(super) fn idle(&self, day: usize, more: Option<Span>, grid: i64) -> i64 {
        let spans = self.0[day].iter().map(|entry| entry.span).chain(more);
        let (mut first, mut last, mut own) = (Minute::MAX, Minute::MIN, 0);
        for span in spans {
            first = first.min(span.from);
            last = last.max(span.to);
            own += span.to - span.from;
        }
        if own == 0 {
            return 0;
        }
        (last - first - own + grid - 1).div_euclid(grid)
    }
}

/// How many of a set are not in another.
pub(super) fn count_without(set: &[usize], other: &[usize]) -> i64 {
    set.iter().filter(|one| !other.contains(one)).count() as i64
}

/// Minutes between two interviews of an interpreter (hard rule 3).
pub(super) const INTERPRETER_REST: i64 = 15;
/// What a day costs on which an interpreter works.
pub(super) const INTERPRETER_DAY: i64 = 2;
/// What each further day of a case costs.
pub(super) const CASE_DAY: i64 = 20;
/// What an officer costs whom the case has not met.
pub(super) const STRANGER: i64 = 4;
