"""The suite: all checks in an order that is safe for hardware, and what each found."""

from __future__ import annotations

from collections.abc import Callable

from payload.errors import LinkError
from payload.rigs.conform import arming, commands, framing, hazards, meeting, safety, samples
from payload.rigs.conform.check import Check, Finding, Needs, Verdict
from payload.rigs.conform.talk import Inapplicable, Line, Talk, Wrong

CHECKS: tuple[Check, ...] = (
    *meeting.HELLO, *framing.CHECKS, *meeting.CHECKS, *commands.CHECKS,
    *arming.CHECKS, *safety.CHECKS, *samples.CHECKS, *hazards.CHECKS,
)  # fmt: skip
"""First what only asks, then what is refused, then arming, then waiting, and last what drives outputs."""


def conform(
    line: Line,
    *,
    hazardous: bool = False,
    quick: bool = False,
    only: frozenset[str] | None = None,
    told: Callable[[Finding], None] | None = None,
) -> list[Finding]:
    """Examines the rig at the other end, which is made SAFE at the end whatever happened. `told` hears each finding as
    it is made; `quick` leaves out what lets seconds pass; `only` runs these checks, by their ids, and the few that they
    stand on. A port that is lost ends the suite: the rest is skipped."""
    talk = Talk(line)
    findings: list[Finding] = []
    gone = ""
    for check in (*CHECKS, safety.LAST):
        why = gone or _left_out(check, talk, hazardous, quick, only)
        finding = _skipped(check, why) if why else _examine(check, talk)
        if finding is None:
            gone = "the port was lost"
            finding = Finding(
                check.id, check.section, check.title, Verdict.FAIL, _last(talk), gone, "a port that stays"
            )
        if only is None or check.id in only or check is safety.LAST or finding.verdict is Verdict.FAIL:
            findings.append(finding)
            if told:
                told(finding)
    return findings


GROUND = frozenset({"hello", "ping", "dictionary"})
"""What all other checks stand on."""


def _left_out(check: Check, talk: Talk, hazardous: bool, quick: bool, only: frozenset[str] | None) -> str:
    if only is not None and check.id not in only | GROUND and check is not safety.LAST:
        return "not asked for"
    if Needs.HAZARD in check.needs and not hazardous:
        return "drives outputs: only with --hazardous"
    if Needs.TIME in check.needs and quick:
        return "lets seconds pass: not with --quick"
    if check.id != "hello" and talk.hello is None:
        return "HELLO was not answered"
    return ""


def _skipped(check: Check, why: str) -> Finding:
    return Finding(check.id, check.section, check.title, Verdict.SKIPPED, came=why)


def _last(talk: Talk) -> tuple[str, ...]:
    return tuple(talk.sent[-3:])


def _examine(check: Check, talk: Talk) -> Finding | None:
    """None when the port is gone."""
    try:
        talk.forget()
        check.run(talk)
    except Inapplicable as why:
        return _skipped(check, str(why))
    except Wrong as wrong:
        return Finding(
            check.id, check.section, check.title, Verdict.FAIL, _last(talk), wrong.came, wrong.expected, check.advice
        )
    except LinkError:
        return None
    return Finding(check.id, check.section, check.title, Verdict.PASS)
