//! What is to be planned, read from JSON with every fault named.
//!
//! After [`Instance::read`] all ids are indices, all times are parsed and nothing dangles.

use std::collections::{HashMap, HashSet};

use jiff::{civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    reader::{Fault, Faults, Object},
    time::DAY,
};

/// A mission to plan.
#[derive(Clone, Debug)]
pub struct Instance {
    pub(super) seed: u64,
    pub(super) site: Site,
    pub(super) rooms: Vec<Room>,
    pub(super) officers: Vec<Officer>,
    pub(super) interpreters: Vec<Interpreter>,
    pub(super) guardians: Vec<Guardian>,
    pub(super) interviews: Vec<Interview>,
    /// How many different cases and persons the interviews name.
    pub(super) cases: usize,
    pub(super) persons: usize,
    pub(super) previous: Vec<Previous>,
    /// Nothing that starts before it moves, and nothing else may start before it.
    pub(super) frozen_until: Option<Moment>,
}

#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) zone: TimeZone,
    pub(super) first_day: Date,
    pub(super) last_day: Date,
    pub(super) grid_minutes: i64,
    pub(super) open: Hours,
    pub(super) weekend: bool,
    pub(super) closed: Vec<DayHours>,
    pub(super) every_day_closed: Vec<Hours>,
}

/// A stretch of every day, in minutes after midnight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// A stretch of one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayHours {
    pub(super) day: Date,
    pub(super) hours: Hours,
}

/// A time of one day at the site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) day: Date,
    pub(super) time: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) id: String,
    pub(super) seats: i64,
    pub(super) closed: Vec<DayHours>,
}

/// When somebody works, in the zone he or she lives in.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub(super) zone: TimeZone,
    pub(super) spans: Vec<DayHours>,
}

#[derive(Clone, Debug)]
pub(super) struct Officer {
    pub(super) id: String,
    pub(super) sex: String,
    pub(super) on_site: bool,
    pub(super) windows: Windows,
    pub(super) most_interviews_a_day: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Interpreter {
    pub(super) id: String,
    pub(super) sex: String,
    pub(super) languages: Vec<String>,
    pub(super) windows: Windows,
    pub(super) most_minutes_a_day: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Guardian {
    pub(super) id: String,
    pub(super) windows: Windows,
}

#[derive(Clone, Debug)]
pub(super) struct Interview {
    pub(super) id: String,
    pub(super) case: usize,
    pub(super) persons: Vec<usize>,
    pub(super) minutes: i64,
    pub(super) buffer_minutes: i64,
    pub(super) language: Option<String>,
    pub(super) priority: i64,
    pub(super) officers: usize,
    pub(super) modality: Modality,
    pub(super) interviewer_sex: Option<String>,
    pub(super) interpreter_sex: Option<String>,
    pub(super) excluded_interpreters: Vec<usize>,
    pub(super) guardian: Option<usize>,
    pub(super) seats: i64,
    pub(super) after: Option<usize>,
    pub(super) same_officers_as: Option<usize>,
    pub(super) not_before: Option<Moment>,
    pub(super) not_after: Option<Moment>,
}

/// Where the officers of an interview are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Modality {
    OnSite,
    Remote,
    /// At least one of each.
    Hybrid,
    Any,
}

/// An interview's place in the plan before.
#[derive(Clone, Debug)]
pub(super) struct Previous {
    pub(super) interview: usize,
    pub(super) day: Date,
    pub(super) start: i64,
    pub(super) room: usize,
    pub(super) officers: Vec<usize>,
    pub(super) interpreter: Option<usize>,
    pub(super) guardian: Option<usize>,
    pub(super) fixed: bool,
    /// Its place in the list, for faults.
    pub(super) path: String,
}

impl Instance {
    /// Reads an instance. All faults are given, not only the first.
    pub fn read(text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let instance = match serde_json::from_str::<Value>(text) {
            Ok(value) => Self::from_value(&value, &mut faults),
            Err(error) => {
                faults.add("", "not_json", format!("this is not JSON: {error}"));
                None
            }
        };
        match instance {
            Some(instance) if faults.0.is_empty() => Ok(instance),
            _ => Err(faults.0),
        }
    }

