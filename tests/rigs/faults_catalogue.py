"""The catalogue of docs/faults.md: what bites, the fault that does it on purpose, what the link does, and the proof.

The page's tables hold exactly the lines of `FIELD` and `EDGES`; each story asserts what its row says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import faults_stories as stories


@dataclass(frozen=True)
class Row:
    """`story` is given a folder of its own."""

    what: str
    fault: str
    does: str
    story: Callable[[Path], None]

    @property
    def line(self):
        return f"| {self.what} | {self.fault} | {self.does} |"


FIELD = [
    Row(
        "unplug, and replug under a new name",
        "`unplug`",
        "the port is looked up anew at each try, with pauses of 50 ms to 1 s; HELLO, same boot, same session: the same "
        "numbers are asked for again, every fate is known",
        stories.replugged,
    ),
    Row(
        "a late reply",
        "`late`",
        "a reply carries the number of its command: it can answer nothing else, and after its command's end it is "
        "dropped",
        stories.late,
    ),
    Row(
        "a retry that runs twice",
        "`drop` to the host, `duplicate` to the rig",
        "the rig takes the next number only and answers a repeat from its stored result",
        stories.run_twice,
    ),
    Row(
        "a resend storm",
        "`silence`",
        "the time-out doubles at each repeat up to 2 s, and 8 tries are all; the window bounds what is under way",
        stories.storm,
    ),
    Row(
        "DTR resets an Arduino when its port is opened",
        "`on_open: {fault: reset}`",
        "HELLO is repeated until the boot loader is through; another boot id is told as a reboot, not as an error",
        stories.resets_on_open,
    ),
    Row(
        "two processes on one port",
        "a second host",
        "the second is refused before it writes a byte, and told who holds the port",
        stories.two_hosts,
    ),
    Row(
        "an FTDI's latency timer",
        "`latency: 16 ms` to the host",
        "the shortest time-out is 40 ms: nothing is sent twice; on a real port low latency is asked for",
        stories.latency_timer,
    ),
    Row(
        "`write`, `flush` or `close` that hang",
        "`stall` to the rig",
        "a write ends in an error after 1 s, there is no flush, and what has not left is thrown away before a close",
        stories.hangs,
    ),
    Row(
        "samples that vanish",
        "`unplug`, shorter than the ring",
        "missing ranges are asked for again until all of them are there",
        stories.samples_vanish,
    ),
    Row(
        "samples that are gone",
        "`unplug`, longer than the ring",
        "the rig answers GONE, and `lost` counts exactly those",
        stories.samples_lost,
    ),
    Row(
        "one lost link ends the whole run",
        "`unplug` for good",
        "links know nothing of each other; when a station gives up, what was sent is INDETERMINATE, and the others "
        "go on",
        stories.others_go_on,
    ),
    Row(
        "a crash that leaves hardware on",
        "a host that says nothing any more",
        "the rig's lease ends 3 s after the last beat: outputs to their safe values",
        stories.host_dies,
    ),
    Row(
        "a garbage boot banner",
        "`banner`, `garbage`",
        "what is no frame is dropped; HELLO is repeated each 250 ms",
        stories.banner,
    ),
    Row(
        "baud mismatch",
        "`babble`",
        "the greeting ends by saying that bytes came and none was a frame; it is tried again",
        stories.baud,
    ),
    Row(
        "an echo on the line",
        "`echo`",
        "our own frames are no sign of life: beats unanswered for 4 s end the link",
        stories.echoes,
    ),
]

EDGES = {
    ("CLOSED", "connected", "GREETING"): Row(
        "CLOSED → GREETING: connected",
        "20 % of all frames suffer",
        "HELLO at once and each 250 ms, for 5 s; 3 s when a port is opened again",
        stories.first_meeting,
    ),
    ("GREETING", "another session", "OPENING"): Row(
        "GREETING → OPENING: another session",
        "20 % of all frames suffer",
        "first meeting, another boot or another host's session: OPEN, repeated until it is answered",
        stories.first_meeting,
    ),
    ("OPENING", "opened", "UP"): Row(
        "OPENING → UP: opened",
        "20 % of all frames suffer",
        "a repeated OPEN of the same session changes nothing; numbers start at 1",
        stories.first_meeting,
    ),
    ("GREETING", "our session", "UP"): Row(
        "GREETING → UP: our session",
        "`unplug`, with a reply under way",
        "every command without a known end is sent again with its number; it runs once",
        stories.own_session,
    ),
    ("GREETING", "unknown dictionary", "FETCHING"): Row(
        "GREETING → FETCHING: unknown dictionary",
        "a strange kind, 35 % of all frames suffer",
        "the dictionary is fetched part by part, each asked for until it has come, and proven by its hash",
        stories.stranger,
    ),
    ("FETCHING", "another session", "OPENING"): Row(
        "FETCHING → OPENING: another session",
        "a strange kind, 35 % of all frames suffer",
        "as after a greeting",
        stories.stranger,
    ),
    ("GREETING", "lost", "CLOSED"): Row(
        "GREETING → CLOSED: lost",
        "`unplug` while HELLO is not answered",
        "nothing was sent but HELLO; the port is looked up again",
        stories.pulled_while_greeting,
    ),
    ("FETCHING", "lost", "CLOSED"): Row(
        "FETCHING → CLOSED: lost",
        "`unplug` between HELLO and the dictionary",
        "the dictionary is fetched anew",
        stories.pulled_while_fetching,
    ),
    ("OPENING", "lost", "CLOSED"): Row(
        "OPENING → CLOSED: lost",
        "`unplug` between HELLO and OPEN",
        "greeted again; a session that was opened unheard is left for a new one",
        stories.pulled_while_opening,
    ),
    ("OPENING", "stale", "GREETING"): Row(
        "OPENING → GREETING: stale",
        "`reset` between HELLO and OPEN",
        "OPENED names another boot than HELLO did, or the session is refused: HELLO again",
        stories.reset_while_opening,
    ),
    ("UP", "stale", "GREETING"): Row(
        "UP → GREETING: stale",
        "`reset` with the port kept, as behind a hub",
        "NAK SESSION says so: HELLO; what may be repeated is sent anew, the journal tells of what is in it, the rest "
        "is INDETERMINATE",
        stories.reset_under_way,
    ),
    ("UP", "lost", "CLOSED"): Row(
        "UP → CLOSED: lost",
        "`silence`",
        "8 tries in vain, or beats unanswered for 4 s; by then the rig's own lease has made it safe",
        stories.gone_silent,
    ),
}
