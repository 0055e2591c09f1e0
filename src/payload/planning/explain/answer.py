"""The question put to a plan, and the whole answer: for a left-out activity why, and what would let it in; for a placed
one why there, and what moving it would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from payload.errors import PlanError
from payload.met import Window
from payload.model import Mission, Plan
from payload.planning.bits import heads
from payload.planning.compile import compile_mission
from payload.planning.depth import allow_calls
from payload.planning.explain.conflict import conflict
from payload.planning.explain.cuts import cuts
from payload.planning.explain.keys import Reason
from payload.planning.explain.placed import Elsewhere, Placed, placed
from payload.planning.explain.relax import Judge, Relaxed, relax
from payload.planning.explain.spot import TRADE
from payload.planning.explain.words import needs, told
from payload.planning.problem import Item
from payload.planning.restore import has_facts, restored
from payload.planning.state import State, options


@dataclass(frozen=True, slots=True)
class Told:
    """One reason of a conflict: its kind and id (see `Reason`), and a sentence."""

    kind: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """A reservation that stands elsewhere in the new plan: instants in ms MET, people in role order."""

    id: str
    before: int
    after: int
    crew: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change found that lets the activity in. `needs` are changes of the mission (none: planning again is
    enough), `moves` what stands elsewhere then, `gives_up` what is left out for it, `brings` what comes in beside it.
    `gain` is what the plan is worth more. `verified`: it was planned, and the judge found no fault.
    `smaller_may_exist`: the search was cut off before it had tried all that is less."""

    text: str
    needs: tuple[str, ...]
    moves: tuple[Move, ...]
    gives_up: tuple[str, ...]
    brings: tuple[str, ...]
    start: int
    end: int
    crew: tuple[str, ...]
    gain: Fraction
    verified: bool
    smaller_may_exist: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `explain` answers. `state` is `placed`, `left out` or `infeasible`. `value` is what the activity brings by
    itself. Of one left out: `conflict`, of which no reason can be left out, and `root`, the activity of which it is
    told where that is another one (which has to be planned first). Of a placed one: `placed`."""

    id: str
    kind: str
    title: str
    state: str
    value: Fraction
    conflict: tuple[Told, ...] = ()
    root: str | None = None
    relaxation: Relaxation | None = None
    placed: Placed | None = None


def explain(
    mission: Mission, windows: Mapping[str, tuple[Window, ...]], plan: Plan, name: str, judge: Judge
) -> Explanation:
    """Why `name` (an id) stands where it does in `plan`, or was left out.

    `judge` says of a mission and a plan whether the plan breaks nothing of it: a relaxation is verified only with its
    word. Raises PlanError for an id that the mission does not have, with the nearest ones, and for a plan that does not
    fit it.
    """
    problem = compile_mission(mission, windows, plan if has_facts(plan) else None)
    items = {known: item for item in problem.items for known in item.names}
    item = items.get(name)
    if item is None:
        raise PlanError(unknown(name, list(items)))
    title = problem.works[item.exp].model.title if item.exp >= 0 else item.duty
    kind = "session" if item.exp >= 0 else "duty"
    value = problem.works[item.exp].worth_each if item.exp >= 0 else Fraction(0)
    if plan.status == "infeasible":
        clash = tuple(Told("clash", "", text) for text in plan.conflict)
        return Explanation(name, kind, title, "infeasible", value, clash)
    state = restored(problem, plan)
    state.ignored |= problem.soft  # a soft rule keeps nothing out: it costs
    if state.on[item.index]:
        return Explanation(name, kind, title, "placed", value, placed=placed(state, item))
    wanted = wanted_with(state, item)
    root, reasons = _conflict(state, [problem.items[index] for index in wanted], item)
    known = [Reason(one.kind, one.id) for one in reasons]
    found = relax(mission, windows, plan, [problem.items[index].id for index in wanted], known, judge)
    return Explanation(
        name, kind, title, "left out", value, reasons, None if root == item.id else root,
        None if found is None else _relaxation(plan, found, item, state),
    )  # fmt: skip


def unknown(name: str, known: list[str]) -> str:
    """What is said of an id that does not exist."""
    near = get_close_matches(name, known, 3, 0.5)
    if not near:
        near = [one for one in known if one.startswith(name.partition("/")[0])][:3]
    return f"no activity '{name}' in this mission" + (f": did you mean {', '.join(near)}?" if near else "")


def wanted_with(state: State, item: Item) -> list[int]:
    """The activity and all that has to be planned for it and is not: what comes before it, and as many sessions as make
    its experiment worth something; in the order in which they have to stand."""
    problem, found = state.problem, dict[int, None]()

    def want(index: int) -> None:
        if state.on[index] or index in found:
            return
        found[index] = None
        one = problem.items[index]
        needed = problem.needs.get(index)
        if needed is not None:
            want(needed)
        for tie in problem.ties.get((one.exp, one.session), ()):
            known = [i for exp, s in tie.references for i in problem.works[exp].items if problem.items[i].session == s]
            if known and not any(state.on[i] or i in found for i in known):
                want(known[0])
        del found[index]
        found[index] = None
        work = problem.works[one.exp]
        for other in work.items:
            if len(state.planned[one.exp]) + sum(i in found for i in work.items) >= work.model.minimum:
                break
            want(other)

    allow_calls(len(problem.items))
    want(item.index)
    exps = list(dict.fromkeys(problem.items[index].exp for index in found))
    return sorted(found, key=lambda index: (exps.index(problem.items[index].exp), problem.items[index].rank))


def _conflict(state: State, wanted: list[Item], item: Item) -> tuple[str, tuple[Told, ...]]:
    """What keeps the first of these out that cannot stand; reasons are told of that one."""
    mark, reasons = state.mark(), tuple[Told, ...]()
    root = item
    for one in wanted:
        found = cuts(state, one)
        kept, there = conflict(state, found)
        if not any(cut.thinkable for cut in found):
            kept = [Reason("horizon", one.id)]
        if kept:
            texts = [told(state, one, reason, needs(found, there, kept, reason)) for reason in kept]
            reasons = tuple(Told(reason.kind, reason.id, text) for reason, text in zip(kept, texts, strict=True))
            root = one
            break
        _stand(state, one)
    state.back_to(mark)
    if len(wanted) > 1:
        return root.id, (*_why_first(state, item, root, wanted[0]), *reasons)
    return root.id, reasons


def _why_first(state: State, item: Item, root: Item, first: Item) -> tuple[Told, ...]:
    """That another session has to be planned first, or that more of them have to be planned with it."""
    work = state.problem.works[item.exp]
    if 1 < work.model.minimum > len(state.planned[item.exp]):
        reason = Reason("minimum", work.model.id)
    else:
        reason = Reason("before", (root if root is not item else first).id)
    return (Told(reason.kind, reason.id, told(state, item, reason, [])),)


def _stand(state: State, item: Item) -> None:
    """Puts one that is free somewhere, the earliest first, for what comes after it."""
    there = options(state, item)
    for tick in heads(there.starts, state.problem.stride, 1):
        crew = there.crews(tick, 1)
        if crew:
            state.put(item, tick, crew[0], there.form_at(tick))


def _relaxation(plan: Plan, found: Relaxed, item: Item, state: State) -> Relaxation:
    before = {one.id: one for one in plan.reservations}
    after = {one.id: one for one in found.plan.reservations}
    moves = tuple(
        Move(name, before[name].start, one.start, one.crew)
        for name, one in after.items()
        if name in before and (one.start, one.crew) != (before[name].start, before[name].crew)
    )
    gives_up = tuple(name for name in before if name not in after)
    brings = tuple(name for name in after if name not in before)
    there = after.get(item.id) or next(after[name] for name in brings)
    needed = tuple(change.text for change in found.changes if change.tier < TRADE)
    calendar = state.problem.mission.calendar
    text = f"it fits on {calendar.format_day(there.start)}"
    if there.crew:
        text += f" with {' and '.join(there.crew)}"
    if needed:
        text += f" if {' and '.join(needed)}"
    if gives_up:
        text += (
            f"{' and' if needed else ' if'} {' and '.join(gives_up)} {'is' if len(gives_up) == 1 else 'are'} given up"
        )
    brings = tuple(name for name in brings if name != there.id)
    return Relaxation(
        text,
        needed,
        moves,
        gives_up,
        brings,
        there.start,
        there.end,
        there.crew,
        found.gain,
        found.verified,
        found.cut,
    )


__all__ = ["Elsewhere", "Explanation", "Move", "Placed", "Relaxation", "Told", "explain"]