    fn from_value(value: &Value, faults: &mut Faults) -> Option<Self> {
        let root = Object::of(value, String::new(), faults)?;
        let seed = root.optional_number("seed", 0, faults).unwrap_or(0);
        let site = root
            .object("site", faults)
            .and_then(|site| read_site(&site, faults));
        let rooms = each(&root, "rooms", true, faults, read_room);
        let officers = each(&root, "officers", true, faults, read_officer);
        let interpreters = each(&root, "interpreters", true, faults, read_interpreter);
        let guardians = each(&root, "guardians", false, faults, |object, faults| {
            let id = object.text("id", faults)?.to_owned();
            let windows = read_windows(object, faults)?;
            Some(Guardian { id, windows })
        });

        let objects = root.objects("interviews", root.list("interviews", faults), faults);
        let names = Names {
            rooms: ids(&root, "rooms", faults),
            officers: ids(&root, "officers", faults),
            interpreters: ids(&root, "interpreters", faults),
            guardians: ids(&root, "guardians", faults),
            interviews: ids(&root, "interviews", faults),
        };
        let mut cases = HashMap::new();
        let mut persons = HashMap::new();
        let interviews: Vec<_> = objects
            .iter()
            .filter_map(|object| read_interview(object, &names, &mut cases, &mut persons, faults))
            .collect();
        let grid = site.as_ref().map_or(1, |site| site.grid_minutes);
        let previous = read_previous(&root, &names, grid, faults);
        let frozen_until = root
            .optional("notice")
            .and_then(|notice| Object::of(notice, root.at("notice"), faults))
            .and_then(|notice| read_moment(&notice, "frozen_until", faults));
        if interviews.len() == objects.len() {
            find_cycles(&interviews, faults);
        }
        Some(Self {
            seed: seed as u64,
            site: site?,
            rooms,
            officers,
            interpreters,
            guardians,
            interviews,
            cases: cases.len(),
            persons: persons.len(),
            previous,
            frozen_until,
        })
    }
}

/// Which ids there are, and the index of each.
struct Names<'a> {
    rooms: HashMap<&'a str, usize>,
    officers: HashMap<&'a str, usize>,
    interpreters: HashMap<&'a str, usize>,
    guardians: HashMap<&'a str, usize>,
    interviews: HashMap<&'a str, usize>,
}

/// Reads each object of a list with `read`.
fn each<'a, T>(
    root: &Object<'a>,
    field: &str,
    is_required: bool,
    faults: &mut Faults,
    read: impl Fn(&Object<'a>, &mut Faults) -> Option<T>,
) -> Vec<T> {
    let values = if is_required {
        root.list(field, faults)
    } else {
        root.optional_list(field, faults)
    };
    root.objects(field, values, faults)
        .iter()
        .filter_map(|object| read(object, faults))
        .collect()
}

/// The ids of a list that was read already: only what is new is a fault.
fn ids<'a>(root: &Object<'a>, field: &str, faults: &mut Faults) -> HashMap<&'a str, usize> {
    let mut ids = HashMap::new();
    let Some(Value::Array(values)) = root.optional(field) else {
        return ids;
    };
    for (index, value) in values.iter().enumerate() {
        let Some(id) = value.get("id").and_then(Value::as_str) else {
            continue;
        };
        if ids.insert(id, index).is_some() {
            faults.add(
                format!("{}/{index}/id", root.at(field)),
                "duplicate_id",
                format!("the id {id} is used twice"),
            );
        }
    }
    ids
}

