"""What a partial plan is worth, and which of two is better."""

from __future__ import annotations

from fractions import Fraction

from payload.planning.state import State

#: (less shortfall of shares in ms, value less breaches and prices, fewer reservations changed, earlier ends): larger is
#: better, compared in this order
Score = tuple[int, Fraction, int, int]


def value_of(state: State) -> Fraction:
    """The exact value of what stands, less what breaches of soft rules cost."""
    points = zip(state.problem.points, state.planned, strict=True)
    return Fraction(sum(worths[len(planned)] for worths, planned in points), state.problem.scale)


def ends_of(state: State) -> int:
    """The sum of the ends of all planned sessions, in ticks from the grid's origin."""
    items = state.problem.items
    return sum(state.at[i] + items[i].length for planned in state.planned for i in planned)


def score_of(state: State) -> Score:
    """Everything by which the format compares two plans of one mission, the first entry first."""
    return 0, value_of(state), 0, -ends_of(state)
