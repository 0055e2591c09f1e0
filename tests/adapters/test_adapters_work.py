"""An instrument as a rig: arming, lease, limits, long commands and losses, in virtual time."""

from collections import Counter
from random import Random

from adapters_builders import MS, Lab
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.model import Quantity
from payload.rigs.adapters.simulated import SimulatedSupply, Whims
from payload.rigs.link.events import ENDS

SUPPLY, CONTROLLER = "bench-supply", "temperature-controller"


def test_a_long_command_ends_by_the_stations_clock_and_leaves_the_outputs_safe():
    lab = Lab(CONTROLLER).begin()
    lab.send("hold", 30_000, 600_000)
    lab.run(599_000)
    assert lab.instrument.running == 1
    lab.run(2_000)
    assert lab.story("hold") == [
        (stage, None) for stage in ("RELEASED", "ACCEPTED", "STARTED", *["PROGRESS"] * 9, "DONE")
    ]
    assert lab.last("hold").facts == {"progress": 100, "value": 30_000, "of": "temperature", "unit": "mdegC"}
    assert lab.instrument.running == 0
    assert lab.rig_story() == [], "it is ready for the next"


def test_a_run_at_sixty_times_real_time_holds_for_a_sixtieth():
    lab = Lab(CONTROLLER, speed_milli=60_000).begin()
    lab.send("hold", 30_000, 600_000)
    lab.run(10_500)
    assert lab.last("hold").stage == "DONE"


def test_without_a_heartbeat_for_three_seconds_the_outputs_are_safe():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 600_000)
    lab.run(2_900, beat=False)
    assert lab.instrument.on
    lab.run(200, beat=False)
    assert not lab.instrument.on
    assert (lab.last("power").stage, lab.last("power").code) == ("FAILED", "LEASE")
    assert lab.rig_story() == [("SAFE", "LEASE")]
    lab.run(100)
    lab.send("output-on")
    lab.run(100)
    assert lab.story("output-on") == [("RELEASED", None), ("REJECTED", "SAFE_MODE")], "it stays so until it is armed"
    lab.send("arm")
    lab.send("output-on", token="again")
    lab.run(100)
    assert lab.last("again").stage == "DONE"
    assert lab.instrument.on


def test_an_abort_is_obeyed_before_what_was_asked_for_earlier():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 600_000)
    lab.run(1_000)
    lab.send("output-on", token="before")
    lab.work.abort()
    lab.send("arm")
    lab.send("output-on", token="after")
    lab.run(200)
    assert lab.story("before")[1:] == [("CANCELLED", "ABORT")]
    assert lab.story("power")[-1] == ("FAILED", "ABORT")
    assert lab.story("after")[-1] == ("DONE", None)
    assert lab.rig_story() == [("SAFE", "ABORT")]


def test_a_channel_outside_the_missions_limits_makes_it_safe():
    lab = Lab(SUPPLY, limits={"current": (Quantity(0, "count"), Quantity(200, "count"))}).begin()
    lab.send("power", 1_000, 1_000, 600_000)
    lab.run(2_000)
    assert lab.instrument.on
    lab.instrument.ohms = 2
    lab.run(1_500)
    assert not lab.instrument.on
    assert (lab.story("power")[-1], lab.rig_story()) == (("FAILED", "LIMIT"), [("SAFE", "LIMIT")])


def test_one_long_command_at_a_time_and_a_stop_cancels_it():
    lab = Lab(CONTROLLER).begin()
    lab.send("hold", 30_000, 600_000)
    lab.run(1_000)
    lab.send("hold", 40_000, 600_000, token="second")
    lab.send("read", 0)
    lab.send("stop")
    lab.run(1_000)
    assert lab.story("second")[-1] == ("REJECTED", "BUSY")
    assert lab.last("read").facts["of"] == "temperature"
    assert lab.story("hold")[-1] == ("CANCELLED", "STOPPED")
    assert lab.story("stop")[-1] == ("DONE", None)
    lab.send("hold", 30_000, 600_000, token="third")
    lab.run(1_000)
    lab.send("cancel")
    lab.run(1_000)
    assert lab.story("third")[-1] == ("CANCELLED", "STOPPED")
    assert lab.instrument.running == 0


def test_samples_come_each_second_with_their_numbers():
    lab = Lab(SUPPLY).begin()
    lab.run(5_500)
    seen = [r.facts for r in lab.reports if r.stage == "TELEMETRY" and r.facts["channel"] == "voltage"]
    assert [(f["seq"], f["lost"], f["interval_ms"], f["unit"]) for f in seen] == [(n, 0, 1_000, "mV") for n in range(6)]


def test_a_line_that_comes_back_with_its_settings_goes_on_with_its_step():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 60_000)
    lab.run(5_000)
    lab.pipe.cut = True
    lab.run(3_000)
    lab.pipe.cut = False
    lab.run(5_000)
    assert lab.rig_story() == [("LINK_UP", False)]
    assert lab.instrument.on
    lab.run(50_000)
    assert lab.story("power")[-1] == ("DONE", None)


