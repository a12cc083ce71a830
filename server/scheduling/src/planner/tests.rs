//! The planner on missions of a few interviews. Whole plans are held against an independent
//! checker by `tests/planner`.

use serde_json::{Value, json};

use super::{Fault, Instance, Plan};

#[test]
fn an_interview_gets_the_first_day_and_the_smallest_room() {
    let plan = plan(&mission(&[interview("a")]));

    let placed = &plan.plan[0];
    assert_eq!(placed.day, "2026-03-02");
    assert_eq!(placed.room, "small");
    assert_eq!(placed.interpreter.as_deref(), Some("int"));
    assert!(plan.unplaced.is_empty());
    assert!(plan.proved_optimal);
}

#[test]
fn an_interpreter_has_fifteen_minutes_between_two_interviews() {
    let mut mission = mission(&[interview("a"), interview("b")]);
    mission["officers"]
        .as_array_mut()
        .unwrap()
        .push(officer("off-2"));

    let plan = plan(&mission);

    // Each half of the day has room for one: lunch is closed from 12:30 to 13:15.
    let starts: Vec<_> = plan.plan.iter().map(|placed| &*placed.start).collect();
    assert!(starts.iter().any(|start| *start <= "10:30"), "{starts:?}");
    assert!(starts.iter().any(|start| *start >= "13:15"), "{starts:?}");
}

#[test]
fn the_same_instance_gives_the_same_plan() {
    let interviews: Vec<_> = ["a", "b", "c", "d", "e"].map(interview).into();
    let mission = mission(&interviews);

    let [first, second] =
        [plan(&mission), plan(&mission)].map(|plan| serde_json::to_string(&plan).unwrap());

    assert_eq!(first, second);
}

#[test]
fn who_cannot_be_placed_is_told_what_would_have_to_change() {
    let mut woman = interview("a");
    woman["interpreter_sex"] = json!("female");
    let mut seats = interview("b");
    seats["seats"] = json!(40);
    let mut long = interview("c");
    long["minutes"] = json!(250);
    let mut after = interview("d");
    after["after"] = json!("a");

    let plan = plan(&mission(&[woman, seats, long, after]));

    let reasons: Vec<_> = plan
        .unplaced
        .iter()
        .map(|unplaced| (&*unplaced.interview, unplaced.reasons[0].code))
        .collect();
    assert_eq!(
        reasons,
        [
            ("a", "no_interpreter"),
            ("b", "no_room"),
            ("c", "no_time"),
            ("d", "after_unplaced")
        ]
    );
}

#[test]
fn the_only_interpreter_who_is_full_is_named() {
    let interviews: Vec<_> = (0..9).map(|n| interview(&format!("i{n}"))).collect();

    let plan = plan(&mission(&interviews));

    // Two days, two interviews each: the day has 285 minutes outside lunch, in two parts.
    assert_eq!(plan.plan.len(), 4);
    let reason = &plan.unplaced[0].reasons[0];
    assert_eq!(reason.code, "taken");
    assert!(
        reason.detail.contains("int is the only one"),
        "{}",
        reason.detail
    );
}

#[test]
fn nothing_moves_without_need() {
    let mut mission = mission(&[interview("a"), interview("b")]);
    mission["previous"] = json!([
        entry("a", "2026-03-03", "13:15"),
        entry("b", "2026-03-03", "09:00")
    ]);

    let plan = plan(&mission);

    assert_eq!(plan.objective.moved, 0);
    assert!(plan.plan.iter().all(|placed| placed.day == "2026-03-03"));
}

#[test]
fn who_arrives_later_does_not_keep_the_earlier_place() {
    let mut late = interview("a");
    late["not_before"] = json!({"day": "2026-03-03", "time": "09:00"});
    let mut mission = mission(&[late]);
    mission["previous"] = json!([entry("a", "2026-03-02", "09:00")]);

    let plan = plan(&mission);

    assert_eq!(plan.plan[0].day, "2026-03-03");
    assert_eq!(plan.objective.moved, 1);
}

