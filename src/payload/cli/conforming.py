"""payload rig conform: does a rig keep to the protocol, and if not, where not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli.ends import DONE, LEFT
from payload.cli.planning import Json
from payload.cli.words import as_json, counted, require_speed

if TYPE_CHECKING:
    from payload.rigs.conform import Finding

_WORDS = {"pass": "pass", "fail": "FAIL", "skipped": "skip"}


def conform(
    url: Annotated[str, typer.Argument(metavar="URL", help="A port, or twin:, pty:, host:, simavr:, qemu:.")],
    kind: Annotated[str | None, typer.Option("--kind", help="The kind of a rig that is started for you.")] = None,
    hazardous: Annotated[bool, typer.Option("--hazardous", help="Also drive outputs, gently.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what lets seconds pass.")] = False,
    check: Annotated[list[str] | None, typer.Option("--check", metavar="ID", help="Only this one; repeatable.")] = None,
    speed: Annotated[float, typer.Option(help="The clock of a rig that is started for you.")] = 1.0,
    baud: Annotated[int, typer.Option(min=1, help="Line speed of a serial port.")] = 115_200,
    as_facts: Json = False,
) -> int | None:
    """Check a rig against PROTOCOL.md; the rig is left safe. Exit code 1 when a check failed.

    For the author of a rig: every failure says what was sent, what came, what was expected and where to look. Commands
    that drive outputs are sent with --hazardous only: first see what is connected.
    """
    from payload.errors import RunError
    from payload.rigs.adapters import instruments, kind_in
    from payload.rigs.conform import examine, examine_adapter
    from payload.rigs.kinds.amounts import milli

    require_speed(speed)
    kind = kind or kind_in(url)
    if kind in instruments() and (hazardous or quick or check):
        raise RunError(f"a {kind} has a short list of checks: without --hazardous, --quick and --check")
    if hazardous and not as_facts:
        print("outputs will be driven: see that nothing is connected that must not run", file=sys.stderr)
    if kind in instruments():
        return _end(
            examine_adapter(url, kind or "", speed_milli=milli(speed), told=None if as_facts else tell), as_facts
        )
    try:
        findings = examine(
            url,
            kind,
            speed_milli=milli(speed),
            baud=baud,
            hazardous=hazardous,
            quick=quick,
            only=frozenset(check) if check else None,
            told=None if as_facts else tell,
        )
    except ValueError as error:
        raise RunError(str(error)) from None
    return _end(findings, as_facts)


def _end(findings: list[Finding], as_facts: bool) -> int:
    from payload.rigs.conform import Verdict

    failed = sum(finding.verdict is Verdict.FAIL for finding in findings)
    if as_facts:
        as_json([{**_facts(finding), "verdict": finding.verdict.value} for finding in findings])
    else:
        passed = sum(finding.verdict is Verdict.PASS for finding in findings)
        skipped = len(findings) - passed - failed
        print(f"{counted(len(findings), 'check')}: {passed} passed, {failed} failed, {skipped} skipped")
    return LEFT if failed else DONE


def _facts(finding: Finding) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(finding)


def tell(finding: Finding) -> None:
    """A line for each, and for a failed one four more."""
    word = _WORDS[finding.verdict.value]
    why = f" ({finding.came})" if finding.verdict.value == "skipped" else ""
    section = finding.section if finding.section == "adapter" else f"§{finding.section:<4}"
    print(f"{word}  {section} {finding.id:<14} {finding.title}{why}", flush=True)
    if finding.verdict.value == "fail":
        for name, text in (
            *(("sent", sent) for sent in finding.sent),
            ("came", finding.came),
            ("expected", finding.expected),
            ("look at", finding.advice),
        ):
            print(f"      {name:<9} {text}", flush=True)
