"""Each sentence of the page as a question: does this choice keep it? Loops over everything, on purpose."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise

from enumerator_choices import Tried
from enumerator_resources import buffers_kept, capacities_kept, rigs_serve_one

from payload.model import Reservation

# One reservation by itself.


def within_horizon(tried: Tried, one: Reservation) -> bool:
    return one.start >= 0 and one.end <= tried.mission.end


def within_allowed(tried: Tried, one: Reservation) -> bool:
    if one.kind == "session":
        return True
    duty, _, allowed = tried.tiny.duties[one.id]
    if duty.fixed:
        return (one.start, one.end) == (allowed.start, allowed.end)
    return (allowed.start <= one.start and one.end <= allowed.end) or tried.waived("allowed", one)


def start_kept(tried: Tried, one: Reservation) -> bool:
    """Locks, `at`, and for anything else the grid."""
    lock = tried.mission.locks.get(one.id)
    if lock is not None and one.start != lock and not tried.waived("lock", one):
        return False
    exempt = lock is not None
    if one.kind == "session":
        at = tried.tiny.sessions[one.id][1].at
        if at is not None and one.start not in at and not tried.waived("at", one):
            return False
        exempt = exempt or at is not None
    else:
        duty = tried.tiny.duties[one.id][0]
        locked = {name.split("/")[2] for name in tried.mission.locks if name.split("/")[0] == duty.id}
        exempt = exempt or duty.fixed or (duty.together and one.id.split("/")[2] in locked)
    origin = tried.mission.calendar.at(tried.mission.calendar.date_of(0), 0)
    return exempt or (one.start - origin) % tried.mission.grid_ms == 0


def within_aboard(tried: Tried, one: Reservation) -> bool:
    people = {person.id: person.aboard for person in tried.mission.crew}
    return all(people[who].start <= start and end <= people[who].end for start, end, who in work_of(one))


def roles_kept(tried: Tried, one: Reservation) -> bool:
    if one.kind == "duty":
        return True
    people = {person.id: person for person in tried.mission.crew}
    whom: dict[int, set[str]] = {}
    for step, there in zip(tried.tiny.sessions[one.id][1].steps, one.steps, strict=True):
        for role, who in zip(sorted(step.crew, key=lambda role: role.number), there.crew, strict=True):
            whom.setdefault(role.number, set()).add(who)
            if tried.waived("role", one):
                continue
            if role.is_ is not None and who != role.is_:
                return False
            if role.any_of is not None and who not in role.any_of:
                return False
            for skill, level in role.skills.items():
                if people[who].skills.get(skill, 0) < level:
                    return False
    if any(len(people_in) > 1 for people_in in whom.values()):
        return False
    return all(not (whom[i] & whom[j]) for i, j in combinations(whom, 2))


def days_kept(tried: Tried, one: Reservation) -> bool:
    if one.kind == "duty":
        return True
    _, session, n = tried.tiny.sessions[one.id]
    on = tried.mission.calendar.date_of(one.start)
    its_own = not session.repeat.each_day or on == sorted(session.days or tried.mission.dates())[n - 1]
    if not its_own and not tried.waived("repeat", one):
        return False
    return session.days is None or on in session.days or tried.waived("days", one)


def between_kept(tried: Tried, one: Reservation) -> bool:
    if one.kind == "duty":
        return True
    between = tried.tiny.sessions[one.id][1].between
    if between is None or tried.waived("between", one):
        return True
    return any(window.start <= one.start and one.end <= window.end for window in between)


def windows_kept(tried: Tried, one: Reservation) -> bool:
    """During: every named window holds every instant. Avoid: none holds any."""

    def held_ms(name: str, start: int, end: int) -> int:
        return sum(max(0, min(end, w.end) - max(start, w.start)) for w in tried.windows[name])

    if one.kind == "duty":
        duty = tried.tiny.duties[one.id][0]
        spans = [(one.start, one.end, duty.during, duty.avoid)]
    else:
        session = tried.tiny.sessions[one.id][1]
        spans = [(one.start, one.end, session.during, session.avoid)]
        spans += [(r.start, r.end, s.during, s.avoid) for s, r in zip(session.steps, one.steps, strict=True)]
    return all(
        (tried.waived("during", one) or all(held_ms(name, start, end) == end - start for name in during))
        and (tried.waived("avoid", one) or all(held_ms(name, start, end) == 0 for name in avoid))
        for start, end, during, avoid in spans
    )


ALONE: list[Callable[[Tried, Reservation], bool]] = [
    within_horizon, within_allowed, within_aboard, start_kept, roles_kept, days_kept, between_kept, windows_kept,
]  # fmt: skip


# Several: what no further reservation mends.


def work_of(one: Reservation) -> list[tuple[int, int, str]]:
    """Who works when."""
    if one.kind == "duty":
        return [(one.start, one.end, who) for who in one.crew]
    return [(step.start, step.end, who) for step in one.steps for who in step.crew]


def is_inside(tried: Tried, one: Reservation) -> bool:
    return one.kind == "session" and tried.tiny.sessions[one.id][1].inside is not None


def one_place_at_a_time(tried: Tried) -> bool:
    for a, b in combinations(tried.placed, 2):
        if is_inside(tried, a) and is_inside(tried, b):
            if set(a.crew) & set(b.crew) and a.start < b.end and b.start < a.end:
                return False
        elif not is_inside(tried, a) and not is_inside(tried, b):
            for start, end, who in work_of(a):
                if any(who == other and start < e and s < end for s, e, other in work_of(b)):
                    return False
    return True


def lists_in_order(tried: Tried) -> bool:
    for experiment in tried.mission.experiments:
        for a, b in combinations(tried.sessions(experiment), 2):
            if _ordered(tried, a, b) and b.start < a.end and not tried.waived("sequence", a, b):
                return False
    return True


def _ordered(tried: Tried, a: Reservation, b: Reservation) -> bool:
    """Whether b, later in the list of its experiment, must follow a."""
    experiment, session, _ = tried.tiny.sessions[b.id]
    if not experiment.unordered:
        return True
    repeat = session.repeat
    tied = repeat.every_ms is not None or repeat.min_ms is not None or repeat.max_ms is not None
    return session is tried.tiny.sessions[a.id][1] and tied


def repeats_kept(tried: Tried) -> bool:
    for experiment in tried.mission.experiments:
        for session in experiment.sessions:
            repeat, mine = session.repeat, tried.sessions(experiment, session)
            for a, b in pairwise(mine):
                if tried.waived("repeat", a, b):
                    continue
                follows = int(b.id.rsplit("/", 1)[1]) == int(a.id.rsplit("/", 1)[1]) + 1
                if repeat.min_ms is not None and b.start - a.end < repeat.min_ms:
                    return False
                if not follows:
                    continue
                if repeat.max_ms is not None and b.start - a.end > repeat.max_ms:
                    return False
                if repeat.every_ms is not None and abs(b.start - a.start - repeat.every_ms) > repeat.tolerance_ms:
                    return False
    return True


def people_the_same(tried: Tried) -> bool:
    for experiment in tried.mission.experiments:
        whom: dict[int, str] = {}
        for one in tried.sessions(experiment) if experiment.same_people else []:
            if tried.waived("same", one):
                continue
            for step, there in zip(tried.tiny.sessions[one.id][1].steps, one.steps, strict=True):
                numbers = sorted(role.number for role in step.crew)
                if any(whom.setdefault(n, who) != who for n, who in zip(numbers, there.crew, strict=True)):
                    return False
    return True


LASTING: list[Callable[[Tried], bool]] = [
    one_place_at_a_time, rigs_serve_one, capacities_kept, buffers_kept, lists_in_order, people_the_same,
]  # fmt: skip


# All together.


def predecessors_planned(tried: Tried) -> bool:
    there = {one.id for one in tried.placed}
    for experiment in tried.mission.experiments:
        listed = [(s, n) for s in experiment.sessions for n in range(1, s.repeat.count + 1)]
        for i, (session, n) in enumerate(listed):
            if f"{experiment.id}/{session.id}/{n}" not in there:
                continue
            before = listed[:i]
            if session.repeat.each_day:
                before = [(s, m) for s, m in before if s is not session]
            if experiment.unordered:
                tied = (session.repeat.every_ms, session.repeat.min_ms, session.repeat.max_ms) != (None, None, None)
                before = [(s, m) for s, m in before if s is session and tied]
            needed = f"{experiment.id}/{before[-1][0].id}/{before[-1][1]}" if before else ""
            waived = tried.waived("predecessor", f"{experiment.id}/{session.id}/{n}", needed)
            if before and needed not in there and not waived:
                return False
    return True


def after_kept(tried: Tried) -> bool:
    for experiment in tried.mission.experiments:
        for session in experiment.sessions:
            mine = tried.sessions(experiment, session)
            for tie in session.after if mine else ():
                whose, _, which = tie.reference.partition("/")
                own = whose in (experiment.id, experiment.written_id)  # of copies that `for` made: the same person's
                reference = [
                    one
                    for other in tried.mission.experiments
                    if (other is experiment if own else whose in (other.id, other.written_id))
                    for referred in other.sessions
                    if referred.id == which
                    for one in tried.sessions(other, referred)
                ]
                if not reference:
                    if all(tried.waived("after", one) for one in mine):
                        continue
                    return False
                first = min(mine, key=lambda one: (one.start, one.id))
                last = max(reference, key=lambda one: (one.end, one.id))
                if tried.waived("after", first, last):
                    continue
                passed = first.start - last.end
                if passed < tie.min_ms or (tie.max_ms is not None and passed > tie.max_ms):
                    return False
    return True


def relatives_kept(tried: Tried) -> bool:
    for one in tried.placed:
        tie = tried.tiny.sessions[one.id][1].relative if one.kind == "session" else None
        if tie is None or tried.waived("relative", one):
            continue
        duties = tried.duties(tie.duty, one.crew[0] if one.crew else None)
        if tie.before:
            ahead = [duty.start for duty in duties if duty.start >= one.end]
            if not ahead or not min(ahead) - tie.within_ms <= one.end <= min(ahead):
                return False
        else:
            behind = [duty.end for duty in duties if duty.end <= one.start]
            if not behind or not max(behind) <= one.start <= max(behind) + tie.within_ms:
                return False
    return True


def insides_kept(tried: Tried) -> bool:
    for one in tried.placed:
        host = tried.tiny.sessions[one.id][1].inside if one.kind == "session" else None
        if tried.waived("inside", one):
            continue
        for who in one.crew if host is not None else ():
            if not any(duty.start <= one.start and one.end <= duty.end for duty in tried.duties(host or "", who)):
                return False
    return True


def covers_kept(tried: Tried) -> bool:
    for one in tried.placed:
        if one.kind == "duty" or tried.waived("covers", one):
            continue
        session = tried.tiny.sessions[one.id][1]
        spans = [(one.start, one.end, session.covers)]
        spans += [(r.start, r.end, s.covers) for s, r in zip(session.steps, one.steps, strict=True)]
        for start, end, covers in spans:
            for name in covers:
                wholes = [(w.start, w.end) for w in tried.windows.get(name, ())]
                if name not in tried.mission.windows:
                    wholes = [(d.start, d.end) for d in tried.duties(name, one.crew[0] if one.crew else None)]
                if not any(start <= s and e <= end for s, e in wholes):
                    return False
    return True


def together_kept(tried: Tried) -> bool:
    for duty in tried.mission.routine:
        for a, b in combinations([one for one in tried.placed if one.id.split("/")[0] == duty.id and duty.together], 2):
            if tried.waived("together", a, b):
                continue
            if a.kind == b.kind == "duty" and a.id.split("/")[2] == b.id.split("/")[2] and a.start != b.start:
                return False
    return True


def required_and_minimum(tried: Tried) -> bool:
    for experiment in tried.mission.experiments:
        mine = tried.sessions(experiment)
        there = {one.id for one in mine}
        for session in experiment.sessions if experiment.required else ():
            for n in range(1, session.repeat.count + 1):
                name = f"{experiment.id}/{session.id}/{n}"
                if name not in there and not tried.waived("required", name):
                    return False
        if 0 < len(mine) < experiment.minimum and not tried.waived("minimum", *mine):
            return False
    return True


WHOLE: list[Callable[[Tried], bool]] = [
    repeats_kept, predecessors_planned, after_kept, relatives_kept, insides_kept,
    covers_kept, together_kept, required_and_minimum,
]  # fmt: skip
