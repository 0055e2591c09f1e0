"""Does a rig keep to PROTOCOL.md? Checks for the author of a rig: each says what was sent, what came, what was expected
and what to look at. Adapters of other people's instruments have a shorter list of their own (`adapter`)."""

from payload.rigs.conform.adapter import conform_adapter as conform_adapter
from payload.rigs.conform.adapter import examine_adapter as examine_adapter
from payload.rigs.conform.check import Check as Check
from payload.rigs.conform.check import Finding as Finding
from payload.rigs.conform.check import Needs as Needs
from payload.rigs.conform.check import Verdict as Verdict
from payload.rigs.conform.examine import examine as examine
from payload.rigs.conform.suite import CHECKS as CHECKS
from payload.rigs.conform.suite import conform as conform
from payload.rigs.conform.talk import Line as Line
from payload.rigs.conform.talk import WallLine as WallLine