#[test]
fn what_is_fixed_stays_and_others_make_way() {
    let mut mission = mission(&[interview("a"), interview("b")]);
    let mut fixed = entry("b", "2026-03-02", "09:00");
    fixed["fixed"] = json!(true);
    mission["previous"] = json!([entry("a", "2026-03-02", "09:15"), fixed]);

    let plan = plan(&mission);

    assert_eq!(plan.plan[1].start, "09:00");
    // The next day costs one; the afternoon would cost the officer nine idle quarters.
    assert_eq!(plan.plan[0].day, "2026-03-03");
    assert_eq!(plan.objective.moved, 1);
}

#[test]
fn two_fixed_entries_that_clash_are_refused() {
    let mut mission = mission(&[interview("a"), interview("b")]);
    let mut entries = [
        entry("a", "2026-03-02", "09:00"),
        entry("b", "2026-03-02", "09:15"),
    ];
    for entry in &mut entries {
        entry["fixed"] = json!(true);
    }
    mission["previous"] = json!(entries);

    let faults = read(&mission).unwrap().plan(|| true).unwrap_err();

    assert_eq!(
        (faults[0].code, &*faults[0].path),
        ("fixed_conflict", "/previous/1")
    );
}

#[test]
fn nothing_starts_before_the_freeze_that_did_not_before() {
    let mut mission = mission(&[interview("a"), interview("b")]);
    mission["previous"] = json!([entry("a", "2026-03-02", "13:15")]);
    mission["notice"] = json!({"frozen_until": {"day": "2026-03-03", "time": "08:00"}});

    let plan = plan(&mission);

    assert_eq!(
        (&*plan.plan[0].day, &*plan.plan[0].start),
        ("2026-03-02", "13:15")
    );
    assert_eq!(plan.plan[1].day, "2026-03-03");
}

#[test]
fn an_interview_follows_the_one_it_must_follow() {
    let mut first = interview("a");
    first["priority"] = json!(1);
    let mut second = interview("b");
    second["priority"] = json!(9);
    second["after"] = json!("a");

    let plan = plan(&mission(&[first, second]));

    assert!(plan.plan[1].start >= plan.plan[0].end || plan.plan[1].day > plan.plan[0].day);
}

#[test]
fn the_night_the_clocks_change_lasts_an_hour_more() {
    let mut night = interview("a");
    night["minutes"] = json!(120);
    night["not_before"] = json!({"day": "2026-10-25", "time": "03:00"});
    night["not_after"] = json!({"day": "2026-10-25", "time": "04:00"});
    let mut mission = mission(&[night]);
    mission["site"] = json!({
        "time_zone": "Europe/Bucharest", "first_day": "2026-10-25", "last_day": "2026-10-25",
        "open": {"from": "00:00", "to": "24:00"}, "weekend": true,
    });
    let all_day = json!([{"day": "2026-10-25", "from": "00:00", "to": "24:00"}]);
    mission["officers"][0]["windows"] = all_day.clone();
    mission["interpreters"][0]["windows"] = all_day;

    let plan = plan(&mission);

    // 03:00 to 04:00 comes twice; two hours after the first 03:00 it is 04:00.
    assert_eq!(
        (&*plan.plan[0].start, &*plan.plan[0].end),
        ("03:00", "04:00")
    );
}

