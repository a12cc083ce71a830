//! Why an interview has no place: the smallest set of rules that no start satisfies together.
//!
//! First as if it were alone in the mission: then the rules named need another resource or another
//! wish. If alone it would fit, other interviews hold what it needs, and the same question is asked
//! of the plan as it is.

use serde::Serialize;

use super::{instance::Instance, options::Options, problem::Problem, state::State};

/// One rule that keeps an interview out.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// For programs; never changes its meaning.
    pub code: &'static str,
    /// For the coordinator: which resource, which rule, what to change.
    pub detail: String,
}

/// The rules that an explanation is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    Order,
    Room,
    Interpreter,
    Officers,
    Guardian,
    Persons,
    PersonDay,
}

const RULES: [Rule; 7] = [
    Rule::Order,
    Rule::Room,
    Rule::Interpreter,
    Rule::Officers,
    Rule::Guardian,
    Rule::Persons,
    Rule::PersonDay,
];

pub(super) fn reasons(
    instance: &Instance,
    problem: &Problem,
    state: &State,
    interview: usize,
) -> Vec<Reason> {
    let wanted = &problem.interviews[interview];
    let teller = Teller {
        instance,
        problem,
        interview,
    };
    if wanted.days.is_empty() {
        return vec![teller.no_time()];
    }
    if let Some(before) = wanted
        .after
        .filter(|before| state.places[*before].is_none())
    {
        return vec![Reason {
            code: "after_unplaced",
            detail: format!(
                "it must follow {}, which has no place itself",
                instance.interviews[before].id
            ),
        }];
    }
    let alone = State::new(problem);
    if let Some(rules) = smallest(&Options::without_order(problem, &alone, interview)) {
        return rules.into_iter().map(|rule| teller.alone(rule)).collect();
    }
    let Some(options) = Options::new(problem, state, interview) else {
        return vec![Teller::unknown()];
    };
    match smallest(&options) {
        Some(rules) => rules
            .into_iter()
            .map(|rule| teller.taken(rule, state))
            .collect(),
        None => vec![Teller::unknown()],
    }
}

/// The smallest set of rules that no start satisfies together, if there is one.
fn smallest(options: &Options<'_>) -> Option<Vec<Rule>> {
    let kept: Vec<u8> = options
        .wanted
        .days
        .iter()
        .flat_map(|(day, starts)| starts.iter().map(|start| (*day, *start)))
        .map(|(day, start)| kept_rules(options, day, start))
        .collect();
    let mut sets: Vec<u8> = (1..1 << RULES.len()).collect();
    sets.sort_by_key(|set| set.count_ones());
    let set = sets
        .into_iter()
        .find(|set| kept.iter().all(|kept| kept & set != *set))?;
    let rules = RULES
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| set & (1 << bit) != 0);
    Some(rules.map(|(_, rule)| rule).collect())
}

/// One bit for each rule that a start satisfies.
fn kept_rules(options: &Options<'_>, day: usize, start: usize) -> u8 {
    let span = options.span(start);
    let wanted = options.wanted;
    let is_kept = |rule| match rule {
        Rule::Order => options.is_possible(start),
        Rule::Room => wanted
            .rooms
            .iter()
            .any(|room| options.room_is_free(*room, day, span, start)),
        Rule::Interpreter => {
            !wanted.needs_interpreter
                || wanted
                    .interpreters
                    .iter()
                    .any(|one| options.interpreter_is_free(*one, day, span, start))
        }
        Rule::Officers => options.has_team(day, span, start),
        Rule::Guardian => options.guardian_is_free(day, span, start),
        Rule::Persons => options.persons_are_free(day, span),
        Rule::PersonDay => options.persons_have_time(day),
    };
    RULES
        .into_iter()
        .enumerate()
        .map(|(bit, rule)| u8::from(is_kept(rule)) << bit)
        .sum()
}

/// Puts a rule into words.
struct Teller<'a> {
    instance: &'a Instance,
    problem: &'a Problem,
    interview: usize,
}

