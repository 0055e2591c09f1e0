"""Queries to instruments whose replies come late, twice, in pieces or never: is any answer taken for another's?

    python bench/bench_adapters.py --queries 100000

In virtual time, against simulated instruments that answer every question with a number that no other answer has. An
answer is misattributed when its number was not made for the question that got it. Beside each policy stands what a
plain driver does: it empties its buffer, asks, and takes the first whole reply within its time-out.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from random import Random

import pytest

from payload.errors import PortError
from payload.rigs.adapters import Site
from payload.rigs.adapters.conversation import Conversation, Patience
from payload.rigs.adapters.dialogue import Dialogue, NoAnswer
from payload.rigs.adapters.frames import Fence, Frames, Read, Span
from payload.rigs.adapters.lines import Line, Lines, Trust
from payload.rigs.adapters.simulated import Simulated, VirtualClock, VirtualPipe, Whims
from payload.rigs.adapters.simulated.controller import SimulatedController
from payload.rigs.adapters.simulated.supply import SimulatedSupply

LATE = Whims(late=0.02, twice=0.02, split=0.2, late_ms=(300, 6_000))
"""Late ones come up to 6 s after their time-out of 0.5 s: most within the quarantine, many after it."""
LOSSY = Whims(late=0.02, twice=0.02, split=0.2, never=0.01, late_ms=(300, 6_000))
PATIENCE = Patience(answer_ms=500, slowest_ms=1_500, quiet_ms=50)


class CountingSupply(SimulatedSupply):
    """Measures the number of the measurement."""

    made = 0

    def measure(self, what: str) -> str:
        self.made += 1
        return f"{self.made:+.6E}" if what == "VOLT" else f"{-self.made:+.6E}"


class SimpleSupply(CountingSupply):
    compound = False


class CountingController(SimulatedController):
    """Each register holds the number of the read."""

    made = 0

    def registers(self) -> list[int]:
        self.made += 1
        return [self.made & 0xFFFF] * 8


class OldController(CountingController):
    loopback = False


@dataclass
class Result:
    """`unanswered`: no answer that could be believed, and the line was brought back in step. `virtual_s`: how long it
    took on the wire."""

    name: str
    asked: int = 0
    answered: int = 0
    unanswered: int = 0
    mute: int = 0
    misattributed: int = 0
    strays: int = 0
    quarantines: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    replies: dict[str, int] = field(default_factory=dict)


def _line_query(number: int) -> Line:
    return Line("MEAS:VOLT?" if number % 2 else "MEAS:CURR?")


def _line_right(answer: str, number: int, made: int) -> bool:
    try:
        value = float(answer)
    except ValueError:  # half a line, which a plain driver takes for a whole one
        return False
    return abs(value) == made and (value > 0) == bool(number % 2)


_SPAN = Span(0, 8)


def _frame_query(number: int) -> Read:
    return Read(number % 8, 1, _SPAN)


def _frame_right(answer: tuple[int, ...], number: int, made: int) -> bool:
    return answer == (made & 0xFFFF,)


FAMILIES = {
    "scpi tagged": (CountingSupply, lambda rng, number: Lines(Trust.TAGGED, number=number), _line_query, _line_right),
    "scpi fenced": (SimpleSupply, lambda rng, number: Lines(Trust.FENCED, number=number), _line_query, _line_right),
    "modbus loopback": (
        CountingController,
        lambda rng, number: Frames(1, Fence.LOOPBACK, _SPAN, rng),
        _frame_query,
        _frame_right,
    ),
    "modbus read": (OldController, lambda rng, number: Frames(1, Fence.READ, _SPAN, rng), _frame_query, _frame_right),
}


def campaign(family: str, queries: int, whims: Whims, seed: int = 1) -> Result:
    """So many questions, one after the other, 1 ms to 20 ms apart."""
    make, dialect, query, right = FAMILIES[family]
    rng = Random(seed)
    clock = VirtualClock()
    simulated = Simulated(make, whims, Random(seed + 1))
    instrument = simulated.instrument
    pipe = VirtualPipe(simulated, clock)
    result = Result(family)
    started = time.process_time()

    def begin() -> Dialogue:
        site = Site("bench", "virtual", "-", clock=clock)
        spoken = dialect(rng, number)
        compose = spoken.compose

        def witnessed(query: object) -> bytes:
            """How many answers there were when the question left, which may be after a quarantine."""
            nonlocal made
            made = instrument.made
            return compose(query)

        spoken.compose = witnessed
        return Dialogue(site, pipe, Conversation(spoken, PATIENCE, clock()))

    number = made = 0
    dialogue = begin()
    tallies = [dialogue.conversation.tally]
    for turn in range(queries):
        clock.advance(clock.now + rng.randint(1_000_000, 20_000_000))
        result.asked += 1
        while not dialogue.in_step():
            result.mute += 1
            number = getattr(dialogue.conversation.dialect, "number", 0)
            dialogue = begin()
            tallies.append(dialogue.conversation.tally)
        try:
            answer = dialogue.exchange(query(turn))
        except NoAnswer:
            result.unanswered += 1
        except PortError:
            result.unanswered += 1
        else:
            result.answered += 1
            result.misattributed += not right(answer, turn, made + 1)
    result.strays = sum(tally.strays for tally in tallies)
    result.quarantines = sum(tally.quarantines for tally in tallies)
    result.virtual_s, result.cpu_s = clock.now / 1e9, time.process_time() - started
    result.replies = {name: getattr(simulated, name) for name in ("late", "twice", "split", "never")}
    return result


def naive(family: str, queries: int, whims: Whims, seed: int = 1) -> Result:
    """What a plain driver makes of the same: empties its buffer, asks, takes the first whole reply that fits."""
    make, _, query, right = FAMILIES[family]
    rng = Random(seed)
    clock = VirtualClock()
    simulated = Simulated(make, whims, Random(seed + 1))
    instrument = simulated.instrument
    pipe = VirtualPipe(simulated, clock)
    result = Result(family)
    frames = family.startswith("modbus")
    for number in range(queries):
        clock.advance(clock.now + rng.randint(1_000_000, 20_000_000))
        pipe.wait(clock.now)
        made = instrument.made
        until = clock.now + 500_000_000
        heard = b""
        asked = query(number)
        bare = Frames(1, Fence.NONE, Span(asked.address, 1), rng) if frames else Lines(Trust.PLAIN)
        pipe.write(bare.compose(asked))
        result.asked += 1
        while clock.now < until:
            heard = pipe.wait(until)
            answers = [each.value for each in bare.hear(heard) if hasattr(each, "value")] if heard else []
            if answers:
                result.answered += 1
                result.misattributed += not right(answers[0], number, made + 1)
                break
        else:
            result.unanswered += 1
    return result


@pytest.mark.benchmark(group="adapters: 100 questions in virtual time")
def test_questions_floor(benchmark) -> None:
    """The same instrument on the same wire, asked and answered without a question as to whose answer it is."""

    def floor() -> int:
        clock = VirtualClock()
        pipe = VirtualPipe(Simulated(CountingSupply, Whims(), Random(1)), clock)
        answered = 0
        for _ in range(100):
            pipe.write(b"MEAS:VOLT?\n")
            answered += pipe.wait(None).endswith(b"\n")
        return answered

    assert benchmark(floor) == 100


@pytest.mark.benchmark(group="adapters: 100 questions in virtual time")
@pytest.mark.parametrize("family", FAMILIES)
def test_questions(benchmark, family) -> None:
    assert benchmark(campaign, family, 100, Whims()).answered == 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--family", choices=FAMILIES)
    given = parser.parse_args()
    wrong = 0
    print(
        f"{'':<24}{'asked':>8}{'answered':>9}{'not':>7}{'strays':>8}{'quarant.':>9}{'wrong':>7}{'naive':>7}{'virtual':>10}{'cpu':>7}"
    )
    for title, whims in (("late, twice, split", LATE), ("and 1 % lost", LOSSY)):
        print(title)
        for family in [given.family] if given.family else FAMILIES:
            r = campaign(family, given.queries, whims, given.seed)
            n = naive(family, given.queries, whims, given.seed)
            wrong += r.misattributed if whims is LATE else 0
            print(
                f"  {family:<22}{r.asked:>8}{r.answered:>9}{r.unanswered:>7}{r.strays:>8}{r.quarantines:>9}"
                f"{r.misattributed:>7}{n.misattributed:>7}{r.virtual_s:>8.0f} s{r.cpu_s:>5.0f} s"
                f"  {r.replies} mute {r.mute}"
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
