"""Rig calls: names, units, ranges, limits."""

import pytest

from payload.errors import PayloadError
from payload.model import Quantity, Rig, RigCall
from payload.rigs import CallRefused
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.stations.calls import _mask, _words, limits_of, translate

HOUR = 3_600_000


def degrees(amount):
    return Quantity(amount, "temperature")


def rig(kind, **limits):
    return Rig("rig-1", kind, "twin:", limits)


def wire_of(kind, call, length_ms=None, **arguments):
    telecommand = translate(rig(kind), RigCall("rig-1", call, arguments), length_ms)
    return telecommand.command.opcode, telecommand.arguments


def refusal(kind, call, length_ms=None, limits=None, **arguments):
    with pytest.raises(CallRefused) as caught:
        translate(rig(kind, **(limits or {})), RigCall("rig-1", call, arguments), length_ms)
    return str(caught.value)


def test_calls_become_telecommands():
    assert wire_of("incubator", "heat", HOUR, target=degrees(24_000)) == (16, (24_000, HOUR))
    assert wire_of("incubator", "heat", HOUR, target="37.5 degC", duration="90 min") == (16, (37_500, 90 * 60_000))
    assert wire_of("incubator", "read", channel="heater") == (5, (1,))
    assert wire_of("incubator", "limit", channel="temperature", low="4 degC", high=degrees(40_000)) == (
        6,
        (0, 4_000, 40_000),
    )
    assert wire_of("incubator", "off") == (17, ())
    assert wire_of("fluid-loop", "profile", HOUR, rate=20) == (16, (20, HOUR))
    assert wire_of("fluid-loop", "profile", HOUR, rate=Quantity(20, "count")) == (16, (20, HOUR))
    assert wire_of("fluid-loop", "profile", HOUR, rate="20 ml/min") == (16, (20, HOUR))
    assert wire_of("fluid-loop", "limit", channel="flow", low=0, high=50) == (6, (0, 0, 50_000))
    assert wire_of("camera", "capture", HOUR, frames=12) == (16, (12, HOUR))
    assert wire_of("camera", "capture", HOUR, frames=12, interval="1 min") == (16, (12, 12 * 60_000))


def test_outputs_and_words_of_an_enum_are_called_by_their_names():
    assert wire_of("power-switch", "on", outlet="fan") == (16, (2,))
    assert wire_of("power-switch", "read", channel="current") == (5, (1,))
    assert refusal("power-switch", "on", outlet="fans") == (
        "rig rig-1: on: outlet: expected one of lamp, pump, fan, heater, not 'fans'"
    )
    assert refusal("power-switch", "on", outlet=2) == (
        "rig rig-1: on: outlet: expected one of lamp, pump, fan, heater, not 2"
    )
    assert refusal("power-switch", "on") == (
        "rig rig-1: on: the argument outlet is missing; it takes lamp, pump, fan, heater"
    )


def test_several_outputs_are_a_list_of_names_or_all():
    kind = KINDS["power-switch"]
    outputs = kind.by_name["prepare"].arguments[0]
    words = _words(kind, outputs)
    assert [_mask(words, text) for text in ("lamp", "fan, lamp", "heater lamp heater", "all")] == [1, 5, 9, 15]
    for wrong in ("", "lamp fans", 5, True):
        with pytest.raises(ValueError, match="expected outputs of lamp, pump, fan, heater, or all, not "):
            _mask(words, wrong)


def test_arming_is_not_a_procedures_business():
    for call in ("prepare", "arm"):
        assert refusal("incubator", call) == (f"rig rig-1: {call}: arming is the run's own business, not a procedure's")


