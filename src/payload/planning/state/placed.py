"""The placed activities and all that they occupy: changed by `put` and `drop`, undone by `back_to`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from payload.model import Gap
from payload.planning.bits import room, span
from payload.planning.facts import idle
from payload.planning.problem import Form, Item, Problem, Range, Work
from payload.planning.state.amounts import Booked, Spending
from payload.planning.state.buffers import Level
from payload.planning.state.clauses import Roster
from payload.planning.state.stores import Meter, Store
from payload.planning.state.tallies import Stretch, Tally

Crew = tuple[int, ...]  # one person's number per part
Host = tuple[str, int]  # a duty and a person
Wishes = dict[int, tuple[int, Crew]]  # of items: the tick and the people to be tried first
Key = tuple[int, int, bool, int]  # what a mask of a person's is for
#: of so many of a person's last states the masks are kept
MOST_STAMPS = 6


class State:
    """A partial plan. It never judges: who puts asks `options` first, and `broken` where that is not enough."""

    def __init__(self, problem: Problem) -> None:
        count = len(problem.items)
        self.problem = problem
        self.at: list[int] = [-1] * count
        self.on: list[bool] = [False] * count
        self.crew: list[Crew] = [()] * count
        #: the shape in which each item stands, or stood last: its own form unless a wait is stretched
        self.form: list[Form] = [item.form for item in problem.items]
        self.firm_busy = [0] * len(problem.people)
        self.soft_busy = [0] * len(problem.people)
        self.guests = [0] * len(problem.people)
        self.meters = [Meter(problem, supply) for supply in problem.supplies]
        self.stores = [Store(problem, consumable) for consumable in problem.consumables]
        ticks = problem.origin, problem.tick_ms, problem.ticks
        drained = zip(problem.buffers, problem.drains, strict=True)
        self.levels = [Level(buffer, drains, ticks) for buffer, drains in drained]
        self.spending = Spending(problem) if problem.amounts else None
        #: reservations of a plan to keep that stand elsewhere, with others, or not at all
        self.changed = sum(count for _, _, count in problem.kept.values())
        #: per experiment, what it holds and counts under limits of amounts
        self.held: dict[int, list[Booked]] = {}
        #: crew time planned for each sponsor with a share, ms
        self.given = [0] * len(problem.sponsors)
        self.rosters: dict[tuple[int, int, int], Roster] = defaultdict(Roster)
        self.tallies: dict[tuple[int, int], Tally] = {}
        self.instances: dict[Host, dict[int, tuple[int, int]]] = defaultdict(dict)
        self.tied: dict[Host, set[int]] = defaultdict(set)
        self.planned: list[set[int]] = [set() for _ in problem.works]
        self.spans: list[tuple[int, int] | None] = [None] * len(problem.works)
        self.bound: list[dict[int, list[int]]] = [defaultdict(list) for _ in problem.works]
        #: constraints to look past, to find out which of them clash: ("clause" | "limit" |
        #: "amount" | "meter" | "buffer", number)
        self.ignored: set[tuple[str, int]] = set()
        #: per soft clause and person, what its rosters broke when their stamps were these (`breaches` keeps it here)
        self.broken_by: dict[tuple[int, int], tuple[tuple[int, ...], Any]] = {}
        #: for a construction that follows another answer
        self.wishes: Wishes = {}
        self._trail: list[tuple[int, bool, int, Crew, Form, tuple[int, ...]]] = []
        self._in_day: dict[tuple[int, int], list[int]] = {}
        self._stretches: dict[tuple[Range, ...], Stretch] = {}
        # what is known of a person holds for one stamp: each change has a new one, what is undone its old one again
        self._stamps = [0] * len(problem.people)
        self._changes = 0
        self.alive: dict[int, int] = {}
        self._known: list[dict[int, dict[Key, int]]] = [{} for _ in problem.people]

    # changing

    def put(self, item: Item, tick: int, crew: Crew, form: Form | None = None) -> None:
        """Places an item, in a shape other than its own where a `form` is given. A fact that stands is left alone."""
        if item.fact is not None and self.on[item.index]:
            return
        shape = form or item.form
        self._trail.append((item.index, True, tick, crew, shape, self._stamped(crew)))
        self._apply(item, tick, crew, shape, True)

    def drop(self, item: Item) -> None:
        """Takes an item out; a fact stays."""
        if item.fact is not None:
            return
        tick, crew, form = self.at[item.index], self.crew[item.index], self.form[item.index]
        self._trail.append((item.index, False, tick, crew, form, self._stamped(crew)))
        self._apply(item, tick, crew, form, False)

    def mark(self) -> int:
        """Where `back_to` can return to."""
        return len(self._trail)

    def back_to(self, mark: int) -> None:
        while len(self._trail) > mark:
            index, was_put, tick, crew, form, stamps = self._trail.pop()
            self._apply(self.problem.items[index], tick, crew, form, not was_put)
            for person, stamp in zip(crew, stamps, strict=True):
                self._stamps[person] = stamp

    def _stamped(self, crew: Crew) -> tuple[int, ...]:
        """Gives these people new stamps, and returns their old ones."""
        stamps = tuple(self._stamps[person] for person in crew)
        for person in crew:
            self._changes += 1
            self._stamps[person] = self._changes
        return stamps

    @property
    def effort(self) -> int:
        """How many times anybody's day has been changed: work done, the same on any machine."""
        return self._changes

    def known(self, person: int) -> dict[Key, int]:
        """Masks that follow from what this person does alone, as long as it is this."""
        mine, stamp = self._known[person], self._stamps[person]
        found = mine.pop(stamp, None)
        if found is None:
            found = {}
            if len(mine) >= MOST_STAMPS:
                del mine[next(iter(mine))]  # the one not asked for longest
        mine[stamp] = found
        return found

    def forget(self) -> None:
        """Makes what stands final: no mark taken before may be used any more."""
        self._trail.clear()

    # reading

    def start_ms(self, item: Item) -> int:
        return self.problem.start_of(item, self.at[item.index])

    def end_ms(self, item: Item) -> int:
        return self.start_ms(item) + self.form[item.index].length_ms

    def length(self, item: Item) -> int:
        """How many ticks the item takes in the shape in which it stands."""
        return self.form[item.index].length

    def people(self, item: Item) -> Crew:
        return self.crew[item.index]

    def free_for(self, person: int, length: int, firm: bool) -> int:
        """The ticks from which a person is free for `length` ticks; `firm` looks past movable duties."""
        known = self.known(person)
        key = (length, -1, firm, 0)
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

    def stretch(self, times: tuple[Range, ...]) -> Stretch:
        """What the limits ask of these stretches of crewed time."""
        if times not in self._stretches:
            self._stretches[times] = Stretch(self.problem, times)
        return self._stretches[times]

    def tally(self, limit: int, person: int) -> Tally:
        """Crewed ms so far under a limit, per local day (one entry where it does not count per day)."""
        key = (limit, person)
        if key not in self.tallies:
            days = len(self.problem.days.starts) if self.problem.limits[limit].per_day else 1
            self.tallies[key] = Tally(days)
        return self.tallies[key]

    def charges(self, item: Item, tick: int, crew: Crew) -> Iterator[tuple[int, int, int, int]]:
        """(limit, person or -1, day or 0, ms) that the activity counts under its limits, in the shape it stands in."""
        problem, start, form = self.problem, self.problem.start_of(item, tick), self.form[item.index]
        for limit in form.limits:
            rule, days, people = problem.limits[limit], problem.limit_days[limit], problem.limit_people[limit]
            for part, person in zip(form.parts, crew, strict=True):
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

    def bookings(self, item: Item) -> list[Booked]:
        """What the activity counts under limits of amounts, as it stands; with what its experiment holds."""
        if self.spending is None:
            return []
        booked = list(self.spending.bookings(self.form[item.index], self.start_ms(item), self.crew[item.index]))
        if item.exp >= 0:
            booked += self._of_holds(self.problem.works[item.exp])
        return booked

    def _of_holds(self, work: Work) -> list[Booked]:
        planned = self.planned[work.index]
        if not planned or self.spending is None:
            return []
        first = min(planned, key=lambda index: (self.at[index], self.problem.items[index].id))
        return list(self.spending.of_holds(work, self.form[first], self.start_ms(self.problem.items[first])))

    def broken(self, item: Item) -> bool:
        """Whether a session just put breaks what masks only foresee: limits over midnight, and what is held."""
        problem, form = self.problem, self.form[item.index]
        for limit, person, day, _ in self.charges(item, self.at[item.index], self.crew[item.index]):
            if self.tally(limit, person)[day] > problem.limits[limit].limit_ms and ("limit", limit) not in self.ignored:
                return True
        if self.spending is not None and self.spending.over(self.bookings(item), self.ignored):
            return True
        if item.exp < 0:
            return False
        if any(self.levels[number].over() and ("buffer", number) not in self.ignored for number, _, _, _ in form.flows):
            return True
        if form.session is not None and form.session.inside is not None and self._too_near(item):
            return True
        work, tick = problem.works[item.exp], self.at[item.index]
        held = self.spans[item.exp]
        assert held is not None
        asked = [(meter, *held) for meter, _ in work.holds]
        asked += [(meter, tick + a, tick + b) for meter, a, b, _ in form.demands]
        if any(self.meters[meter].over(a, b) >= 0 for meter, a, b in asked if ("meter", meter) not in self.ignored):
            return True
        return any(self.stores[stock].short() for stock, _ in work.stocks) or any(
            self.stores[stock].short() for stock, _, _ in form.takes
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

    def _apply(self, item: Item, tick: int, crew: Crew, form: Form, come: bool) -> None:
        problem, index = self.problem, item.index
        self.at[index] = tick
        self.crew[index] = crew
        self.form[index] = form
        self.on[index] = come
        start = problem.start_of(item, tick)
        end = start + form.length_ms
        self._people(item, tick, crew, form, come)
        for meter, a, b, amount in form.demands:
            self.meters[meter].take(tick + a, tick + b, amount if come else -amount, item.soft)
        for stock, a, amount in form.takes:
            (self.stores[stock].take if come else self.stores[stock].give_back)(tick + a, amount)
        for number, first, last, amount in form.flows:
            (self.levels[number].add if come else self.levels[number].remove)(start + first, start + last, amount)
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
        if form.charges and self.spending is not None:
            self.spending.book(self.spending.bookings(form, start, crew), 1 if come else -1)
        if item.exp >= 0:
            self._experiment(problem.works[item.exp], item, come)
        if problem.kept and (kept := problem.kept.get(index)) is not None and kept[:2] == (tick, crew):
            self.changed -= kept[2] if come else -kept[2]

    def _people(self, item: Item, tick: int, crew: Crew, form: Form, come: bool) -> None:
        session = form.session
        if session is None:
            start = self.problem.start_of(item, tick)
            for person in crew:
                if come:
                    self.instances[item.duty, person][item.index] = (start, start + form.length_ms)
                else:
                    del self.instances[item.duty, person][item.index]
        elif (session.relative is not None or form.covers) and item.fixed is None:
            first = next(place for place, part in enumerate(form.parts) if part.number == 1)
            if session.relative is not None:
                self._tie((session.relative.duty, crew[first]), item, come)
            for duty, _, _ in form.covers:
                self._tie((duty, crew[first]), item, come)
        if session is not None and session.inside is not None:
            held = span(tick, tick + form.length)
            for person in crew:
                if item.fixed is not None:  # a fact, which no duty has to keep
                    self.guests[person] |= held
                    continue
                self.guests[person] ^= held
                self._tie((session.inside, person), item, come)
            return
        busy = self.soft_busy if item.soft else self.firm_busy
        for part, person in zip(form.parts, crew, strict=True):
            for a, b in part.ranges:
                # fixed duties and facts may touch within one tick, so they are counted in by `or` and never dropped
                if item.fixed:
                    busy[person] |= span(tick + a, tick + b)
                else:
                    busy[person] ^= span(tick + a, tick + b)

    def _tie(self, host: Host, item: Item, come: bool) -> None:
        (self.tied[host].add if come else self.tied[host].discard)(item.index)

    def _experiment(self, work: Work, item: Item, come: bool) -> None:
        planned = self.planned[work.index]
        (planned.add if come else planned.discard)(item.index)
        if work.model.same_people:
            for part, person in zip(self.form[item.index].parts, self.crew[item.index], strict=True):
                held = self.bound[work.index][part.number]
                (held.append if come else held.remove)(person)
        if self.given and (sponsor := self.problem.sponsor_of[work.index]) >= 0 and not idle(item.fact):
            time_ms = self.form[item.index].crew_ms
            self.given[sponsor] += time_ms if come else -time_ms
        old = self.spans[work.index]
        new = None
        if planned:
            new = min(self.at[i] for i in planned), max(self.at[i] + self.form[i].length for i in planned)
        self.spans[work.index] = new
        if work.charges and self.spending is not None:
            self.spending.book(self.held.pop(work.index, []), -1)
            self.held[work.index] = self._of_holds(work)
            self.spending.book(self.held[work.index], 1)
        if old == new or not (work.holds or work.stocks):
            return
        for held_span, sign in ((old, -1), (new, 1)):
            if held_span is None:
                continue
            for meter, amount in work.holds:
                self.meters[meter].take(*held_span, sign * amount, False)
            for stock, amount in work.stocks:
                (self.stores[stock].take if sign > 0 else self.stores[stock].give_back)(held_span[0], amount)
