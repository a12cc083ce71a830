"""Makes the planner's reference instances: always the same, from a fixed seed.

    python3 tests/planner/instances.py DIRECTORY
"""

import datetime
import json
import pathlib
import random
import sys

LANGUAGES = ["ti", "am", "so", "ar", "fa-AF", "om"]


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def work_days(first, count):
    day, days = datetime.date.fromisoformat(first), []
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day.isoformat())
        day += datetime.timedelta(days=1)
    return days


def mission(seed, *, interviews, rooms, officers, interpreters, days, guardians=2, languages=4, load=1.0):
    """A mission of the usual shape: cases of one to four interviews, most of 150 minutes."""
    rng = random.Random(seed)
    calendar = work_days("2026-03-02", days)
    spoken = LANGUAGES[:languages]

    def windows(share, start, end):
        return [
            {"day": day, "from": start, "to": end}
            for day in calendar
            if rng.random() < share
        ]

    instance = {
        "seed": 0,
        "site": {
            "time_zone": "Europe/Bucharest",
            "first_day": calendar[0],
            "last_day": calendar[-1],
            "grid_minutes": 15,
            "open": {"from": "09:00", "to": "17:00"},
            "weekend": False,
            "closed": [{"day": calendar[min(4, days - 1)], "from": "12:30", "to": "14:00", "why": "Friday prayer"}],
            "every_day_closed": [{"from": "12:30", "to": "13:15", "why": "lunch"}],
        },
        "rooms": [
            {"id": f"room-{n + 1}", "seats": rng.choice([4, 4, 5, 6, 8]), "closed": []} for n in range(rooms)
        ],
        "officers": [],
        "interpreters": [],
        "guardians": [],
        "interviews": [],
    }
    instance["rooms"][0]["closed"] = [{"day": calendar[1 % days], "from": "09:00", "to": "12:00"}]
    for n in range(officers):
        remote = n % 3 == 2
        instance["officers"].append({
            "id": f"off-{n + 1}",
            "sex": "female" if n % 2 else "male",
            "place": "remote" if remote else "on_site",
            "time_zone": "Europe/Amsterdam" if remote else "Europe/Bucharest",
            "windows": windows(0.9, "08:00" if remote else "09:00", "16:00" if remote else "17:00"),
            "max_interviews_per_day": 3,
        })
    for n in range(interpreters):
        first = spoken[n % languages]
        second = spoken[(n + 1) % languages]
        instance["interpreters"].append({
            "id": f"int-{n + 1}",
            "sex": "female" if n % 3 == 0 else "male",
            "languages": [first, second] if rng.random() < 0.5 else [first],
            "time_zone": "Europe/Brussels",
            "windows": windows(0.85, "08:00", "16:00"),
            "max_minutes_per_day": 300,
        })
    for n in range(guardians):
        instance["guardians"].append({
            "id": f"gua-{n + 1}",
            "time_zone": "Europe/Bucharest",
            "windows": windows(0.9, "09:00", "17:00"),
        })
    case = 0
    while len(instance["interviews"]) < interviews:
        case += 1
        size = min(rng.choice([1, 1, 2, 2, 3, 4]), interviews - len(instance["interviews"]))
        language = rng.choice(spoken)
        sex = rng.choice([None, None, None, "female"])
        priority = rng.choice([1, 1, 2, 3])
        minor = guardians > 0 and rng.random() < 0.1
        for n in range(size):
            ident = f"c{case}/{'abcd'[n]}"
            several = n > 0 and rng.random() < 0.3
            instance["interviews"].append({
                "id": ident,
                "case": f"c{case}",
                "persons": [f"p{case}-{n}"] + ([f"p{case}-0"] if n and rng.random() < 0.2 else []),
                "minutes": rng.choice([90, 120, 120, 150]) if load >= 1 else rng.choice([60, 90, 120]),
                "buffer_minutes": rng.choice([15, 30]),
                "language": language if rng.random() < 0.95 else None,
                "priority": priority,
                "officers": 2 if rng.random() < 0.25 else 1,
                "modality": "any",
                "interviewer_sex": sex if officers >= 4 else None,
                "interpreter_sex": "female" if sex and rng.random() < 0.3 else None,
                "excluded_interpreters": [f"int-{rng.randrange(interpreters) + 1}"] if rng.random() < 0.1 else [],
                "guardian": f"gua-{rng.randrange(guardians) + 1}" if minor and n == 0 else None,
                "seats": rng.choice([3, 4, 4, 5]),
                "after": f"c{case}/{'abcd'[n - 1]}" if several else None,
                "not_before": {"day": calendar[min(2, days - 1)], "time": "09:00"} if rng.random() < 0.05 else None,
                "not_after": {"day": calendar[-2], "time": "17:00"} if days > 3 and rng.random() < 0.05 else None,
                "same_officers_as": None,
            })
            last = instance["interviews"][-1]
            if last["officers"] == 2:
                last["modality"] = rng.choice(["any", "hybrid", "on_site"])
            elif rng.random() < 0.2:
                last["modality"] = rng.choice(["on_site", "remote"])
            if n and rng.random() < 0.2:
                before = instance["interviews"][-2]
                last["same_officers_as"] = before["id"]
                for field in ("officers", "modality", "interviewer_sex"):
                    last[field] = before[field]
    return instance


