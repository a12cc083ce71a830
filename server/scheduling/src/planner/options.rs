//! Where an interview could go: the hard rules, and what each place would cost.
//!
//! For one start the parts are independent: the room costs nothing, the interpreter costs a day or
//! nothing, and each officer has a price of his or her own. So the best team is the cheapest of
//! each, and nobody has to try pairs. Days are tried cheapest first, and the rest is skipped as
//! soon as it cannot win.

use rand::Rng;

use super::{
    instance::Modality,
    problem::{Place, Problem, Wanted},
    state::{CASE_DAY, INTERPRETER_DAY, INTERPRETER_REST, STRANGER, State, count_without},
    time::{Minute, Span},
};

/// A person's interviews on one day (hard rule 8).
pub(super) const PERSON_MINUTES: i64 = 240;

/// One interview looking for a place in a plan.
pub(super) struct Options<'a> {
    pub(super) problem: &'a Problem,
    pub(super) state: &'a State,
    pub(super) wanted: &'a Wanted,
    earliest: Minute,
    latest: Minute,
    /// The officers that another interview prescribes.
    team: Team<'a>,
    case: Case<'a>,
    /// What the team may save at most: idle time filled, and officers the case knows.
    most_gain: i64,
}

/// Who prescribes the officers.
enum Team<'a> {
    Free,
    Given(&'a [usize]),
    /// Two interviews prescribe different ones.
    Contradictory,
}

/// What the interview's case has so far.
struct Case<'a> {
    /// When it starts, with whom, and its place in the instance.
    first: Option<(usize, usize, &'a [usize])>,
    /// First and last day.
    days: Option<(i64, i64)>,
    /// The officer sets of its interviews.
    sets: Vec<&'a [usize]>,
    /// What changes of officers cost now.
    strangers: i64,
}

/// Decides between equals: another order for each question, without a number drawn for each.
#[derive(Clone, Copy)]
struct Ties(u32);

impl Ties {
    fn order(self, index: usize) -> u32 {
        // Multiplicative hashing (Knuth, section 6.4).
        (self.0 ^ index as u32)
            .wrapping_mul(0x9E37_79B1)
            .rotate_left(15)
    }
}

/// A place and what it adds to the cost.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) place: Place,
    pub(super) cost: i64,
}

impl<'a> Options<'a> {
    /// `None` where the interview it must follow has no place.
    pub(super) fn new(problem: &'a Problem, state: &'a State, interview: usize) -> Option<Self> {
        let mut options = Self::without_order(problem, state, interview);
        if let Some(before) = options.wanted.after {
            options.earliest = state.end(problem, before)?;
        }
        Some(options)
    }

    /// The same without looking at the interview it must follow.
    pub(super) fn without_order(problem: &'a Problem, state: &'a State, interview: usize) -> Self {
        let wanted = &problem.interviews[interview];
        let latest = wanted
            .before
            .iter()
            .filter_map(|next| state.places[*next].as_ref())
            .map(|place| problem.starts[place.start].at)
            .min()
            .unwrap_or(Minute::MAX);
        let mut team = Team::Free;
        for other in &wanted.same_officers {
            let Some(place) = &state.places[*other] else {
                continue;
            };
            team = match team {
                Team::Free => Team::Given(&place.officers),
                Team::Given(officers) if officers == place.officers => team,
                Team::Given(_) | Team::Contradictory => Team::Contradictory,
            };
        }
        let case = Case::new(problem, state, wanted.case);
        let idle = wanted.minutes / problem.grid_minutes + 1;
        Self {
            problem,
            state,
            wanted,
            earliest: Minute::MIN,
            latest,
            team,
            most_gain: wanted.officer_count as i64 * idle + case.strangers,
            case,
        }
    }

