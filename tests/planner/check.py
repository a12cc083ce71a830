"""Checks a plan against its instance: every hard rule, the objective, and that nothing more fits.

Written from the planner's specification, not from its code, so that a mistake there shows here.

    python3 tests/planner/check.py INSTANCE PLAN      prints what is wrong; exit 1 if anything is
"""

import datetime
import itertools
import json
import sys
import zoneinfo

UTC = datetime.timezone.utc


def minute(day, clock, zone):
    """The minute, counted in UTC, at which `zone` shows a time of a day."""
    hours, minutes = map(int, clock.split(":"))
    date = datetime.date.fromisoformat(day)
    if hours == 24:
        date, hours = date + datetime.timedelta(days=1), 0
    # fold=0: a repeated time is its first; a skipped one has the offset before the change.
    local = datetime.datetime(date.year, date.month, date.day, hours, minutes, tzinfo=zone, fold=0)
    return round(local.astimezone(UTC).timestamp()) // 60


def spans(entries, zone):
    """Half-open spans in order; those that touch are one."""
    found = sorted((minute(e["day"], e["from"], zone), minute(e["day"], e["to"], zone)) for e in entries)
    merged = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def covered(span, windows):
    return any(start <= span[0] and span[1] <= end for start, end in windows)


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


class Mission:
    def __init__(self, instance):
        self.instance = instance
        site = instance["site"]
        self.zone = zoneinfo.ZoneInfo(site["time_zone"])
        self.grid = site.get("grid_minutes", 15)
        self.first = datetime.date.fromisoformat(site["first_day"])
        self.days = []
        day = self.first
        while day <= datetime.date.fromisoformat(site["last_day"]):
            if site.get("weekend") or day.weekday() < 5:
                self.days.append(day.isoformat())
            day += datetime.timedelta(days=1)
        self.closed = spans(site.get("closed", []), self.zone)
        self.interviews = {i["id"]: i for i in instance["interviews"]}
        self.order = {i["id"]: n for n, i in enumerate(instance["interviews"])}
        self.previous = {e["interview"]: e for e in instance.get("previous", [])}
        frozen = (instance.get("notice") or {}).get("frozen_until")
        self.frozen = minute(frozen["day"], frozen["time"], self.zone) if frozen else None
        self.people = {}
        for kind in ("officers", "interpreters", "guardians"):
            for person in instance.get(kind, []):
                zone = zoneinfo.ZoneInfo(person["time_zone"])
                self.people[kind, person["id"]] = {**person, "spans": spans(person["windows"], zone)}
        self.rooms = {r["id"]: {**r, "spans": spans(r.get("closed", []), self.zone)} for r in instance["rooms"]}

    def is_kept(self, interview):
        entry = self.previous.get(interview)
        if not entry:
            return False
        start = minute(entry["day"], entry["start"], self.zone)
        return entry.get("fixed", False) or (self.frozen is not None and start < self.frozen)

    def span(self, entry):
        start = minute(entry["day"], entry["start"], self.zone)
        return start, start + self.interviews[entry["interview"]]["minutes"]

    def broken_alone(self, entry):
        """The rules an entry breaks whatever the others do."""
        wanted = self.interviews[entry["interview"]]
        site = self.instance["site"]
        span = self.span(entry)
        broken = []

        def need(holds, rule):
            if not holds:
                broken.append(rule)

        hours, minutes = map(int, entry["start"].split(":"))
        need((hours * 60 + minutes) % self.grid == 0, "grid")
        need(entry["day"] in self.days, "day")
        opening = (minute(entry["day"], site["open"]["from"], self.zone), minute(entry["day"], site["open"]["to"], self.zone))
        need(covered(span, [opening]), "opening hours")
        every_day = [
            (minute(entry["day"], e["from"], self.zone), minute(entry["day"], e["to"], self.zone))
            for e in site.get("every_day_closed", [])
        ]
        need(not any(overlap(span, closed) for closed in self.closed + every_day), "closed")
        for limit, holds in (("not_before", lambda at: at <= span[0]), ("not_after", lambda at: span[1] <= at)):
            if wanted.get(limit):
                need(holds(minute(wanted[limit]["day"], wanted[limit]["time"], self.zone)), limit)
        if self.frozen is not None and not self.is_kept(entry["interview"]):
            need(span[0] >= self.frozen, "frozen")
        room = self.rooms[entry["room"]]
        need(room["seats"] >= wanted["seats"], "seats")
        need(not any(overlap(span, closed) for closed in room["spans"]), "room closed")
        officers = [self.people["officers", o] for o in entry["officers"]]
        need(len(set(entry["officers"])) == len(officers) == wanted["officers"], "number of officers")
        for officer in officers:
            need(covered(span, officer["spans"]), f"window of {officer['id']}")
            need(wanted.get("interviewer_sex") in (None, officer["sex"]), f"sex of {officer['id']}")
        places = {o["place"] for o in officers}
        need({"any": True, "on_site": places == {"on_site"}, "remote": places == {"remote"}, "hybrid": len(places) == 2}[wanted["modality"]], "modality")
        need((entry["interpreter"] is None) == (wanted["language"] is None), "interpreter or none")
        if entry["interpreter"] is not None:
            interpreter = self.people["interpreters", entry["interpreter"]]
            need(wanted["language"] in interpreter["languages"], "language")
            need(wanted.get("interpreter_sex") in (None, interpreter["sex"]), "sex of the interpreter")
            need(entry["interpreter"] not in wanted.get("excluded_interpreters", []), "excluded interpreter")
            need(covered(span, interpreter["spans"]), "window of the interpreter")
        need(entry["guardian"] == wanted.get("guardian"), "guardian")
        if wanted.get("guardian"):
            need(covered(span, self.people["guardians", wanted["guardian"]]["spans"]), "window of the guardian")
        return broken

    def broken_together(self, plan):
        """The rules that entries break with one another."""
        placed = {e["interview"]: e for e in plan}
        broken = []
        for one, other in itertools.combinations(plan, 2):
            a, b = self.interviews[one["interview"]], self.interviews[other["interview"]]
            s, t = self.span(one), self.span(other)
            pair = f"{a['id']} and {b['id']}"
            clash = overlap(s, t)
            if one["room"] == other["room"] and overlap((s[0], s[1] + a.get("buffer_minutes", 0)), (t[0], t[1] + b.get("buffer_minutes", 0))):
                broken.append(f"{pair}: room")
            if one["interpreter"] and one["interpreter"] == other["interpreter"] and overlap((s[0], s[1] + 15), (t[0], t[1] + 15)):
                broken.append(f"{pair}: interpreter")
            if clash and set(one["officers"]) & set(other["officers"]):
                broken.append(f"{pair}: officer")
            if clash and one["guardian"] and one["guardian"] == other["guardian"]:
                broken.append(f"{pair}: guardian")
            if clash and set(a["persons"]) & set(b["persons"]):
                broken.append(f"{pair}: person")
        per_day = {}
        for entry in plan:
            wanted = self.interviews[entry["interview"]]
            for officer in entry["officers"]:
                key = ("officers", officer, entry["day"])
                per_day[key] = per_day.get(key, 0) + 1
            if entry["interpreter"]:
                key = ("interpreters", entry["interpreter"], entry["day"])
                per_day[key] = per_day.get(key, 0) + wanted["minutes"]
            for person in set(wanted["persons"]):
                key = ("persons", person, entry["day"])
                per_day[key] = per_day.get(key, 0) + wanted["minutes"]
        for (kind, who, day), amount in per_day.items():
            most = (
                240 if kind == "persons"
                else self.people[kind, who]["max_interviews_per_day" if kind == "officers" else "max_minutes_per_day"]
            )
            if amount > most:
                broken.append(f"{who} on {day}: {amount} of {most}")
        for entry in plan:
            wanted = self.interviews[entry["interview"]]
            if wanted.get("after"):
                before = placed.get(wanted["after"])
                if before is None or self.span(before)[1] > self.span(entry)[0]:
                    broken.append(f"{wanted['id']}: after {wanted['after']}")
            partner = placed.get(wanted.get("same_officers_as"))
            if partner and set(partner["officers"]) != set(entry["officers"]):
                broken.append(f"{wanted['id']}: same officers as {partner['interview']}")
        return broken

    def objective(self, plan):
        placed = {e["interview"]: e for e in plan}
        unplaced = sum(i["priority"] for i in self.instance["interviews"] if i["id"] not in placed)
        moved = 0
        for ident, entry in placed.items():
            before = self.previous.get(ident)
            if before:
                same = all(before[k] == entry[k] for k in ("day", "start", "room")) and set(before["officers"]) == set(entry["officers"])
                same = same and before.get("interpreter") == entry["interpreter"] and before.get("guardian") == entry["guardian"]
                moved += not same
        number = lambda day: (datetime.date.fromisoformat(day) - self.first).days
        cost, cases, work, interpreted = 0, {}, {}, set()
        for entry in plan:
            wanted = self.interviews[entry["interview"]]
            cost += wanted["priority"] * number(entry["day"])
            cases.setdefault(wanted["case"], []).append(entry)
            for officer in entry["officers"]:
                work.setdefault((officer, entry["day"]), []).append(self.span(entry))
            if entry["interpreter"]:
                interpreted.add((entry["interpreter"], entry["day"]))
        for entries in cases.values():
            entries.sort(key=lambda e: (self.span(e)[0], self.order[e["interview"]]))
            days = [number(e["day"]) for e in entries]
            cost += 20 * (max(days) - min(days))
            known = set(entries[0]["officers"])
            cost += 4 * sum(len(set(e["officers"]) - known) for e in entries[1:])
        for taken in work.values():
            idle = max(end for _, end in taken) - min(start for start, _ in taken) - sum(end - start for start, end in taken)
            cost += -(-idle // self.grid)
        cost += 2 * len(interpreted)
        return {"unplaced": unplaced, "moved": moved, "cost": cost}

    def fits(self, ident, plan):
        """Whether an interview could be put into the plan as it stands."""
        wanted = self.interviews[ident]
        interpreters = [i["id"] for i in self.instance["interpreters"]] if wanted["language"] else [None]
        for day in self.days:
            for clock in (f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, self.grid)):
                base = {"interview": ident, "day": day, "start": clock, "guardian": wanted.get("guardian")}
                for room in self.rooms:
                    for interpreter in interpreters:
                        for officers in itertools.combinations([o["id"] for o in self.instance["officers"]], wanted["officers"]):
                            entry = {**base, "room": room, "interpreter": interpreter, "officers": list(officers)}
                            broken = self.broken_alone(entry)
                            if {"grid", "day", "opening hours", "closed", "not_before", "not_after", "frozen"} & set(broken):
                                break
                            if not broken and not self.broken_together([*plan, entry]):
                                return entry
                        else:
                            continue
                        break
                    else:
                        continue
                    break
        return None


