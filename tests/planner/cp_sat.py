"""The same mission as a constraint program for OR-tools CP-SAT: what the planner is measured against.

    python3 tests/planner/cp_sat.py INSTANCE SECONDS      prints {"unplaced", "moved", "cost", "status", "bound"}

Instances without a previous plan only: `moved` is always 0 here.
"""

import json
import sys

from check import Mission, covered, minute, overlap
from ortools.sat.python import cp_model


def starts_of(mission, wanted):
    """Every start at which the site is open for the whole interview: (minute, index of the day)."""
    site = mission.instance["site"]
    found = []
    for number, day in enumerate(mission.days):
        opening = (minute(day, site["open"]["from"], mission.zone), minute(day, site["open"]["to"], mission.zone))
        closed = mission.closed + [
            (minute(day, e["from"], mission.zone), minute(day, e["to"], mission.zone)) for e in site.get("every_day_closed", [])
        ]
        for clock in range(0, 1440, mission.grid):
            at = minute(day, f"{clock // 60:02}:{clock % 60:02}", mission.zone)
            span = (at, at + wanted["minutes"])
            if not covered(span, [opening]) or any(overlap(span, c) for c in closed):
                continue
            early, late = wanted.get("not_before"), wanted.get("not_after")
            if early and at < minute(early["day"], early["time"], mission.zone):
                continue
            if late and span[1] > minute(late["day"], late["time"], mission.zone):
                continue
            found.append((at, number))
    return found


