"""What a partial plan is worth, and which of two is better."""

from __future__ import annotations

from fractions import Fraction

from payload.planning.score.breaches import cost_of
from payload.planning.score.shares import shortfall_of
from payload.planning.state import State

#: (less shortfall of shares in ms, value less breaches and prices, fewer reservations changed, earlier ends): larger is
#: better, compared in this order
Score = tuple[int, Fraction, int, int]


def value_of(state: State) -> Fraction:
    """The exact value of what stands, less what breaches of soft rules cost."""
    points = zip(state.problem.points, state.planned, strict=True)
    worth = Fraction(sum(worths[len(planned)] for worths, planned in points), state.problem.scale)
    return worth - cost_of(state) if state.problem.soft else worth


def ends_of(state: State) -> int:
    """The sum of the ends of all planned sessions, in ticks from the grid's origin."""
    return sum(state.at[i] + state.form[i].length for planned in state.planned for i in planned)


def score_of(state: State) -> Score:
    """Everything by which the format compares two plans of one mission, the first entry first."""
    value = value_of(state)
    if state.problem.price:
        value -= state.problem.price * state.changed
    return -shortfall_of(state), value, -state.changed, -ends_of(state)


def perfect(state: State, bound: Fraction) -> bool:
    """Whether no plan has more value or a smaller shortfall."""
    return not shortfall_of(state) and value_of(state) >= bound