fn read_site(site: &Object<'_>, faults: &mut Faults) -> Option<Site> {
    let zone = read_zone(site, faults);
    let first_day = read_day(site, "first_day", faults);
    let last_day = read_day(site, "last_day", faults);
    if let (Some(first), Some(last)) = (first_day, last_day) {
        if last < first {
            faults.add(
                site.at("last_day"),
                "reversed_span",
                format!("{last} is before {first}"),
            );
        } else if (last - first).get_days() > MOST_DAYS {
            faults.add(
                site.at("last_day"),
                "out_of_range",
                format!("a mission lasts at most {MOST_DAYS} days"),
            );
        }
    }
    let grid_minutes = site
        .optional_number("grid_minutes", 1, faults)
        .unwrap_or(15);
    if grid_minutes > DAY {
        faults.add(
            site.at("grid_minutes"),
            "out_of_range",
            format!("{grid_minutes} minutes are more than a day"),
        );
    }
    let open = site
        .object("open", faults)
        .and_then(|open| read_hours(&open, faults));
    let weekend = site.flag("weekend", faults);
    let closed = read_day_hours(site, "closed", faults);
    let every_day_closed = site
        .objects(
            "every_day_closed",
            site.optional_list("every_day_closed", faults),
            faults,
        )
        .iter()
        .filter_map(|hours| read_hours(hours, faults))
        .collect();
    Some(Site {
        zone: zone?,
        first_day: first_day?,
        last_day: last_day?,
        grid_minutes,
        open: open?,
        weekend,
        closed,
        every_day_closed,
    })
}

fn read_room(room: &Object<'_>, faults: &mut Faults) -> Option<Room> {
    let id = room.text("id", faults);
    let seats = room.number("seats", 0, faults);
    let closed = read_day_hours(room, "closed", faults);
    Some(Room {
        id: id?.to_owned(),
        seats: seats?,
        closed,
    })
}

fn read_officer(officer: &Object<'_>, faults: &mut Faults) -> Option<Officer> {
    let id = officer.text("id", faults);
    let sex = officer.text("sex", faults);
    let place = officer.text("place", faults);
    let on_site = place.and_then(|place| match place {
        "on_site" => Some(true),
        "remote" => Some(false),
        other => {
            faults.add(
                officer.at("place"),
                "unknown_value",
                format!("{other} is neither on_site nor remote"),
            );
            None
        }
    });
    let windows = read_windows(officer, faults);
    let most = officer.number("max_interviews_per_day", 0, faults);
    Some(Officer {
        id: id?.to_owned(),
        sex: sex?.to_owned(),
        on_site: on_site?,
        windows: windows?,
        most_interviews_a_day: most?,
    })
}

fn read_interpreter(interpreter: &Object<'_>, faults: &mut Faults) -> Option<Interpreter> {
    let id = interpreter.text("id", faults);
    let sex = interpreter.text("sex", faults);
    let languages = interpreter.list("languages", faults);
    let languages = interpreter.texts("languages", languages, faults);
    let windows = read_windows(interpreter, faults);
    let most = interpreter.number("max_minutes_per_day", 0, faults);
    Some(Interpreter {
        id: id?.to_owned(),
        sex: sex?.to_owned(),
        languages: languages.into_iter().map(str::to_owned).collect(),
        windows: windows?,
        most_minutes_a_day: most?,
    })
}

fn read_interview<'a>(
    object: &Object<'a>,
    names: &Names<'a>,
    cases: &mut HashMap<&'a str, usize>,
    persons: &mut HashMap<&'a str, usize>,
    faults: &mut Faults,
) -> Option<Interview> {
    let id = object.text("id", faults);
    let case = object.text("case", faults);
    let people = object.list("persons", faults);
    let people = object.texts("persons", people, faults);
    let minutes = object.number("minutes", 1, faults);
    let buffer_minutes = object.optional_number("buffer_minutes", 0, faults);
    let priority = object.number("priority", 1, faults);
    let officers = object.number("officers", 1, faults);
    let modality = read_modality(object, officers, faults);
    let excluded = object.optional_list("excluded_interpreters", faults);
    let excluded = object.texts("excluded_interpreters", excluded, faults);
    let excluded_interpreters = excluded
        .iter()
        .enumerate()
        .filter_map(|(index, id)| {
            let path = format!("{}/{index}", object.at("excluded_interpreters"));
            known(&names.interpreters, id, path, faults)
        })
        .collect();
    let reference = |field: &str, names: &HashMap<&str, usize>, faults: &mut Faults| {
        let id = object.optional_text(field, faults)?;
        known(names, id, object.at(field), faults)
    };
    let guardian = reference("guardian", &names.guardians, faults);
    let after = reference("after", &names.interviews, faults);
    let same_officers_as = reference("same_officers_as", &names.interviews, faults);
    let seats = object.number("seats", 1, faults);
    let not_before = read_moment(object, "not_before", faults);
    let not_after = read_moment(object, "not_after", faults);
    let language = object.optional_text("language", faults).map(str::to_owned);
    let interviewer_sex = object
        .optional_text("interviewer_sex", faults)
        .map(str::to_owned);
    let interpreter_sex = object
        .optional_text("interpreter_sex", faults)
        .map(str::to_owned);
    let mut seen = HashSet::new();
    let people = people
        .into_iter()
        .map(|person| index_of(persons, person))
        .filter(|person| seen.insert(*person))
        .collect();
    Some(Interview {
        id: id?.to_owned(),
        case: index_of(cases, case?),
        persons: people,
        minutes: minutes?,
        buffer_minutes: buffer_minutes.unwrap_or(0),
        language,
        priority: priority?,
        officers: officers? as usize,
        modality: modality?,
        interviewer_sex,
        interpreter_sex,
        excluded_interpreters,
        guardian,
        seats: seats?,
        after,
        same_officers_as,
        not_before,
        not_after,
    })
}