def solve(instance, seconds, workers=2):
    mission = Mission(instance)
    model = cp_model.CpModel()
    number = [(__import__("datetime").date.fromisoformat(d) - mission.first).days for d in mission.days]
    horizon = (minute(mission.days[0], "00:00", mission.zone), minute(mission.days[-1], "24:00", mission.zone))
    wanted = instance["interviews"]
    index = {w["id"]: n for n, w in enumerate(wanted)}
    placed, start, on_day, at = [], [], [], []
    teams, voices, rooms = [], [], []
    busy = {}

    def present(key, begin, size, literal):
        interval = model.new_optional_fixed_size_interval_var(begin, size, literal, "")
        busy.setdefault(key, []).append(interval)

    for n, w in enumerate(wanted):
        options = starts_of(mission, w)
        here = model.new_bool_var(f"placed{n}")
        choice = {s: model.new_bool_var("") for s in options}
        model.add(sum(choice.values()) == here)
        begin = model.new_int_var(*horizon, f"start{n}")
        for (minute_at, _), literal in choice.items():
            model.add(begin == minute_at).only_enforce_if(literal)
        days = {d: model.new_bool_var("") for d in {d for _, d in options}}
        for d, literal in days.items():
            model.add(sum(c for (_, day), c in choice.items() if day == d) == literal)
        placed.append(here), start.append(begin), on_day.append(days), at.append(choice)

        def pick(people, size, key):
            """A choice of people or rooms, and the starts at which each cannot."""
            literals = {}
            for ident, is_free in people:
                literals[ident] = literal = model.new_bool_var("")
                bad = [c for (m, _), c in choice.items() if not is_free((m, m + w["minutes"]))]
                if bad:
                    model.add(sum(bad) + literal <= 1)
                present((key, ident), begin, size, literal)
            return literals

        fitting = [
            (o["id"], lambda s, o=o: covered(s, mission.people["officers", o["id"]]["spans"]))
            for o in instance["officers"]
            if w.get("interviewer_sex") in (None, o["sex"]) and w["modality"] in ("any", "hybrid", o["place"])
        ]
        team = pick(fitting, w["minutes"], "officers")
        model.add(sum(team.values()) == w["officers"] * here)
        if w["modality"] == "hybrid":
            for place in ("on_site", "remote"):
                model.add(sum(v for o, v in team.items() if mission.people["officers", o]["place"] == place) >= here)
        teams.append(team)
        voice = pick(
            [
                (i["id"], lambda s, i=i: covered(s, mission.people["interpreters", i["id"]]["spans"]))
                for i in instance["interpreters"]
                if w["language"] in i["languages"]
                and w.get("interpreter_sex") in (None, i["sex"])
                and i["id"] not in w.get("excluded_interpreters", [])
            ],
            w["minutes"] + 15,
            "interpreters",
        ) if w["language"] else {}
        if w["language"]:
            model.add(sum(voice.values()) == here)
        voices.append(voice)
        room = pick(
            [
                (r["id"], lambda s, r=r: not any(overlap(s, c) for c in mission.rooms[r["id"]]["spans"]))
                for r in instance["rooms"]
                if r["seats"] >= w["seats"]
            ],
            w["minutes"] + w.get("buffer_minutes", 0),
            "rooms",
        )
        model.add(sum(room.values()) == here)
        rooms.append(room)
        if w.get("guardian"):
            guard = pick(
                [(w["guardian"], lambda s, g=w["guardian"]: covered(s, mission.people["guardians", g]["spans"]))],
                w["minutes"],
                "guardians",
            )
            model.add(sum(guard.values()) == here)
        for person in set(w["persons"]):
            present(("persons", person), begin, w["minutes"], here)
    for intervals in busy.values():
        model.add_no_overlap(intervals)

    both = {}

    def with_day(n, kind, ident, literal, d):
        """Whether somebody works in interview n on day d."""
        key = (n, kind, ident, d)
        if key not in both:
            both[key] = model.new_bool_var("")
            model.add_bool_and(literal, on_day[n][d]).only_enforce_if(both[key])
            model.add_bool_or(literal.negated(), on_day[n][d].negated(), both[key])
        return both[key]

    costs = []
    for officer in instance["officers"]:
        for d, day in enumerate(mission.days):
            works = [(n, with_day(n, "o", officer["id"], t[officer["id"]], d)) for n, t in enumerate(teams) if officer["id"] in t and d in on_day[n]]
            if not works:
                continue
            model.add(sum(v for _, v in works) <= officer["max_interviews_per_day"])
            low, high = minute(day, "00:00", mission.zone), minute(day, "24:00", mission.zone)
            first, last = model.new_int_var(low, high, ""), model.new_int_var(low, high, "")
            idle = model.new_int_var(0, high - low, "")
            for n, v in works:
                model.add(first <= start[n]).only_enforce_if(v)
                model.add(last >= start[n] + wanted[n]["minutes"]).only_enforce_if(v)
            model.add(idle * mission.grid >= last - first - sum(v * wanted[n]["minutes"] for n, v in works))
            costs.append(idle)
    for interpreter in instance["interpreters"]:
        for d in range(len(mission.days)):
            works = [(n, with_day(n, "i", interpreter["id"], t[interpreter["id"]], d)) for n, t in enumerate(voices) if interpreter["id"] in t and d in on_day[n]]
            if not works:
                continue
            model.add(sum(v * wanted[n]["minutes"] for n, v in works) <= interpreter["max_minutes_per_day"])
            any_work = model.new_bool_var("")
            model.add_max_equality(any_work, [v for _, v in works])
            costs.append(2 * any_work)
    for person in {p for w in wanted for p in w["persons"]}:
        for d in range(len(mission.days)):
            minutes = [(w["minutes"], on_day[n][d]) for n, w in enumerate(wanted) if person in w["persons"] and d in on_day[n]]
            if sum(m for m, _ in minutes) > 240:
                model.add(sum(m * v for m, v in minutes) <= 240)

    cases = {}
    for n, w in enumerate(wanted):
        cases.setdefault(w["case"], []).append(n)
        costs += [w["priority"] * number[d] * v for d, v in on_day[n].items()]
        if w.get("after"):
            before = index[w["after"]]
            model.add_implication(placed[n], placed[before])
            model.add(start[n] >= start[before] + wanted[before]["minutes"]).only_enforce_if(placed[n])
        if w.get("same_officers_as"):
            other = index[w["same_officers_as"]]
            for officer in set(teams[n]) | set(teams[other]):
                mine, theirs = teams[n].get(officer, 0), teams[other].get(officer, 0)
                model.add(mine == theirs).only_enforce_if(placed[n], placed[other])
    for members in cases.values():
        if len(members) == 1:
            continue
        low, high = (model.new_int_var(0, number[-1], "") for _ in range(2))
        for n in members:
            for d, v in on_day[n].items():
                model.add(low <= number[d]).only_enforce_if(v)
                model.add(high >= number[d]).only_enforce_if(v)
        spread = model.new_int_var(0, number[-1], "")
        model.add(spread >= high - low)
        costs.append(20 * spread)
        leads = {n: model.new_bool_var("") for n in members}
        some = model.new_bool_var("")
        model.add_max_equality(some, [placed[n] for n in members])
        model.add(sum(leads.values()) == some)
        for n in members:
            model.add_implication(leads[n], placed[n])
            for other in members:
                if other == n:
                    continue
                tie = 0 if n < other else 1
                model.add(start[n] + tie <= start[other]).only_enforce_if(leads[n], placed[other])
                for officer, literal in teams[other].items():
                    stranger = model.new_bool_var("")
                    known = teams[n].get(officer)
                    literals = [leads[n].negated(), literal.negated(), stranger] + ([known] if known is not None else [])
                    model.add_bool_or(literals)
                    costs.append(4 * stranger)

    left_out = sum(w["priority"] * (1 - placed[n]) for n, w in enumerate(wanted))
    model.minimize(100_000 * left_out + sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"unplaced": None, "moved": 0, "cost": None, "status": solver.status_name(status), "bound": None}
    unplaced = sum(w["priority"] for n, w in enumerate(wanted) if not solver.value(placed[n]))
    return {
        "unplaced": unplaced,
        "moved": 0,
        "cost": round(solver.objective_value) - 100_000 * unplaced,
        "status": solver.status_name(status),
        "bound": solver.best_objective_bound - 100_000 * unplaced,
    }


if __name__ == "__main__":
    print(json.dumps(solve(json.load(open(sys.argv[1])), float(sys.argv[2]))))
