"""The placed activities and all that they occupy: changed by `put` and `drop`, undone by `back_to`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from payload.model import Gap
from payload.planning.bits import room, span
from payload.planning.clauses import Roster
from payload.planning.problem import Item, Problem, Work
from payload.planning.stores import Meter, Store
from payload.planning.tallies import Tally

Crew = tuple[int, ...]  # one person's number per part
Host = tuple[str, int]  # a duty and a person


class State:
    """A partial plan. It never judges: who puts asks `options` first, and `broken` where that is not enough."""

    def __init__(self, problem: Problem) -> None:
        count = len(problem.items)
        self.problem = problem
        self.at: list[int] = [-1] * count
        self.on: list[bool] = [False] * count
        self.crew: list[Crew] = [()] * count
        self.firm_busy = [0] * len(problem.people)
        self.soft_busy = [0] * len(problem.people)
        self.guests = [0] * len(problem.people)
        self.meters = [Meter(problem, supply) for supply in problem.supplies]
        self.stores = [Store(problem, consumable) for consumable in problem.consumables]
        self.rosters: dict[tuple[int, int, int], Roster] = defaultdict(Roster)
        self.tallies: dict[tuple[int, int], Tally] = {}
        self.instances: dict[Host, dict[int, tuple[int, int]]] = defaultdict(dict)
        self.tied: dict[Host, set[int]] = defaultdict(set)
        self.planned: list[set[int]] = [set() for _ in problem.works]
        self.spans: list[tuple[int, int] | None] = [None] * len(problem.works)
        self.bound: list[dict[int, list[int]]] = [defaultdict(list) for _ in problem.works]
        #: constraints to look past, to find out which of them clash: ("clause" | "limit" | "meter", number)
        self.ignored: set[tuple[str, int]] = set()
        self._trail: list[tuple[int, bool, int, Crew]] = []
        self._in_day: dict[tuple[int, int], list[int]] = {}
        self._over_midnight: dict[tuple[int, int], int] = {}
        self._rooms: list[dict[tuple[int, bool], int]] = [{} for _ in problem.people]

    # changing

    def put(self, item: Item, tick: int, crew: Crew) -> None:
        self._trail.append((item.index, True, tick, crew))
        self._apply(item, tick, crew, True)

    def drop(self, item: Item) -> None:
        tick, crew = self.at[item.index], self.crew[item.index]
        self._trail.append((item.index, False, tick, crew))
        self._apply(item, tick, crew, False)

    def mark(self) -> int:
        """Where `back_to` can return to."""
        return len(self._trail)

    def back_to(self, mark: int) -> None:
        while len(self._trail) > mark:
            index, was_put, tick, crew = self._trail.pop()
            self._apply(self.problem.items[index], tick, crew, not was_put)

    def forget(self) -> None:
        """Makes what stands final: no mark taken before may be used any more."""
        self._trail.clear()

    # reading

    def start_ms(self, item: Item) -> int:
        return self.problem.start_of(item, self.at[item.index])

    def end_ms(self, item: Item) -> int:
        return self.start_ms(item) + item.form.length_ms

    def people(self, item: Item) -> Crew:
        return self.crew[item.index]

    def free_for(self, person: int, length: int, firm: bool) -> int:
        """The ticks from which a person is free for `length` ticks; `firm` looks past movable duties."""
        known = self._rooms[person]
        key = (length, firm)
        if key not in known:
            busy = self.firm_busy[person] if firm else self.firm_busy[person] | self.soft_busy[person]
            known[key] = room(self.problem.full & ~busy, length)
        return known[key]

    def starts_in_day(self, first_ms: int, last_ms: int) -> list[int]:
        """Per local day, the starts for which all from `first_ms` to `last_ms` after them lies in that day."""
        key = (first_ms, last_ms)
        if key not in self._in_day:
            problem, edges = self.problem, self.problem.days.starts
            self._in_day[key] = [
                span(problem.up(day - first_ms), problem.down(after - last_ms) + 1) for day, after in pairwise(edges)
            ] + [0]
        return self._in_day[key]

    def starts_over_midnight(self, first_ms: int, last_ms: int) -> int:
        """The starts for which what is from `first_ms` to `last_ms` after them lies in more than one local day."""
        key = (first_ms, last_ms)
        if key not in self._over_midnight:
            mask = self.problem.full
            for starts in self.starts_in_day(first_ms, last_ms):
                mask &= ~starts
            self._over_midnight[key] = mask
        return self._over_midnight[key]

    def tally(self, limit: int, person: int) -> Tally:
        """Crewed ms so far under a limit, per local day (one entry where it does not count per day)."""
        key = (limit, person)
        if key not in self.tallies:
            days = len(self.problem.days.starts) if self.problem.limits[limit].per_day else 1
            self.tallies[key] = Tally(days)
        return self.tallies[key]

    def charges(self, item: Item, tick: int, crew: Crew) -> Iterator[tuple[int, int, int, int]]:
        """(limit, person or -1, day or 0, ms) that the activity counts under its limits."""
        problem, start = self.problem, self.problem.start_of(item, tick)
        for limit in item.form.limits:
            rule, days, people = problem.limits[limit], problem.limit_days[limit], problem.limit_people[limit]
            for part, person in zip(item.form.parts, crew, strict=True):
                if rule.per_crew and people is not None and person not in people:
                    continue
                for first, last in part.times:
                    at, until = start + first, start + last
                    while at < until:
                        day = problem.days.of(at)
                        edge = problem.days.starts[day + 1] if day + 1 < len(problem.days.starts) else until
                        stop = min(until, edge)
                        if days is None or day in days:
                            yield limit, person if rule.per_crew else -1, day if rule.per_day else 0, stop - at
                        at = stop

    def broken(self, item: Item) -> bool:
        """Whether a session just put breaks what masks only foresee: limits over midnight, and what is held."""
        problem = self.problem
        for limit, person, day, _ in self.charges(item, self.at[item.index], self.crew[item.index]):
            if self.tally(limit, person)[day] > problem.limits[limit].limit_ms and ("limit", limit) not in self.ignored:
                return True
        if item.exp < 0:
            return False
        if item.form.session is not None and item.form.session.inside is not None and self._too_near(item):
            return True
        work, tick = problem.works[item.exp], self.at[item.index]
        held = self.spans[item.exp]
        assert held is not None
        asked = [(meter, *held) for meter, _ in work.holds]
        asked += [(meter, tick + a, tick + b) for meter, a, b, _ in item.form.demands]
        if any(self.meters[meter].over(a, b) >= 0 for meter, a, b in asked if ("meter", meter) not in self.ignored):
            return True
        return any(self.stores[stock].short() for stock, _ in work.stocks) or any(
            self.stores[stock].short() for stock, _, _ in item.form.takes
        )

    def _too_near(self, item: Item) -> bool:
        """Whether a gap that does not count per crew is broken by a session inside a duty: only the instances of the
        people who are in it are its hosts, and exempt."""
        problem, session = self.problem, item.form.session
        assert session is not None
        start, end = self.start_ms(item), self.end_ms(item)
        hosts = {
            host
            for person in self.crew[item.index]
            for host, (first, last) in self.instances.get((session.inside or "", person), {}).items()
            if first <= start and end <= last
        }
        for clause, side in item.form.asks:
            rule = problem.clauses[clause]
            roster = self.rosters.get((clause, side, -1))
            if not isinstance(rule, Gap) or rule.per_crew or roster is None or ("clause", clause) in self.ignored:
                continue
            days = problem.clause_days[clause]
            for other, (first, last, _) in roster.entries.items():
                one, after = ((first, last), start) if side == 0 else ((start, end), first)
                day = problem.days.of(after)
                if (days is not None and day not in days) or (rule.per_day and problem.days.of(one[0]) != day):
                    continue
                if other not in hosts and other != item.index and one[0] <= after < one[1] + rule.gap_ms:
                    return True
        return False

    # the bookkeeping

    def _apply(self, item: Item, tick: int, crew: Crew, come: bool) -> None:
        problem, index, form = self.problem, item.index, item.form
        self.at[index] = tick
        self.crew[index] = crew
        self.on[index] = come
        start = problem.start_of(item, tick)
        end = start + form.length_ms
        self._people(item, tick, crew, come)
        for meter, a, b, amount in form.demands:
            self.meters[meter].take(tick + a, tick + b, amount if come else -amount, item.soft)
        for stock, a, amount in form.takes:
            (self.stores[stock].take if come else self.stores[stock].give_back)(tick + a, amount)
        for clause, side in form.enrols:
            per_crew, people = problem.clauses[clause].per_crew, problem.clause_people[clause]
            for person in crew if per_crew else (-1,):
                if per_crew and people is not None and person not in people:
                    continue
                roster = self.rosters[clause, side, person]
                if come:
                    roster.add(index, start, end, item.soft)
                else:
                    roster.remove(index)
        if form.limits:
            for limit, person, day, amount in self.charges(item, tick, crew):
                self.tally(limit, person).charge(day, amount if come else -amount)
        if item.exp >= 0:
            self._experiment(problem.works[item.exp], item, come)

    def _people(self, item: Item, tick: int, crew: Crew, come: bool) -> None:
        session = item.form.session
        if session is None:
            host = (item.duty, crew[0])
            if come:
                start = self.problem.start_of(item, tick)
                self.instances[host][item.index] = (start, start + item.form.length_ms)
            else:
                del self.instances[host][item.index]
        elif session.relative is not None:
            first = next(place for place, part in enumerate(item.form.parts) if part.number == 1)
            self._tie((session.relative.duty, crew[first]), item, come)
        if session is not None and session.inside is not None:
            held = span(tick, tick + item.length)
            for person in crew:
                self.guests[person] ^= held
                self._tie((session.inside, person), item, come)
            return
        busy = self.soft_busy if item.soft else self.firm_busy
        for part, person in zip(item.form.parts, crew, strict=True):
            for a, b in part.ranges:
                # fixed duties may touch within one tick, so they are counted in by `or` and never dropped
                if item.fixed:
                    busy[person] |= span(tick + a, tick + b)
                else:
                    busy[person] ^= span(tick + a, tick + b)
            self._rooms[person].clear()

    def _tie(self, host: Host, item: Item, come: bool) -> None:
        (self.tied[host].add if come else self.tied[host].discard)(item.index)

    def _experiment(self, work: Work, item: Item, come: bool) -> None:
        planned = self.planned[work.index]
        (planned.add if come else planned.discard)(item.index)
        if work.model.same_people:
            for part, person in zip(item.form.parts, self.crew[item.index], strict=True):
                held = self.bound[work.index][part.number]
                (held.append if come else held.remove)(person)
        old = self.spans[work.index]
        new = None
        if planned:
            new = min(self.at[i] for i in planned), max(self.at[i] + self.problem.items[i].length for i in planned)
        self.spans[work.index] = new
        if old == new or not (work.holds or work.stocks):
            return
        for held_span, sign in ((old, -1), (new, 1)):
            if held_span is None:
                continue
            for meter, amount in work.holds:
                self.meters[meter].take(*held_span, sign * amount, False)
            for stock, amount in work.stocks:
                (self.stores[stock].take if sign > 0 else self.stores[stock].give_back)(held_span[0], amount)