def dutch_pilot():
    """Timișoara, 2011: fifteen people, four of them by video from the Netherlands, two observers."""
    calendar = work_days("2026-03-02", 5)
    day = [{"day": day, "from": "09:00", "to": "17:00"} for day in calendar]
    video = [{"day": day, "from": "08:00", "to": "16:00"} for day in calendar[:3]]
    instance = mission(7, interviews=1, rooms=3, officers=1, interpreters=1, days=5, guardians=0)
    instance["officers"] = [
        {"id": "off-site-1", "sex": "female", "place": "on_site", "time_zone": "Europe/Bucharest", "windows": day, "max_interviews_per_day": 3},
        {"id": "off-site-2", "sex": "male", "place": "on_site", "time_zone": "Europe/Bucharest", "windows": day, "max_interviews_per_day": 3},
        {"id": "off-hague", "sex": "female", "place": "remote", "time_zone": "Europe/Amsterdam", "windows": video, "max_interviews_per_day": 3},
    ]
    instance["interpreters"] = [
        {"id": "int-ti", "sex": "male", "languages": ["ti"], "time_zone": "Europe/Bucharest", "windows": day, "max_minutes_per_day": 360},
        {"id": "int-so", "sex": "female", "languages": ["so", "ti"], "time_zone": "Europe/Amsterdam", "windows": video, "max_minutes_per_day": 300},
    ]
    sizes = [3, 2, 4, 1, 2, 1, 2]
    instance["interviews"] = []
    for number, size in enumerate(sizes, 1):
        for person in range(size):
            by_video = number in (4, 5, 6)
            instance["interviews"].append({
                "id": f"c{number}/{'abcd'[person]}", "case": f"c{number}", "persons": [f"p{number}-{person}"],
                "minutes": 120, "buffer_minutes": 30, "language": "so" if number in (5, 7) else "ti", "priority": 2 if size > 2 else 1,
                "officers": 1, "modality": "remote" if by_video else "on_site", "interviewer_sex": None, "interpreter_sex": None,
                "excluded_interpreters": [], "guardian": None, "seats": 3 + (2 if by_video else 0),
                "after": None, "not_before": None, "not_after": None, "same_officers_as": None,
            })
    for room in instance["rooms"]:
        room["seats"], room["closed"] = 6, []
    return instance


def small():
    return mission(12, interviews=12, rooms=3, officers=4, interpreters=4, days=5, guardians=1, languages=2)


def sixty():
    return mission(60, interviews=60, rooms=8, officers=10, interpreters=9, days=10)


def over_full():
    instance = mission(99, interviews=30, rooms=2, officers=3, interpreters=3, days=4, guardians=1, languages=3)
    # One that only a woman could interpret, and the only one is full: a coordinator must be told that.
    instance["interviews"][0].update(language="so", interpreter_sex="female", excluded_interpreters=[])
    return instance


def previous_of(plan):
    return [
        {**{key: entry[key] for key in ("interview", "day", "start", "room", "officers", "interpreter", "guardian")}, "fixed": False}
        for entry in plan["plan"]
    ]


def replans(instance, plan):
    """Three things that happen to a plan. `plan` is what the planner answered to `instance`."""
    def copy():
        again = json.loads(json.dumps(instance))
        again["previous"] = previous_of(plan)
        return again

    ill = copy()
    ill["interpreters"][1]["windows"] = []
    room = copy()
    days = sorted({entry["day"] for entry in plan["plan"]})
    room["rooms"][2]["closed"] = [{"day": day, "from": "09:00", "to": "17:00"} for day in days]
    flight = copy()
    second = days[1]
    case = next(entry for entry in plan["plan"] if entry["day"] == second)["interview"].split("/")[0]
    for interview in flight["interviews"]:
        if interview["case"] == case:
            interview["not_before"] = {"day": days[3], "time": "09:00"}
            interview["not_after"] = None
    flight["notice"] = {"frozen_until": {"day": second, "time": "09:00"}}
    return {"replan-interpreter": ill, "replan-room": room, "replan-flight": flight}


REFERENCE = {
    "small": small,
    "dutch-pilot": dutch_pilot,
    "mission": sixty,
    "medium": lambda: mission(150, interviews=150, rooms=12, officers=18, interpreters=16, days=12, languages=5),
    "large": lambda: mission(500, interviews=500, rooms=24, officers=40, interpreters=36, days=20, guardians=4, languages=6),
    "over-full": over_full,
}


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, make in REFERENCE.items():
        (target / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n")