fn read_modality(
    object: &Object<'_>,
    officers: Option<i64>,
    faults: &mut Faults,
) -> Option<Modality> {
    match object.text("modality", faults)? {
        "on_site" => Some(Modality::OnSite),
        "remote" => Some(Modality::Remote),
        "any" => Some(Modality::Any),
        "hybrid" => {
            if officers.is_some_and(|officers| officers < 2) {
                faults.add(
                    object.at("officers"),
                    "out_of_range",
                    "a hybrid interview needs at least two officers".into(),
                );
            }
            Some(Modality::Hybrid)
        }
        other => {
            faults.add(
                object.at("modality"),
                "unknown_value",
                format!("{other} is none of on_site, remote, hybrid, any"),
            );
            None
        }
    }
}

fn read_previous<'a>(
    root: &Object<'a>,
    names: &Names<'a>,
    grid: i64,
    faults: &mut Faults,
) -> Vec<Previous> {
    let mut seen = HashSet::new();
    let values = root.optional_list("previous", faults);
    root.objects("previous", values, faults)
        .iter()
        .filter_map(|object| {
            let entry = read_entry(object, names, faults)?;
            if !seen.insert(entry.interview) {
                faults.add(
                    object.at("interview"),
                    "duplicate_id",
                    "this interview has a place already".into(),
                );
            }
            if entry.fixed && entry.start % grid != 0 {
                faults.add(
                    object.at("start"),
                    "off_grid",
                    format!("a fixed start lies on the grid of {grid} minutes"),
                );
            }
            Some(entry)
        })
        .collect()
}

fn read_entry<'a>(object: &Object<'a>, names: &Names<'a>, faults: &mut Faults) -> Option<Previous> {
    let interview = object
        .text("interview", faults)
        .and_then(|id| known(&names.interviews, id, object.at("interview"), faults));
    let day = read_day(object, "day", faults);
    let start = read_time(object, "start", faults);
    let room = object
        .text("room", faults)
        .and_then(|id| known(&names.rooms, id, object.at("room"), faults));
    let officers = object.list("officers", faults);
    let officers = object.texts("officers", officers, faults);
    let mut officers: Vec<_> = officers
        .iter()
        .enumerate()
        .filter_map(|(index, id)| {
            let path = format!("{}/{index}", object.at("officers"));
            known(&names.officers, id, path, faults)
        })
        .collect();
    officers.sort_unstable();
    officers.dedup();
    let interpreter = object
        .optional_text("interpreter", faults)
        .and_then(|id| known(&names.interpreters, id, object.at("interpreter"), faults));
    let guardian = object
        .optional_text("guardian", faults)
        .and_then(|id| known(&names.guardians, id, object.at("guardian"), faults));
    let fixed = object.flag("fixed", faults);
    Some(Previous {
        interview: interview?,
        day: day?,
        start: start?,
        room: room?,
        officers,
        interpreter,
        guardian,
        fixed,
        path: object.path.clone(),
    })
}

/// Names every `after` that lies on a cycle.
fn find_cycles(interviews: &[Interview], faults: &mut Faults) {
    for start in 0..interviews.len() {
        let mut at = start;
        let comes_back = (0..interviews.len()).any(|_| match interviews[at].after {
            Some(before) => {
                at = before;
                at == start
            }
            None => false,
        });
        if comes_back {
            faults.add(
                format!("/interviews/{start}/after"),
                "cycle",
                "this interview would have to come after itself".into(),
            );
        }
    }
}

