"""What sponsors were promised of the crew's time, and what the plan gives them."""

from __future__ import annotations

from collections.abc import Sequence

from payload.model import Mission
from payload.planning.problem import Problem, Work
from payload.planning.state import State


def sponsored(problem: Problem, mission: Mission) -> None:
    """Notes in the problem who was promised what, and whose each experiment is."""
    problem.sponsors = tuple(mission.shares)
    problem.promises = tuple(mission.shares.values())
    numbers = {sponsor: number for number, sponsor in enumerate(problem.sponsors)}
    problem.sponsor_of = [numbers.get(experiment.sponsor, -1) for experiment in mission.experiments]


def shortfall_of(state: State) -> int:
    """How much less than promised the sponsors get, ms of crew time in all."""
    promises = state.problem.promises
    return sum(max(0, promised - given) for promised, given in zip(promises, state.given, strict=True))


def short(state: State, work: Work) -> bool:
    """Whether the experiment's sponsor gets less than was promised."""
    sponsor = state.problem.sponsor_of[work.index] if state.problem.sponsors else -1
    return sponsor >= 0 and state.given[sponsor] < state.problem.promises[sponsor]


def worthwhile(state: State, work: Work) -> bool:
    """Whether more of the experiment's sessions could make the plan better."""
    return len(state.planned[work.index]) < len(work.items) and (bool(work.model.value) or short(state, work))


def promised_first(state: State, works: Sequence[Work]) -> list[Work]:
    """What is required, then the experiments of sponsors who are short and what their sessions come after, each kind in
    this order; none where no sponsor is short."""
    problem = state.problem
    if not problem.sponsors:
        return []
    needed = with_references(problem, {work.index for work in works if short(state, work)})
    found = [work for work in works if work.index in needed and not work.model.required]
    return [*(work for work in works if work.model.required), *found] if found else []


def with_references(problem: Problem, works: set[int]) -> set[int]:
    """These experiments, by number, and those that their sessions come after."""
    found, waiting = set(works), sorted(works)
    while waiting:
        exp = waiting.pop()
        for (other, _), ties in problem.ties.items():
            more = {ref[0] for tie in ties for ref in tie.references} - found if other == exp else set()
            found |= more
            waiting += sorted(more)
    return found


def given_shares(state: State) -> dict[str, tuple[int, int]]:
    """Per sponsor: (promised ms, planned ms)."""
    problem = state.problem
    return {
        sponsor: (promised, given)
        for sponsor, promised, given in zip(problem.sponsors, problem.promises, state.given, strict=True)
    }
