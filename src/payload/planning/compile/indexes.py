"""What the search looks up about the items of a problem."""

from __future__ import annotations

from math import lcm

from payload.met import DAY
from payload.model import DifferentDay, Gap, Order, SameDay
from payload.planning.bits import highest, lowest
from payload.planning.compile.suited import tied_to
from payload.planning.problem import Clause, Form, Problem


def index(problem: Problem) -> None:
    """Fills in what is looked up while searching, once all items stand in the problem."""
    worths = [work.worths for work in problem.works]
    problem.scale = lcm(*(worth.denominator for values in worths for worth in values))
    problem.points = [tuple(int(worth * problem.scale) for worth in values) for values in worths]
    problem.soft_of = [[] for _ in problem.people]
    for item in problem.items:
        if item.soft:
            problem.soft_asks.update(item.form.asks)
            for person in item.people:
                problem.soft_of[person].append(item.index)
                problem.soft_on.setdefault((person, item.on), []).append(item.index)
            for meter in sorted({demand[0] for demand in item.form.demands}):
                problem.soft_users.setdefault(meter, []).append(item.index)
    items = problem.items
    for indices in problem.soft_of:
        where = sorted((lowest(items[i].static), highest(items[i].static) + items[i].length, i) for i in indices)
        problem.soft_near.append(
            (
                [low for low, _, _ in where],
                [i for _, _, i in where],
                max((end - low for low, end, _ in where), default=0),
            )
        )
    _needs(problem)
    movable = {item.duty for item in problem.items if item.soft}
    shapes = [shape for item in problem.items for shape in (item, *item.shapes)]
    problem.hosted = frozenset(item.form.index for item in shapes if tied_to(item.form.session) & movable)
    problem.late = frozenset(item.form.index for item in shapes if _follows(problem, item.form))
    problem.reaches = [_reach(problem, clause) for clause in problem.clauses]
    problem.longest_reach = max(problem.reaches, default=1)
    for work in problem.works:
        for link in work.links:
            for end in link[:2]:
                problem.links_by_item.setdefault(end, []).append(link)


def _needs(problem: Problem) -> None:
    """Whom each session of a chain needs: the one before it, or, for a repeat of `each: day`, the last one of the
    session before its own."""
    for work in problem.works:
        for chain in work.chains:
            before = last = -1
            for index in chain:
                item = problem.items[index]
                if before >= 0 and problem.items[before].session != item.session:
                    last = before
                needed = last if item.optional else before
                if needed >= 0:
                    problem.needs[index] = needed
                before = index


def _reach(problem: Problem, clause: Clause) -> int:
    """How many ticks away from an activity a movable duty may be and still be forbidden its start by the clause."""
    days = -(-2 * DAY // problem.tick_ms)
    if isinstance(clause, DifferentDay | SameDay):
        if not _duties(problem) & set(clause.of):
            return 1
        return days if isinstance(clause, DifferentDay) else problem.ticks
    if isinstance(clause, Order) and _names_duty(problem, clause):
        return days if clause.per_day else problem.ticks
    return -(-clause.gap_ms // problem.tick_ms) + 1 if isinstance(clause, Gap | Order) else 1


def _follows(problem: Problem, form: Form) -> bool:
    """Whether an order rule names it as what comes after others, which want the time before it."""
    sides = {(clause, side) for clause, side in form.enrols if isinstance(problem.clauses[clause], Order)}
    if any(side == 0 for _, side in sides):
        return False
    clauses = [problem.clauses[clause] for clause, _ in sides]
    return any("sessions" not in clause.then for clause in clauses if isinstance(clause, Order))


def _names_duty(problem: Problem, clause: Order) -> bool:
    return bool(_duties(problem) & {*clause.first, *clause.then})


def _duties(problem: Problem) -> set[str]:
    return {"duties", *(duty.id for duty in problem.mission.routine)}
