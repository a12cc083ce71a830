//! An instance made ready for the search: every time a minute on one line, every start on the grid
//! tested once against opening hours, closed rooms and people's windows.

use jiff::{civil::Date, tz::TimeZone};

use super::{
    Objective,
    instance::{DayHours, Instance, Interview, Modality, Moment, Windows},
    state::INTERPRETER_REST,
    time::{self, DAY, Minute, Span, merged, minute, without},
};

#[derive(Debug)]
pub(super) struct Problem {
    pub(super) days: Vec<Day>,
    /// Every start on the grid while the site is open, in order of time.
    pub(super) starts: Vec<Start>,
    /// For each start, until when the site stays open.
    open_until: Vec<Minute>,
    pub(super) rooms: Vec<Room>,
    pub(super) officers: Vec<Officer>,
    pub(super) interpreters: Vec<Interpreter>,
    pub(super) guardians: Vec<Free>,
    pub(super) interviews: Vec<Wanted>,
    /// The interviews of each case, in the order of the instance.
    pub(super) cases: Vec<Vec<usize>>,
    pub(super) persons: usize,
    pub(super) grid_minutes: i64,
    /// What is kept free after an interview may reach into the next day.
    pub(super) spills: bool,
    zone: TimeZone,
}

#[derive(Debug)]
pub(super) struct Day {
    pub(super) date: Date,
    /// Calendar days since the first.
    pub(super) number: i64,
}

#[derive(Debug)]
pub(super) struct Start {
    pub(super) at: Minute,
    /// Index into [`Problem::days`].
    pub(super) day: usize,
    pub(super) label: String,
}

/// For each start, until when a resource stays free; no later than the start where it is not.
#[derive(Debug)]
pub(super) struct Free(Vec<Minute>);

#[derive(Debug)]
pub(super) struct Room {
    pub(super) free: Free,
}

#[derive(Debug)]
pub(super) struct Officer {
    pub(super) on_site: bool,
    pub(super) most_interviews: usize,
    pub(super) free: Free,
}

#[derive(Debug)]
pub(super) struct Interpreter {
    pub(super) most_minutes: i64,
    pub(super) free: Free,
}

/// An interview, with what could serve it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) case: usize,
    pub(super) persons: Vec<usize>,
    pub(super) minutes: i64,
    pub(super) buffer: i64,
    pub(super) priority: i64,
    pub(super) officer_count: usize,
    pub(super) modality: Modality,
    pub(super) needs_interpreter: bool,
    pub(super) guardian: Option<usize>,
    /// Rooms with enough seats, the smallest first.
    pub(super) rooms: Vec<usize>,
    /// Officers of the wished sex and place.
    pub(super) officers: Vec<usize>,
    /// Interpreters of the language and wished sex that are not excluded.
    pub(super) interpreters: Vec<usize>,
    /// Starts within opening hours and its own limits, by day.
    pub(super) days: Vec<(usize, Vec<usize>)>,
    pub(super) after: Option<usize>,
    pub(super) before: Vec<usize>,
    /// Those whose officers must be the same, in either direction.
    pub(super) same_officers: Vec<usize>,
    pub(super) before_now: Before,
    /// It stays where it was.
    pub(super) is_fixed: bool,
}

/// What the plan before said of an interview.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Before {
    /// Nothing: it is new.
    Nothing,
    /// A place that no longer exists, or another guardian: wherever it goes, it has moved.
    Gone,
    /// A place that it may keep.
    At(Place),
}

impl Wanted {
    /// Whether opening hours and its own limits let it start then.
    pub(super) fn may_start(&self, start: usize) -> bool {
        self.days
            .iter()
            .any(|(_, starts)| starts.binary_search(&start).is_ok())
    }

    /// Whether a place differs from the one before.
    pub(super) fn has_moved(&self, place: &Place) -> bool {
        match &self.before_now {
            Before::Nothing => false,
            Before::Gone => true,
            Before::At(before) => before != place,
        }
    }
}

/// Where and with whom an interview takes place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    /// Index into [`Problem::starts`].
    pub(super) start: usize,
    pub(super) room: usize,
    /// In order.
    pub(super) officers: Vec<usize>,
    pub(super) interpreter: Option<usize>,
}

