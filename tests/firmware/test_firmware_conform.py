"""The conformance suite against the firmware, on its PTY."""

from __future__ import annotations

import pytest

from payload.rigs.conform import Verdict, WallLine, conform
from payload.rigs.ports.transport import SerialPort
from payload.rigs.programs.programs import Program


@pytest.mark.parametrize("kind", ["incubator", "power-switch"])
def test_the_firmware_conforms(tmp_path, rig, kind):
    program = Program("rig", [str(rig), "--kind", kind, "--nvm", str(tmp_path / "nvm")], tmp_path, 1000)
    try:
        program.ready()
        port = SerialPort("rig", str(program.link))
        try:
            findings = conform(WallLine(port), hazardous=True, quick=True)
        finally:
            port.close()
    finally:
        program.close()
    assert [finding for finding in findings if finding.verdict is Verdict.FAIL] == []
    assert sum(finding.verdict is Verdict.PASS for finding in findings) > 55