impl Teller<'_> {
    fn no_time(&self) -> Reason {
        Reason {
            code: "no_time",
            detail: format!(
                "no start leaves {} minutes within the opening hours and its own limits; \
                 open longer, allow more days, or make it shorter",
                self.problem.interviews[self.interview].minutes
            ),
        }
    }

    fn unknown() -> Reason {
        Reason {
            code: "search_limit",
            detail: "the search ended before it found a place or a reason; give it more time"
                .into(),
        }
    }

    /// A rule that keeps the interview out even if it were the only one.
    fn alone(&self, rule: Rule) -> Reason {
        let interview = &self.instance.interviews[self.interview];
        let wanted = &self.problem.interviews[self.interview];
        match rule {
            Rule::Room => Reason {
                code: "no_room",
                detail: if wanted.rooms.is_empty() {
                    format!("no room has {} seats", interview.seats)
                } else {
                    format!(
                        "the rooms with {} seats ({}) are closed when it could be held",
                        interview.seats,
                        self.rooms()
                    )
                },
            },
            Rule::Interpreter => Reason {
                code: "no_interpreter",
                detail: if wanted.interpreters.is_empty() {
                    format!("there is no {}", self.wished_interpreter())
                } else {
                    format!(
                        "the {} ({}) has no window for it",
                        self.wished_interpreter(),
                        self.interpreters()
                    )
                },
            },
            Rule::Officers => Reason {
                code: "no_officers",
                detail: format!(
                    "{} are needed, and never so many are there together",
                    self.wished_officers()
                ),
            },
            Rule::Guardian => Reason {
                code: "no_guardian",
                detail: format!("the guardian {} has no window for it", self.guardian()),
            },
            Rule::PersonDay => Reason {
                code: "person_day_limit",
                detail: format!(
                    "{} minutes are more than the 240 a person is interviewed on one day; split it",
                    interview.minutes
                ),
            },
            Rule::Order | Rule::Persons => self.no_time(),
        }
    }

    /// A rule that keeps the interview out because of the others.
    fn taken(&self, rule: Rule, state: &State) -> Reason {
        let taken = |detail: String| Reason {
            code: "taken",
            detail,
        };
        let wanted = &self.problem.interviews[self.interview];
        match rule {
            Rule::Room => taken(format!(
                "the rooms that are large enough ({}) are full whenever it could be held",
                self.rooms()
            )),
            Rule::Interpreter => taken(format!(
                "needs one {}: {} and full whenever it could be held",
                self.wished_interpreter(),
                match wanted.interpreters.len() {
                    1 => format!("{} is the only one", self.interpreters()),
                    _ => format!("{} are the only ones", self.interpreters()),
                }
            )),
            Rule::Officers => {
                let partner = wanted
                    .same_officers
                    .iter()
                    .find(|other| state.places[**other].is_some());
                match partner {
                    Some(other) => Reason {
                        code: "same_officers",
                        detail: format!(
                            "the officers of {} are not free together for it",
                            self.instance.interviews[*other].id
                        ),
                    },
                    None => taken(format!(
                        "{} are needed, and never so many are free together",
                        self.wished_officers()
                    )),
                }
            }
            Rule::Guardian => taken(format!(
                "the guardian {} is with others whenever it could be held",
                self.guardian()
            )),
            Rule::Persons => taken("the persons have other interviews then".into()),
            Rule::PersonDay => Reason {
                code: "person_day_limit",
                detail: "with their other interviews the persons would pass 240 minutes a day; \
                         allow more days"
                    .into(),
            },
            Rule::Order => Reason {
                code: "no_time",
                detail: "too little time is left between the interviews before and after it".into(),
            },
        }
    }

    fn wished_interpreter(&self) -> String {
        let interview = &self.instance.interviews[self.interview];
        let language = interview.language.as_deref().unwrap_or("no language");
        match &interview.interpreter_sex {
            Some(sex) => format!("{sex} interpreter for {language}"),
            None => format!("interpreter for {language}"),
        }
    }

    fn wished_officers(&self) -> String {
        let interview = &self.instance.interviews[self.interview];
        match &interview.interviewer_sex {
            Some(sex) => format!("{} {sex} officers", interview.officers),
            None => format!("{} officers", interview.officers),
        }
    }

    fn interpreters(&self) -> String {
        let wanted = &self.problem.interviews[self.interview];
        listed(
            wanted
                .interpreters
                .iter()
                .map(|one| &*self.instance.interpreters[*one].id),
        )
    }

    fn rooms(&self) -> String {
        let wanted = &self.problem.interviews[self.interview];
        listed(
            wanted
                .rooms
                .iter()
                .map(|room| &*self.instance.rooms[*room].id),
        )
    }

    fn guardian(&self) -> &str {
        let guardian = self.instance.interviews[self.interview].guardian;
        guardian.map_or("", |guardian| &self.instance.guardians[guardian].id)
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