impl Problem {
    pub(super) fn new(instance: &Instance) -> Self {
        let site = &instance.site;
        let (days, starts, open_until) = calendar(instance);
        let free = |spans: Vec<Span>| Free::new(&starts, &merged(spans));
        let works = |windows: &Windows| free(spans_of(&windows.spans, &windows.zone));
        let always = match (starts.first(), starts.last()) {
            (Some(first), Some(last)) => vec![Span {
                from: first.at,
                to: last.at + 2 * DAY,
            }],
            _ => Vec::new(),
        };
        let rooms = instance
            .rooms
            .iter()
            .map(|room| Room {
                free: free(without(
                    always.clone(),
                    &merged(spans_of(&room.closed, &site.zone)),
                )),
            })
            .collect();
        let officers = instance
            .officers
            .iter()
            .map(|officer| Officer {
                on_site: officer.on_site,
                most_interviews: officer.most_interviews_a_day as usize,
                free: works(&officer.windows),
            })
            .collect();
        let interpreters = instance
            .interpreters
            .iter()
            .map(|interpreter| Interpreter {
                most_minutes: interpreter.most_minutes_a_day,
                free: works(&interpreter.windows),
            })
            .collect();
        let guardians = instance
            .guardians
            .iter()
            .map(|guardian| works(&guardian.windows))
            .collect();
        let mut problem = Self {
            days,
            starts,
            open_until,
            rooms,
            officers,
            interpreters,
            guardians,
            interviews: Vec::new(),
            cases: vec![Vec::new(); instance.cases],
            persons: instance.persons,
            grid_minutes: site.grid_minutes,
            spills: spills(instance),
            zone: site.zone.clone(),
        };
        problem.interviews = instance
            .interviews
            .iter()
            .map(|interview| problem.wanted(instance, interview))
            .collect();
        problem.link(instance);
        problem
    }

    fn wanted(&self, instance: &Instance, interview: &Interview) -> Wanted {
        let mut rooms: Vec<_> = (0..instance.rooms.len())
            .filter(|room| instance.rooms[*room].seats >= interview.seats)
            .collect();
        rooms.sort_by_key(|room| instance.rooms[*room].seats);
        let is_wished = |sex: &str, wish: &Option<String>| wish.as_ref().is_none_or(|it| it == sex);
        let officers = (0..instance.officers.len())
            .filter(|index| {
                let officer = &instance.officers[*index];
                is_wished(&officer.sex, &interview.interviewer_sex)
                    && match interview.modality {
                        Modality::OnSite => officer.on_site,
                        Modality::Remote => !officer.on_site,
                        Modality::Hybrid | Modality::Any => true,
                    }
            })
            .collect();
        let interpreters = (0..instance.interpreters.len())
            .filter(|index| {
                let interpreter = &instance.interpreters[*index];
                interview
                    .language
                    .as_ref()
                    .is_some_and(|language| interpreter.languages.contains(language))
                    && !interview.excluded_interpreters.contains(index)
                    && is_wished(&interpreter.sex, &interview.interpreter_sex)
            })
            .collect();
        Wanted {
            case: interview.case,
            persons: interview.persons.clone(),
            minutes: interview.minutes,
            buffer: interview.buffer_minutes,
            priority: interview.priority,
            officer_count: interview.officers,
            modality: interview.modality,
            needs_interpreter: interview.language.is_some(),
            guardian: interview.guardian,
            rooms,
            officers,
            interpreters,
            days: self.possible_days(instance, interview),
            after: interview.after,
            before: Vec::new(),
            same_officers: Vec::new(),
            before_now: Before::Nothing,
            is_fixed: false,
        }
    }

    /// The starts at which the site is open for the whole interview and its own limits hold.
    fn possible_days(
        &self,
        instance: &Instance,
        interview: &Interview,
    ) -> Vec<(usize, Vec<usize>)> {
        let at = |moment: Moment| self.at(moment);
        let earliest = [interview.not_before, instance.frozen_until]
            .into_iter()
            .flatten()
            .map(at)
            .max()
            .unwrap_or(Minute::MIN);
        let latest = interview.not_after.map_or(Minute::MAX, at);
        let mut days: Vec<(usize, Vec<usize>)> = Vec::new();
        for (index, start) in self.starts.iter().enumerate() {
            let end = start.at + interview.minutes;
            if start.at < earliest || end > latest || end > self.open_until[index] {
                continue;
            }
            match days.last_mut() {
                Some((day, starts)) if *day == start.day => starts.push(index),
                _ => days.push((start.day, vec![index])),
            }
        }
        days
    }

    fn link(&mut self, instance: &Instance) {
        for (index, interview) in instance.interviews.iter().enumerate() {
            self.cases[interview.case].push(index);
            if let Some(before) = interview.after {
                self.interviews[before].before.push(index);
            }
            if let Some(other) = interview.same_officers_as.filter(|other| *other != index) {
                self.interviews[other].same_officers.push(index);
                self.interviews[index].same_officers.push(other);
            }
        }
        for entry in &instance.previous {
            let at = minute(entry.day, entry.start, &self.zone);
            let start = self.start_at(at);
            let frozen_until = instance.frozen_until.map(|until| self.at(until));
            let guardian = instance.interviews[entry.interview].guardian;
            let wanted = &mut self.interviews[entry.interview];
            wanted.is_fixed = entry.fixed || frozen_until.is_some_and(|until| at < until);
            wanted.before_now = match start {
                Some(start) if entry.guardian == guardian => Before::At(Place {
                    start,
                    room: entry.room,
                    officers: entry.officers.clone(),
                    interpreter: entry.interpreter,
                }),
                _ => Before::Gone,
            };
        }
    }

