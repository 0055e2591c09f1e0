"""What the search looks up about the items of a problem."""

from __future__ import annotations

from math import lcm

from payload.met import DAY
from payload.model import Exclude, Order
from payload.planning.problem import Form, Problem
from payload.planning.suited import tied_to


def index(problem: Problem) -> None:
    """Fills in what is looked up while searching, once all items stand in the problem."""
    worths = [work.worths for work in problem.works]
    problem.scale = lcm(*(worth.denominator for values in worths for worth in values))
    problem.points = [tuple(int(worth * problem.scale) for worth in values) for values in worths]
    problem.soft_of = [[] for _ in problem.people]
    for item in problem.items:
        if item.soft:
            problem.soft_of[item.form.parts[0].eligible[0]].append(item.index)
            for meter in sorted({demand[0] for demand in item.form.demands}):
                problem.soft_users.setdefault(meter, []).append(item.index)
    _needs(problem)
    movable = {item.duty for item in problem.items if item.soft}
    problem.hosted = frozenset(item.form.index for item in problem.items if tied_to(item.form.session) & movable)
    problem.late = frozenset(item.form.index for item in problem.items if _follows(problem, item.form))
    reaches = [clause.gap_ms for clause in problem.clauses if not isinstance(clause, Exclude)]
    problem.longest_reach = -(-max(reaches, default=0) // problem.tick_ms) + 1
    orders = [clause for clause in problem.clauses if isinstance(clause, Order) and _names_duty(problem, clause)]
    if orders:
        per_day = all(clause.per_day for clause in orders)
        problem.longest_reach = max(problem.longest_reach, -(-2 * DAY // problem.tick_ms) if per_day else problem.ticks)
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


def _follows(problem: Problem, form: Form) -> bool:
    """Whether an order rule names it as what comes after others, which want the time before it."""
    sides = {(clause, side) for clause, side in form.enrols if isinstance(problem.clauses[clause], Order)}
    if any(side == 0 for _, side in sides):
        return False
    clauses = [problem.clauses[clause] for clause, _ in sides]
    return any("sessions" not in clause.then for clause in clauses if isinstance(clause, Order))


def _names_duty(problem: Problem, clause: Order) -> bool:
    duties = {"duties", *(duty.id for duty in problem.mission.routine)}
    return bool(duties & {*clause.first, *clause.then})