def check(instance, answer, thorough=True):
    """What is wrong with an answer; empty when all is well."""
    mission = Mission(instance)
    plan = answer["plan"]
    wrong = []
    idents = [e["interview"] for e in plan] + [u["interview"] for u in answer["unplaced"]]
    if sorted(idents) != sorted(mission.interviews):
        wrong.append("not every interview stands in the answer once")
    for entry in plan:
        wrong += [f"{entry['interview']}: {rule}" for rule in mission.broken_alone(entry)]
        end = datetime.datetime.fromtimestamp(mission.span(entry)[1] * 60, UTC).astimezone(mission.zone)
        shown = end.strftime("%H:%M") if end.date().isoformat() == entry["day"] else "24:00"
        if shown != entry["end"]:
            wrong.append(f"{entry['interview']}: ends at {shown}, not {entry['end']}")
        before = mission.previous.get(entry["interview"])
        if before and mission.is_kept(entry["interview"]) and any(before[k] != entry[k] for k in ("day", "start", "room")):
            wrong.append(f"{entry['interview']}: had to stay")
    wrong += mission.broken_together(plan)
    objective = mission.objective(plan)
    if objective != answer["objective"]:
        wrong.append(f"the objective is {objective}, not {answer['objective']}")
    for unplaced in answer["unplaced"]:
        if not unplaced["reasons"]:
            wrong.append(f"{unplaced['interview']}: no reason given")
        if thorough and (entry := mission.fits(unplaced["interview"], plan)):
            wrong.append(f"{unplaced['interview']} fits: {entry}")
    return wrong


if __name__ == "__main__":
    found = check(*(json.load(open(path)) for path in sys.argv[1:3]))
    print("\n".join(found) or "no rule is broken")
    sys.exit(bool(found))