def test_an_instrument_that_was_off_meanwhile_is_made_safe_and_its_step_fails():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 60_000)
    lab.run(5_000)
    lab.pipe.cut = True
    lab.run(1_000)
    lab.simulated.reset(lab.clock.now)
    lab.pipe.cut = False
    lab.run(5_000)
    assert lab.rig_story() == [("SAFE", "LINK"), ("LINK_UP", True)]
    assert lab.story("power")[-1] == ("FAILED", "LINK")


def test_a_line_that_stays_away_is_given_up_once():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 60_000)
    lab.run(5_000)
    lab.pipe.cut = True
    lab.run(30_000)
    assert lab.story("power")[-1] == ("INDETERMINATE", "LINK_DOWN")
    assert [stage for stage, _ in lab.rig_story()] == ["LINK_DOWN"]
    lab.send("output-off")
    assert lab.story("output-off") == [("RELEASED", None), ("FAILED", "LINK_DOWN")]


def test_the_end_of_a_run_leaves_it_safe():
    lab = Lab(SUPPLY).begin()
    lab.send("power", 5_000, 1_000, 60_000)
    lab.run(1_000)
    lab.work.part()
    lab.run(100)
    assert (lab.work.safe_at_last, lab.instrument.on) == (True, False)
    assert lab.rig_story() == [("SAFE", "COMMAND")]


def test_what_may_or_may_not_have_been_done_makes_the_rig_safe():
    class Deaf(SimulatedSupply):
        deaf = False

        def hear(self, data, now):
            if self.deaf and b"OUTP ON" in data:
                self.deaf = False
                super().hear(data, now)
                return []
            return super().hear(data, now)

    lab = Lab(SUPPLY, make=Deaf)
    lab.work.adapter._switch = lambda on: lab.work.adapter.set(f"OUTP {'ON' if on else 'OFF'}", repeat=not on)
    lab.begin()
    lab.instrument.deaf = True
    lab.send("output-on")
    lab.run(10_000)
    assert lab.story("output-on") == [("RELEASED", None), ("ACCEPTED", None), ("INDETERMINATE", "UNCERTAIN")]
    assert (lab.rig_story(), lab.instrument.on) == ([("SAFE", "UNCERTAIN")], False)


def test_a_lease_that_ends_while_an_answer_is_waited_for_is_not_missed():
    """The instrument goes deaf to all but orders: the output is off 3 s after the last heartbeat, and the 0.1 s that
    the wait looks away."""

    class Gagged(SimulatedSupply):
        gagged, off_at = False, None

        def hear(self, data, now):
            replies = super().hear(data, now)
            if not self.on and self.off_at is None:
                self.off_at = now
            return [] if self.gagged else replies

    lab = Lab(SUPPLY, make=Gagged).begin()
    lab.send("power", 5_000, 1_000, 600_000)
    lab.run(100, beat=False)
    lab.instrument.gagged, lab.instrument.off_at = True, None
    beat_at = lab.work._beat_at
    lab.run(8_000, beat=False)
    assert 3_000 * MS <= lab.instrument.off_at - beat_at <= 3_200 * MS


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([SUPPLY, CONTROLLER]))
def test_every_command_ends_once_and_the_end_is_safe_whatever_the_line_does(seed, kind):
    rng = Random(seed)
    whims = Whims(late=0.03, twice=0.03, split=0.2, never=0.02, late_ms=(100, 4_000))
    lab = Lab(kind, whims=whims, seed=seed)
    while not lab.work.ready and not lab.work.dead:
        lab.clock.advance(lab.work.turn())
    calls = {
        SUPPLY: [("set-voltage", 5_000), ("output-on",), ("output-off",), ("power", 5_000, 500, 8_000), ("arm",)],
        CONTROLLER: [("set-point", 30_000), ("run",), ("stop",), ("hold", 30_000, 8_000), ("arm",)],
    }[kind]
    for number in range(40):
        match rng.randrange(12):
            case 0:
                lab.work.abort()
            case 1:
                lab.pipe.cut = not lab.pipe.cut
            case 2:
                lab.simulated.reset(lab.clock.now)
            case _:
                name, *arguments = rng.choice(calls)
                lab.send(name, *arguments, token=f"{number}")
        lab.run(rng.randrange(3_000), beat=rng.random() < 0.9)
    lab.pipe.cut = False
    lab.work.part()
    for _ in range(2_000):
        lab.clock.advance(lab.work.turn())
        if lab.work.safe_at_last:
            break
    lab.work.end()
    released = [r.token for r in lab.reports if r.stage == "RELEASED"]
    ends = Counter(r.token for r in lab.reports if r.stage in ENDS)
    assert ends == Counter(released)
    if not lab.work.error:
        assert not (lab.instrument.on if kind == SUPPLY else lab.instrument.running)