#[test]
fn every_wrong_field_is_named() {
    let mut mission = mission(&[
        interview("a"),
        interview("a"),
        interview("c"),
        interview("d"),
    ]);
    mission["site"]["time_zone"] = json!("Europe/Atlantis");
    mission["rooms"][0]["closed"] = json!([{"day": "2026-03-02", "from": "12:00", "to": "09:00"}]);
    mission["officers"][0]["windows"][0]["from"] = json!("9:00");
    mission["interviews"][0]["guardian"] = json!("nobody");
    mission["interviews"][0]
        .as_object_mut()
        .unwrap()
        .remove("minutes");
    mission["interviews"][2]["after"] = json!("d");
    mission["interviews"][2]["modality"] = json!("hybrid");
    mission["interviews"][3]["priority"] = json!(0);

    let faults = read(&mission).unwrap_err();

    let mut found: Vec<_> = faults
        .iter()
        .map(|fault| (&*fault.path, fault.code))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("/interviews/0/guardian", "unknown_id"),
            ("/interviews/0/minutes", "missing"),
            ("/interviews/1/id", "duplicate_id"),
            ("/interviews/2/officers", "out_of_range"),
            ("/interviews/3/priority", "out_of_range"),
            ("/officers/0/windows/0/from", "invalid_time"),
            ("/rooms/0/closed/0/to", "reversed_span"),
            ("/site/time_zone", "unknown_time_zone"),
        ]
    );
}

#[test]
fn a_cycle_is_named_at_every_interview_on_it() {
    let mut interviews = ["a", "b", "c"].map(interview);
    interviews[0]["after"] = json!("b");
    interviews[1]["after"] = json!("a");
    interviews[2]["after"] = json!("a");

    let faults = read(&mission(&interviews)).unwrap_err();

    let paths: Vec<_> = faults.iter().map(|fault| &*fault.path).collect();
    assert_eq!(paths, ["/interviews/0/after", "/interviews/1/after"]);
}

#[test]
fn what_is_no_json_is_one_fault_of_the_whole() {
    let faults = Instance::read("{").unwrap_err();

    assert_eq!((&*faults[0].path, faults[0].code), ("", "not_json"));
}

proptest::proptest! {
    #[test]
    fn nonsense_is_refused_and_never_panics(text in ".{0,200}") {
        proptest::prop_assert!(Instance::read(&text).is_err());
    }
}

fn plan(mission: &Value) -> Plan {
    read(mission).unwrap().plan(|| true).unwrap()
}

fn read(mission: &Value) -> Result<Instance, Vec<Fault>> {
    Instance::read(&mission.to_string())
}

/// Two days, two rooms, one officer, one interpreter.
fn mission(interviews: &[Value]) -> Value {
    json!({
        "site": {
            "time_zone": "Europe/Bucharest", "first_day": "2026-03-02", "last_day": "2026-03-03",
            "open": {"from": "09:00", "to": "16:00"},
            "every_day_closed": [{"from": "12:30", "to": "13:15"}],
        },
        "rooms": [{"id": "large", "seats": 9}, {"id": "small", "seats": 4}],
        "officers": [officer("off-1")],
        "interpreters": [{
            "id": "int", "sex": "male", "languages": ["ti"], "time_zone": "Europe/Bucharest",
            "windows": windows(), "max_minutes_per_day": 300,
        }],
        "interviews": interviews,
    })
}

fn officer(id: &str) -> Value {
    json!({
        "id": id, "sex": "female", "place": "on_site", "time_zone": "Europe/Bucharest",
        "windows": windows(), "max_interviews_per_day": 3,
    })
}

fn windows() -> Value {
    json!([
        {"day": "2026-03-02", "from": "08:00", "to": "17:00"},
        {"day": "2026-03-03", "from": "08:00", "to": "17:00"},
    ])
}

fn interview(id: &str) -> Value {
    json!({
        "id": id, "case": format!("case-{id}"), "persons": [format!("person-{id}")], "minutes": 120,
        "buffer_minutes": 15, "language": "ti", "priority": 1, "officers": 1, "modality": "any", "seats": 3,
    })
}

fn entry(interview: &str, day: &str, start: &str) -> Value {
    json!({
        "interview": interview, "day": day, "start": start, "room": "small",
        "officers": ["off-1"], "interpreter": "int",
    })
}