    fn at(&self, moment: Moment) -> Minute {
        minute(moment.day, moment.time, &self.zone)
    }

    /// The start at a minute.
    pub(super) fn start_at(&self, at: Minute) -> Option<usize> {
        self.starts.binary_search_by_key(&at, |start| start.at).ok()
    }

    /// Whether the site is open for the whole interview.
    pub(super) fn is_open(&self, start: usize, minutes: i64) -> bool {
        self.starts[start].at + minutes <= self.open_until[start]
    }

    /// Whether a start keeps the interview's own limits.
    pub(super) fn keeps_limits(&self, instance: &Instance, interview: usize, start: usize) -> bool {
        let interview = &instance.interviews[interview];
        let from = self.starts[start].at;
        let is_late_enough = interview.not_before.is_none_or(|it| self.at(it) <= from);
        let is_early_enough = interview
            .not_after
            .is_none_or(|it| from + interview.minutes <= self.at(it));
        is_late_enough && is_early_enough
    }

    /// When an interview that starts there ends, as the site's clocks show it.
    pub(super) fn end_label(&self, start: &Start, minutes: i64) -> String {
        let (date, shown) = time::local(start.at + minutes, &self.zone);
        let is_midnight = date != self.days[start.day].date && shown == 0;
        time::label(if is_midnight { DAY } else { shown })
    }

    /// What no plan can be better than: everything placed, nothing moved, each interview on its
    /// first possible day, and one interpreter's day if anybody needs one.
    pub(super) fn lower_bound(&self) -> Objective {
        let first_days = self.interviews.iter().map(|interview| {
            let day = match &interview.before_now {
                Before::At(place) if interview.is_fixed => Some(self.starts[place.start].day),
                _ => interview.days.first().map(|(day, _)| *day),
            };
            day.map_or(0, |day| interview.priority * self.days[day].number)
        });
        let interprets = self
            .interviews
            .iter()
            .any(|interview| interview.needs_interpreter);
        Objective {
            unplaced: 0,
            moved: 0,
            cost: first_days.sum::<i64>() + 2 * i64::from(interprets),
        }
    }
}

impl Free {
    fn new(starts: &[Start], spans: &[Span]) -> Self {
        let until = starts.iter().map(|start| {
            spans
                .iter()
                .find(|span| span.from <= start.at && start.at < span.to)
                .map_or(Minute::MIN, |span| span.to)
        });
        Self(until.collect())
    }

    /// Whether it is free from a start until a minute.
    pub(super) fn lasts(&self, start: usize, until: Minute) -> bool {
        self.0[start] >= until
    }
}

fn spans_of(hours: &[DayHours], zone: &TimeZone) -> Vec<Span> {
    hours
        .iter()
        .map(|span| Span {
            from: minute(span.day, span.hours.from, zone),
            to: minute(span.day, span.hours.to, zone),
        })
        .filter(|span| span.from < span.to)
        .collect()
}

fn spills(instance: &Instance) -> bool {
    let open = instance.site.open;
    let longest = instance
        .interviews
        .iter()
        .map(|interview| interview.buffer_minutes)
        .max()
        .unwrap_or(0)
        .max(INTERPRETER_REST);
    // Two hours more than any change of clocks.
    open.to + longest + 120 > DAY + open.from
}

fn calendar(instance: &Instance) -> (Vec<Day>, Vec<Start>, Vec<Minute>) {
    let site = &instance.site;
    let mut days = Vec::new();
    let mut starts: Vec<Start> = Vec::new();
    let mut open_until = Vec::new();
    let closed = spans_of(&site.closed, &site.zone);
    let mut date = site.first_day;
    while date <= site.last_day {
        let is_weekend = matches!(
            date.weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        );
        if site.weekend || !is_weekend {
            let hours = |hours| DayHours { day: date, hours };
            let open = spans_of(&[hours(site.open)], &site.zone);
            let every_day: Vec<_> = site.every_day_closed.iter().copied().map(hours).collect();
            let mut holes = spans_of(&every_day, &site.zone);
            holes.extend(&closed);
            let open = without(open, &merged(holes));
            let day = days.len();
            for time in (0..DAY).step_by(site.grid_minutes as usize) {
                let at = minute(date, time, &site.zone);
                let until = open.iter().find(|span| span.from <= at && at < span.to);
                // A skipped time is the same minute as a later one, which has the true name.
                let is_shown = time::local(at, &site.zone) == (date, time);
                if let Some(until) = until.filter(|_| is_shown) {
                    open_until.push(until.to);
                    starts.push(Start {
                        at,
                        day,
                        label: time::label(time),
                    });
                }
            }
            days.push(Day {
                date,
                number: i64::from((date - site.first_day).get_days()),
            });
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    (days, starts, open_until)
}