fn read_windows(object: &Object<'_>, faults: &mut Faults) -> Option<Windows> {
    let zone = read_zone(object, faults);
    let values = object.list("windows", faults);
    let spans = object
        .objects("windows", values, faults)
        .iter()
        .filter_map(|window| read_one_day_hours(window, faults))
        .collect();
    Some(Windows { zone: zone?, spans })
}

fn read_zone(object: &Object<'_>, faults: &mut Faults) -> Option<TimeZone> {
    let name = object.text("time_zone", faults)?;
    let zone = TimeZone::get(name);
    if zone.is_err() {
        faults.add(
            object.at("time_zone"),
            "unknown_time_zone",
            format!("there is no time zone {name}; one is named like Europe/Bucharest"),
        );
    }
    zone.ok()
}

fn read_day_hours(object: &Object<'_>, field: &str, faults: &mut Faults) -> Vec<DayHours> {
    let values = object.optional_list(field, faults);
    object
        .objects(field, values, faults)
        .iter()
        .filter_map(|span| read_one_day_hours(span, faults))
        .collect()
}

fn read_one_day_hours(span: &Object<'_>, faults: &mut Faults) -> Option<DayHours> {
    let day = read_day(span, "day", faults);
    let hours = read_hours(span, faults);
    Some(DayHours {
        day: day?,
        hours: hours?,
    })
}

fn read_hours(object: &Object<'_>, faults: &mut Faults) -> Option<Hours> {
    let from = read_time(object, "from", faults);
    let to = read_time(object, "to", faults);
    let hours = Hours {
        from: from?,
        to: to?,
    };
    if hours.to <= hours.from {
        faults.add(
            object.at("to"),
            "reversed_span",
            "it must end after it starts, on the same day".into(),
        );
        return None;
    }
    Some(hours)
}

fn read_moment(object: &Object<'_>, field: &str, faults: &mut Faults) -> Option<Moment> {
    let value = object.optional(field)?;
    let moment = Object::of(value, object.at(field), faults)?;
    let day = read_day(&moment, "day", faults);
    let time = read_time(&moment, "time", faults);
    Some(Moment {
        day: day?,
        time: time?,
    })
}

fn read_day(object: &Object<'_>, field: &str, faults: &mut Faults) -> Option<Date> {
    let text = object.text(field, faults)?;
    // jiff would take a date with a time as well.
    let day = Some(text)
        .filter(|text| text.len() == "2026-03-02".len())
        .and_then(|text| text.parse::<Date>().ok())
        .filter(|day| (1970..=9000).contains(&day.year()));
    if day.is_none() {
        faults.add(
            object.at(field),
            "invalid_day",
            format!("{} is no day; one is written 2026-03-02", shown(text)),
        );
    }
    day
}

fn read_time(object: &Object<'_>, field: &str, faults: &mut Faults) -> Option<i64> {
    let text = object.text(field, faults)?;
    let time = parse_time(text);
    if time.is_none() {
        faults.add(
            object.at(field),
            "invalid_time",
            format!("{} is no time of day; one is written 09:30", shown(text)),
        );
    }
    time
}

fn parse_time(text: &str) -> Option<i64> {
    let [tens, units, b':', minute_tens, minute_units] = *text.as_bytes() else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let hours = digit(tens)? * 10 + digit(units)?;
    let minutes = digit(minute_tens)? * 10 + digit(minute_units)?;
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= DAY).then_some(time)
}

/// The start of a text that may be long.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn known(
    names: &HashMap<&str, usize>,
    id: &str,
    path: String,
    faults: &mut Faults,
) -> Option<usize> {
    let index = names.get(id).copied();
    if index.is_none() {
        faults.add(
            path,
            "unknown_id",
            format!("there is no {} in this instance", shown(id)),
        );
    }
    index
}

fn index_of<'a>(indices: &mut HashMap<&'a str, usize>, name: &'a str) -> usize {
    let next = indices.len();
    *indices.entry(name).or_insert(next)
}

/// A longer mission is several.
const MOST_DAYS: i32 = 366;