    /// The cheapest place. A share of starts is left out, so that the search does not always end in
    /// the same corner. `steps` counts the starts that were looked at.
    pub(super) fn cheapest(
        &self,
        rng: &mut impl Rng,
        skipped: f64,
        steps: &mut u64,
    ) -> Option<Choice> {
        let mut days: Vec<(i64, usize)> = self
            .wanted
            .days
            .iter()
            .enumerate()
            .map(|(index, (day, _))| (self.day_cost(*day), index))
            .collect();
        days.sort_unstable();
        let ties = Ties(rng.next_u32());
        let mut best: Option<Choice> = None;
        for (day_cost, index) in days {
            if best
                .as_ref()
                .is_some_and(|best| day_cost - self.most_gain >= best.cost)
            {
                break;
            }
            let (day, starts) = &self.wanted.days[index];
            if !self.persons_have_time(*day) {
                continue;
            }
            for start in starts {
                if skipped > 0.0 && rng.random_bool(skipped) {
                    continue;
                }
                *steps += 1;
                let best_cost = best.as_ref().map_or(i64::MAX, |best| best.cost);
                let Some(choice) = self.at(*start, day_cost, best_cost, ties) else {
                    continue;
                };
                let is_better = best.as_ref().is_none_or(|best| {
                    choice.cost < best.cost || choice.cost == best.cost && rng.random_bool(0.3)
                });
                if is_better {
                    best = Some(choice);
                }
            }
        }
        best
    }

    /// Whether a place breaks no rule.
    pub(super) fn allows(&self, place: &Place) -> bool {
        let day = self.problem.starts[place.start].day;
        let span = self.span(place.start);
        self.persons_have_time(day)
            && self.is_possible(place.start)
            && self.people_are_free(day, span, place.start)
            && self.wanted.rooms.contains(&place.room)
            && self.room_is_free(place.room, day, span, place.start)
            && self.team_is_allowed(&place.officers)
            && place
                .officers
                .iter()
                .all(|officer| self.officer_is_free(*officer, day, span, place.start))
            && match place.interpreter {
                Some(interpreter) => {
                    self.wanted.interpreters.contains(&interpreter)
                        && self.interpreter_is_free(interpreter, day, span, place.start)
                }
                None => !self.wanted.needs_interpreter,
            }
    }

    /// The best team and room for one start.
    fn at(&self, start: usize, day_cost: i64, best_cost: i64, ties: Ties) -> Option<Choice> {
        let day = self.problem.starts[start].day;
        let span = self.span(start);
        if !self.is_possible(start) || !self.people_are_free(day, span, start) {
            return None;
        }
        let room = self
            .wanted
            .rooms
            .iter()
            .copied()
            .find(|room| self.room_is_free(*room, day, span, start))?;
        let (interpreter, interpreter_cost) = self.interpreter(day, span, start, ties)?;
        if day_cost + interpreter_cost - self.most_gain > best_cost {
            return None;
        }
        let (officers, officer_cost) = self.officers(day, span, start, ties)?;
        Some(Choice {
            cost: day_cost + interpreter_cost + officer_cost,
            place: Place {
                start,
                room,
                officers,
                interpreter,
            },
        })
    }

    pub(super) fn span(&self, start: usize) -> Span {
        let from = self.problem.starts[start].at;
        Span {
            from,
            to: from + self.wanted.minutes,
        }
    }

    /// Whether the start fits between the interviews before and after.
    pub(super) fn is_possible(&self, start: usize) -> bool {
        let span = self.span(start);
        span.from >= self.earliest && span.to <= self.latest
    }

    /// Whether no person of it has had a long day already.
    pub(super) fn persons_have_time(&self, day: usize) -> bool {
        self.wanted.persons.iter().all(|person| {
            self.state.persons[*person].minutes(day) + self.wanted.minutes <= PERSON_MINUTES
        })
    }

    fn people_are_free(&self, day: usize, span: Span, start: usize) -> bool {
        self.persons_are_free(day, span) && self.guardian_is_free(day, span, start)
    }

    pub(super) fn persons_are_free(&self, day: usize, span: Span) -> bool {
        self.wanted
            .persons
            .iter()
            .all(|person| self.state.persons[*person].is_free(day, span, span.to))
    }