def test_what_must_not_be_sent_says_why():
    assert refusal("incubator", "heet", HOUR) == (
        "rig rig-1: heet: kind incubator has no such call; did you mean heat?"
    )
    assert refusal("camera", "xyz") == (
        "rig rig-1: xyz: kind camera has no such call; it has prepare, arm, disarm, safe, read, limit, cancel, "
        "capture, stop, erase"
    )
    assert refusal("incubator", "heat", HOUR) == (
        "rig rig-1: heat: the argument target is missing; it takes 4 degC to 45 degC"
    )
    assert refusal("incubator", "heat", target="24 degC") == (
        "rig rig-1: heat: the argument duration is missing; it takes 1 s to 168 h"
    )
    assert refusal("incubator", "heat", HOUR, target="60 degC") == (
        "rig rig-1: heat: target: 60 degC is out of range; allowed are 4 degC to 45 degC"
    )
    assert refusal("incubator", "heat", HOUR, target=24) == (
        "rig rig-1: heat: target: expected degC, at most to the thousandth, written as '24 degC', not a plain number"
    )
    assert refusal("incubator", "heat", HOUR, target=Quantity(5, "power")) == (
        "rig rig-1: heat: target: expected degC, at most to the thousandth, not a quantity of power"
    )
    assert refusal("incubator", "heat", HOUR, target="24 degC", rate=3) == (
        "rig rig-1: heat: there is no argument rate; it takes target, duration"
    )
    assert refusal("incubator", "off", speed=1) == "rig rig-1: off: there is no argument speed; it takes no arguments"
    assert refusal("fluid-loop", "profile", 500, rate=20) == (
        "rig rig-1: profile: duration: 500 ms is out of range; allowed are 1 s to 168 h"
    )
    assert refusal("fluid-loop", "profile", HOUR, rate=2.5) == (
        "rig rig-1: profile: rate: expected a whole number of ml/min, not 2.5"
    )
    assert refusal("incubator", "read", channel="humidity") == (
        "rig rig-1: read: channel: expected a channel (temperature, heater), not 'humidity'"
    )
    assert refusal("camera", "capture", frames=5, interval="1 min", duration="5 min") == (
        "rig rig-1: capture: give interval or duration, not both"
    )
    assert refusal("toaster", "heat") == (
        "rig rig-1: kind: there is no rig kind 'toaster'; known kinds: incubator, fluid-loop, camera, "
        "power-switch, recorder, bench-supply, temperature-controller"
    )


def test_the_missions_limits_hold_for_what_drives_a_channel():
    limits = {"temperature": (degrees(10_000), degrees(30_000))}
    assert refusal("incubator", "heat", HOUR, limits, target="37 degC") == (
        "rig rig-1: heat: target: 37 degC is outside the mission's limits of temperature, 10 degC to 30 degC"
    )
    assert refusal("fluid-loop", "profile", HOUR, {"flow": (Quantity(0, "count"), Quantity(50, "count"))}, rate=51) == (
        "rig rig-1: profile: rate: 51 ml/min is outside the mission's limits of flow, 0 ml/min to 50 ml/min"
    )
    assert refusal("incubator", "limit", None, limits, channel="temperature", low="5 degC", high="20 degC") == (
        "rig rig-1: limit: low: 5 degC is outside the mission's limits of temperature, 10 degC to 30 degC"
    )


def test_limits_are_the_missions_within_the_dictionarys():
    wide = rig("incubator", temperature=(degrees(-90_000), degrees(30_000)))
    assert limits_of(wide) == {"temperature": (-5_000, 30_000), "heater": (-1_000, 1_000)}
    with pytest.raises(CallRefused, match="no channel humidity; it has temperature, heater"):
        limits_of(rig("incubator", humidity=(degrees(0), degrees(1))))
    with pytest.raises(CallRefused, match="nothing is left of -5 degC to 50 degC, which the rig allows"):
        limits_of(rig("incubator", temperature=(degrees(60_000), degrees(70_000))))


def test_a_refusal_is_of_the_family_and_carries_its_facts():
    with pytest.raises(CallRefused) as caught:
        translate(rig("incubator"), RigCall("rig-1", "heat", {"target": "99 degC"}), HOUR)
    error = caught.value
    assert isinstance(error, PayloadError)
    assert isinstance(error, ValueError)
    assert (error.rig, error.call, error.argument) == ("rig-1", "heat", "target")
