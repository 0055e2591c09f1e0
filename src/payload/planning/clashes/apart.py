"""Sessions that need a day each, and days: a matching of the two shows when there are too few."""

from __future__ import annotations

from collections.abc import Sequence

from payload.model import DifferentDay
from payload.planning.problem import Item, Problem
from payload.planning.state import State

#: with more activities under one rule than this nothing is said
MOST_ITEMS = 400


def too_few_days(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that a rule wants on different days and that have fewer days than they are; None when that does not
    show."""
    problem = base.problem
    if not problem.sure_of(wanted):
        return None
    for number, rule in enumerate(problem.clauses):
        name = ("clause", number)
        if not isinstance(rule, DifferentDay) or name in base.ignored or name in problem.soft:
            continue
        named = [item for item in wanted if (number, 0) in item.form.enrols]
        people: list[int | None] = [None]
        if rule.per_crew:
            counted = problem.clause_people[number]
            people = [p for p in range(len(problem.people)) if counted is None or p in counted]
        for person in people:
            mine = [item for item in named if person is None or _is_in(item, person)]
            found = _unmatched(problem, mine, problem.clause_days[number]) if len(mine) <= MOST_ITEMS else None
            if found:
                return found
    return None


def _is_in(item: Item, person: int) -> bool:
    return any(part.eligible == (person,) for part in item.form.parts)


def _unmatched(problem: Problem, items: Sequence[Item], counted: frozenset[int] | None) -> list[Item] | None:
    """Kuhn's matching of activities to the days on which they could start; who competes with one that gets none.

    An activity that could also start on a day that is not counted needs none.
    """
    days: list[list[int]] = []
    some: list[Item] = []
    for item in items:
        mine = _days(problem, item)
        if mine and (counted is None or all(day in counted for day in mine)):
            some.append(item)
            days.append(mine)
    taken: dict[int, int] = {}

    def place(one: int, seen: set[int]) -> bool:
        for day in days[one]:
            if day not in seen:
                seen.add(day)
                if day not in taken or place(taken[day], seen):
                    taken[day] = one
                    return True
        return False

    for one in range(len(some)):
        seen: set[int] = set()
        if not place(one, seen):
            return [some[other] for other in sorted({one, *(taken[day] for day in seen)})]
    return None


def _days(problem: Problem, item: Item) -> list[int]:
    """The local days on which it could start by its own keys."""
    mask, found = problem.possible(item), []
    for day, at in enumerate(problem.days.starts):
        later = problem.days.starts[day + 1] if day + 1 < len(problem.days.starts) else None
        first = max(problem.up(at), 0)
        within = mask >> first << first
        if later is not None and later > at:
            within &= (1 << max(problem.up(later), 0)) - 1
        if within:
            found.append(day)
    return found