    /// Whether enough officers are free.
    pub(super) fn has_team(&self, day: usize, span: Span, start: usize) -> bool {
        // Which of two equal ones does not matter here.
        self.officers(day, span, start, Ties(0)).is_some()
    }

    pub(super) fn guardian_is_free(&self, day: usize, span: Span, start: usize) -> bool {
        self.wanted.guardian.is_none_or(|guardian| {
            self.problem.guardians[guardian].lasts(start, span.to)
                && self.state.guardians[guardian].is_free(day, span, span.to)
        })
    }

    pub(super) fn room_is_free(&self, room: usize, day: usize, span: Span, start: usize) -> bool {
        let kept_until = span.to + self.wanted.buffer;
        let busy = &self.state.rooms[room];
        self.problem.rooms[room].free.lasts(start, span.to)
            && if self.problem.spills {
                busy.is_free_on_all_days(span, kept_until)
            } else {
                busy.is_free(day, span, kept_until)
            }
    }

    pub(super) fn interpreter_is_free(
        &self,
        interpreter: usize,
        day: usize,
        span: Span,
        start: usize,
    ) -> bool {
        let kept_until = span.to + INTERPRETER_REST;
        let busy = &self.state.interpreters[interpreter];
        let person = &self.problem.interpreters[interpreter];
        person.free.lasts(start, span.to)
            && busy.minutes(day) + self.wanted.minutes <= person.most_minutes
            && if self.problem.spills {
                busy.is_free_on_all_days(span, kept_until)
            } else {
                busy.is_free(day, span, kept_until)
            }
    }

    pub(super) fn officer_is_free(
        &self,
        officer: usize,
        day: usize,
        span: Span,
        start: usize,
    ) -> bool {
        let busy = &self.state.officers[officer];
        let person = &self.problem.officers[officer];
        person.free.lasts(start, span.to)
            && busy.on(day).len() < person.most_interviews
            && busy.is_free(day, span, span.to)
    }

    /// Whether a set of officers has the right number, sex, places, and is the one prescribed.
    pub(super) fn team_is_allowed(&self, officers: &[usize]) -> bool {
        let is_prescribed = match self.team {
            Team::Free => true,
            Team::Given(given) => given == officers,
            Team::Contradictory => false,
        };
        let on_site = officers
            .iter()
            .filter(|officer| self.problem.officers[**officer].on_site)
            .count();
        is_prescribed
            && officers.len() == self.wanted.officer_count
            && officers
                .iter()
                .all(|officer| self.wanted.officers.contains(officer))
            && (self.wanted.modality != Modality::Hybrid || (1..officers.len()).contains(&on_site))
    }

    fn interpreter(
        &self,
        day: usize,
        span: Span,
        start: usize,
        ties: Ties,
    ) -> Option<(Option<usize>, i64)> {
        if !self.wanted.needs_interpreter {
            return Some((None, 0));
        }
        let mut best: Option<(i64, u32, usize)> = None;
        for interpreter in &self.wanted.interpreters {
            if !self.interpreter_is_free(*interpreter, day, span, start) {
                continue;
            }
            let is_new = self.state.interpreters[*interpreter].on(day).is_empty();
            let offer = (
                INTERPRETER_DAY * i64::from(is_new),
                ties.order(*interpreter),
                *interpreter,
            );
            if best.is_none_or(|best| offer < best) {
                best = Some(offer);
            }
        }
        best.map(|(cost, _, interpreter)| (Some(interpreter), cost))
    }

