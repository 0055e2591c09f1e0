"""A plan made after the answer of the bound's linear program: which sessions it takes, on which days, with whom.

The program packs the whole mission at once, as no construction one after the other can, but takes parts of sessions
and looks at stretches of time only. So its answer is a wish: each session is first tried on the day, and with the
people, that it names.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from payload.planning.bounds import Flown
from payload.planning.construct import fixed_duties, in_sequence, opens, orders, place_duties
from payload.planning.problem import Problem, Work
from payload.planning.state import State, Wishes
from payload.planning.whole import with_required

#: an experiment that the program flies less than this part of comes last, more than that part of first
HARDLY, NEARLY = 0.05, 0.95


def guided(problem: Problem, flown: Sequence[Flown], tight: bool, rng: Random | None = None) -> State | None:
    """A whole plan with these wishes: of each experiment the way with the largest part, or one drawn by its part.

    What the program flies comes first, by worth, or with `tight` by how little room it has. None when the duties or
    required sessions find no place so.
    """
    state = fixed_duties(problem)
    if place_duties(state):
        return None
    state.wishes = _wishes(problem, flown, rng)
    whole = with_required(state, _ranked(state, flown, tight))
    state.wishes = {}
    return state if whole else None


def _wishes(problem: Problem, flown: Sequence[Flown], rng: Random | None) -> Wishes:
    ways: dict[int, list[Flown]] = {}
    for way in flown:
        ways.setdefault(way.work, []).append(way)
    wishes: Wishes = {}
    for work, mine in sorted(ways.items()):
        if rng is None:
            taken = max(mine, key=lambda way: (way.part * len(way.stands), way.part))
        else:
            taken = rng.choices(mine, [way.part for way in mine])[0]
        of_form: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        for form, tick, people in sorted(taken.stands, reverse=True):
            of_form.setdefault(form, []).append((tick, people))
        for index in problem.works[work].items:
            if left := of_form.get(problem.items[index].form.index):
                wishes[index] = left.pop()
    return wishes


def _ranked(state: State, flown: Sequence[Flown], tight: bool) -> list[Work]:
    problem = state.problem
    parts = [0.0] * len(problem.works)
    for way in flown:
        whole = problem.works[way.work].worths[-1]
        parts[way.work] += way.part * way.worth / float(whole) if whole else 0.0
    by_room, by_worth = orders(state)
    rank = {work.index: place for place, work in enumerate(by_room if tight else by_worth)}

    def key(work: Work) -> tuple[bool, bool, float, int]:
        part = parts[work.index]
        level = -float((part > HARDLY) + (part > NEARLY)) if tight else -round(part, 1)
        return not opens(problem, work), not work.model.required, level, rank[work.index]

    return in_sequence(problem, sorted(problem.works, key=key))
