"""The short list for adapters: ours pass, and those that break their word are found out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from adapters_builders import Lab

from payload.rigs.adapters import Argument, command, instrument
from payload.rigs.conform import Verdict, conform_adapter

KINDS = ("bench-supply", "temperature-controller")


def verdicts(adapter):
    return {finding.id: finding.verdict.value for finding in conform_adapter(adapter)}


@pytest.mark.parametrize("kind", KINDS)
def test_ours_conform(kind):
    lab = Lab(kind)
    findings = conform_adapter(lab.made(lab.site()))
    assert [finding for finding in findings if finding.verdict is not Verdict.PASS] == []


def _broken(lab, **members):
    return type("Broken", (lab.made,), members)(lab.site())


def _raise(*_):
    raise ZeroDivisionError("a third party's mistake")


@pytest.mark.parametrize(
    ("members", "failed"),
    [
        ({"open": _raise}, {"open"}),
        ({"read": lambda self, channel: 1.5}, {"read", "safe"}),
        ({"read": lambda self, channel: channel.high + 1}, {"read", "safe"}),
        ({"make_safe": _raise}, {"safe"}),
        ({"close": _raise}, {"close"}),
    ],
)
def test_a_broken_one_is_found_out(members, failed):
    found = verdicts(_broken(Lab("bench-supply"), **members))
    assert {name for name, verdict in found.items() if verdict == "fail"} == failed


def test_a_range_of_counts_is_tried_out_too():
    """The argument in the way is written as the mission would: it is the one out of range that is refused."""
    kind = instrument(
        "bench-supply",
        channels=Lab("bench-supply").made.kind.channels,
        commands=(command("pulse", Argument("pulses", "count", 1, 1_000_000), Argument("watts", "mW", 1, 5_000)),),
    )
    assert verdicts(_broken(Lab("bench-supply"), kind=kind))["refuse"] == "pass"


def test_a_kind_without_units_is_found_out():
    lab = Lab("bench-supply")
    kind = lab.made.kind
    nameless = replace(kind, channels=tuple(replace(channel, unit="") for channel in kind.channels))
    assert verdicts(_broken(lab, kind=nameless))["kind"] == "fail"