    fn officers(
        &self,
        day: usize,
        span: Span,
        start: usize,
        ties: Ties,
    ) -> Option<(Vec<usize>, i64)> {
        let is_first = self.case.begins_with(start);
        let base = if is_first {
            self.case.all_strangers() - self.case.strangers
        } else {
            0
        };
        let price = |officer: usize| {
            let busy = &self.state.officers[officer];
            let grid = self.problem.grid_minutes;
            busy.idle(day, Some(span), grid) - busy.idle(day, None, grid)
                + self.case.price(officer, is_first)
        };
        if let Team::Given(team) = self.team {
            let fits = self.team_is_allowed(team)
                && team
                    .iter()
                    .all(|officer| self.officer_is_free(*officer, day, span, start));
            let cost: i64 = team.iter().map(|officer| price(*officer)).sum();
            return fits.then(|| (team.to_vec(), base + cost));
        }
        if matches!(self.team, Team::Contradictory) {
            return None;
        }
        let offers = self
            .wanted
            .officers
            .iter()
            .filter(|officer| self.officer_is_free(**officer, day, span, start))
            .map(|officer| (price(*officer), ties.order(*officer), *officer));
        let count = self.wanted.officer_count;
        if count == 1 {
            // The usual case, without a list. No hybrid interview has one officer.
            return offers
                .min()
                .map(|(cost, _, officer)| (vec![officer], base + cost));
        }
        let mut offers: Vec<(i64, u32, usize)> = offers.collect();
        if offers.len() < count {
            return None;
        }
        offers.sort_unstable();
        if self.wanted.modality == Modality::Hybrid {
            self.put_one_of_each_first(&mut offers)?;
        }
        offers.truncate(count);
        let cost: i64 = offers.iter().map(|(cost, _, _)| cost).sum();
        let mut officers: Vec<_> = offers.iter().map(|(_, _, officer)| *officer).collect();
        officers.sort_unstable();
        Some((officers, base + cost))
    }

    /// Brings the cheapest officer at the centre and the cheapest elsewhere to the front.
    fn put_one_of_each_first(&self, offers: &mut [(i64, u32, usize)]) -> Option<()> {
        for (front, on_site) in [(0, true), (1, false)] {
            let found = offers
                .iter()
                .position(|offer| self.problem.officers[offer.2].on_site == on_site)?;
            if found > front || front == 1 && found == 0 {
                offers[front.min(found)..=front.max(found)].rotate_right(1);
            }
        }
        Some(())
    }

    /// What the day alone costs: how late it is, and how far the case is spread.
    fn day_cost(&self, day: usize) -> i64 {
        let day = self.problem.days[day].number;
        let spread = self.case.days.map_or(0, |(first, last)| {
            (first - day).max(0) + (day - last).max(0)
        });
        self.wanted.priority * day + CASE_DAY * spread
    }
}

impl<'a> Case<'a> {
    fn new(problem: &Problem, state: &'a State, case: usize) -> Self {
        let first = state.first_of_case(problem, case);
        let number = |place: &Place| problem.days[problem.starts[place.start].day].number;
        let places = problem.cases[case]
            .iter()
            .filter_map(|interview| state.places[*interview].as_ref());
        let mut days: Option<(i64, i64)> = None;
        let mut sets = Vec::new();
        for place in places {
            let day = number(place);
            days = Some(days.map_or((day, day), |(from, to)| (from.min(day), to.max(day))));
            sets.push(place.officers.as_slice());
        }
        let first = first.map(|(index, place)| (place.start, index, place.officers.as_slice()));
        let strangers = first.map_or(0, |(_, _, known)| {
            sets.iter().map(|set| count_without(set, known)).sum()
        });
        Self {
            first,
            days,
            sets,
            strangers: STRANGER * strangers,
        }
    }

    /// Whether an interview at a start would be the first of the case. Of two that start together
    /// the earlier of the instance is; that rare tie is priced as if it were not.
    fn begins_with(&self, start: usize) -> bool {
        self.first.is_some_and(|(first, _, _)| start < first)
    }

    /// What it would cost if nobody had been met before.
    fn all_strangers(&self) -> i64 {
        STRANGER * self.sets.iter().map(|set| set.len() as i64).sum::<i64>()
    }

    /// What an officer adds.
    fn price(&self, officer: usize, is_first: bool) -> i64 {
        match self.first {
            None => 0,
            Some(_) if is_first => {
                -STRANGER
                    * self
                        .sets
                        .iter()
                        .filter(|set| set.contains(&officer))
                        .count() as i64
            }
            Some((_, _, known)) => STRANGER * i64::from(!known.contains(&officer)),
        }
    }
}
