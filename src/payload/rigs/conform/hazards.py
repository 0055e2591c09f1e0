"""Commands that drive outputs, each with the least its dictionary allows (PROTOCOL.md §5 and §6): only if asked for."""

from __future__ import annotations

from payload.rigs.conform.arming import LATE_MS, make_ready, status
from payload.rigs.conform.check import Check, Needs
from payload.rigs.conform.safety import ABORT, went_safe
from payload.rigs.conform.talk import Heard, Inapplicable, Talk
from payload.rigs.kinds.dictionary import OWN_OPCODES, Command
from payload.rigs.wire.packet import LEASE_MS, Code, Open, Reason, Stage, StageReply, State


def least(command: Command) -> tuple[int, ...]:
    """The gentlest arguments: each nearest to 0; a duration is the shortest."""
    return tuple(min(max(argument.low, 0), argument.high) for argument in command.arguments)


def _own(talk: Talk, wanted: str) -> Command:
    """The first command of the kind's own of this sort."""
    for command in talk.kind.commands:
        driving = bool(command.drives) or command.drives_argument is not None
        fits = {
            "long": command.long,
            "driving": driving,
            "instant driving": driving and not command.long,
            "not in safe": "S" not in command.states,
            "journaled": command.journaled and "R" in command.states,
        }[wanted]
        if command.opcode in OWN_OPCODES and fits:
            return command
    raise Inapplicable(f"it has no command of its own that is {wanted}")


def _start(talk: Talk, command: Command) -> tuple[StageReply, int]:
    stage, _ = talk.numbered(command.opcode, *least(command))
    talk.must(stage.stage == Stage.STARTED, f"STARTED of {command.name}{least(command)}", stage)
    return stage, talk.number


def _end(talk: Talk, heard: list[Heard], number: int, words: str) -> StageReply:
    return talk.one(
        [one for one in heard if isinstance(one.packet, StageReply) and one.packet.number == number], StageReply, words
    )


def in_safe(talk: Talk) -> None:
    command = _own(talk, "not in safe")
    talk.open()
    stage, _ = talk.numbered(command.opcode, *least(command))
    wanted = (Stage.REJECTED, Code.SAFE_MODE)
    talk.must((stage.stage, stage.code) == wanted, f"{command.name} REJECTED in SAFE, code 5", stage)


def not_armed(talk: Talk) -> None:
    command = _own(talk, "driving")
    if command.drives_argument is None:
        raise Inapplicable("no command of its own drives an output of choice")
    make_ready(talk, 1)
    arguments = list(least(command))
    arguments[command.drives_argument] = 1
    stage, _ = talk.numbered(command.opcode, *arguments)
    found = (stage.stage, stage.code, stage.value)
    talk.must(found == (Stage.REJECTED, Code.NOT_ARMED, 2), "REJECTED NOT_ARMED (code 11), value 2: that output", stage)


def long_runs(talk: Talk) -> None:
    command = _own(talk, "long")
    make_ready(talk)
    started, number = _start(talk, command)
    talk.must(talk.look().state == State.RUNNING, "RUNNING", talk.look().status)
    stage, _ = talk.numbered(command.opcode, *least(command))
    talk.must((stage.stage, stage.code) == (Stage.REJECTED, Code.BUSY), "a second one REJECTED, code 6", stage)
    duration = least(command)[-1]
    talk.sent.append("BEATs until it is over")
    heard = talk.stay(talk.wall_ms(duration) + LATE_MS)
    mine = [one for one in heard if isinstance(one.packet, StageReply) and one.packet.number == number]
    talk.must(bool(mine), "its DONE", heard[-3:] or "nothing")
    done = mine[-1].packet
    assert isinstance(done, StageReply)
    talk.must((done.stage, done.progress) == (Stage.DONE, 100), "DONE, progress 100", done)
    wanted = (started.tick + duration) & 0xFFFFFFFF
    talk.must(done.tick == wanted, f"DONE at tick {wanted}: start + duration", done)
    marks = [one.packet.progress for one in mine[:-1] if isinstance(one.packet, StageReply)]
    talk.must(
        marks == ([*range(10, 100, 10)] if duration >= 10_000 else []),
        "its PROGRESS marks, and only from 10 s on",
        marks,
    )
    talk.must(talk.look().state == State.READY, "READY afterwards", talk.look().status)


def long_safed(talk: Talk) -> None:
    command = _own(talk, "long")
    for reason, words in ((Reason.COMMAND, "safe"), (Reason.ABORT, "ABORT"), (Reason.SESSION, "OPEN")):
        make_ready(talk)
        _, number = _start(talk, command)
        if words == "safe":
            _, heard = talk.numbered(talk.kind.by_name["safe"].opcode)
        elif words == "ABORT":
            heard = talk.ask(ABORT)
        else:
            talk.session += 1
            heard = talk.ask(Open(talk.session, talk.tag()))
        end = _end(talk, heard, number, f"FAILED of {command.name} at {words}")
        talk.must((end.stage, end.code) == (Stage.FAILED, 0x20 + reason), f"FAILED, code 0x{0x20 + reason:02x}", end)
        went_safe(talk, heard, reason)
        status(talk, State.SAFE, reason)


def long_lease(talk: Talk) -> None:
    command = _own(talk, "long")
    make_ready(talk)
    arguments = list(least(command))
    arguments[-1] = min(command.arguments[-1].high, max(arguments[-1], talk.ticks(2 * LEASE_MS)))
    if arguments[-1] <= talk.ticks(LEASE_MS):
        raise Inapplicable(f"{command.name} cannot last longer than the lease")
    stage, _ = talk.numbered(command.opcode, *arguments)
    talk.must(stage.stage == Stage.STARTED, "STARTED", stage)
    number = talk.number
    talk.sent.append(f"nothing for {LEASE_MS + LATE_MS} ms")
    heard = talk.stay(LEASE_MS + LATE_MS, beating=False)
    end = [one.packet for one in heard if isinstance(one.packet, StageReply) and one.packet.number == number][-1:]
    talk.must(
        bool(end) and (end[0].stage, end[0].code) == (Stage.FAILED, Code.LEASE), "FAILED, code 0x23", heard or "nothing"
    )
    went_safe(talk, heard, Reason.LEASE)


def instant(talk: Talk) -> None:
    command = _own(talk, "instant driving")
    make_ready(talk)
    stage, _ = talk.numbered(command.opcode, *least(command))
    talk.must(stage.stage == Stage.DONE, f"DONE of {command.name}", stage)
    went_safe(talk, talk.ask(ABORT), Reason.ABORT)


def journaled(talk: Talk) -> None:
    if not talk.facts.journals:
        raise Inapplicable("it has no non-volatile memory")
    command = _own(talk, "journaled")
    make_ready(talk)
    talk.numbered(command.opcode, *least(command))
    number = talk.number
    record = talk.look().journal
    wanted = (talk.facts.boot, talk.session, number)
    talk.must(tuple(record)[:3] == wanted, f"a record of boot, session and id {wanted}", record)
    expected = Stage.STARTED if command.long else Stage.DONE
    talk.must(record.stage == expected, f"stage {expected.name} on record", record)


CHECKS = (
    Check("safe-mode", "5.1", "a command that is not for SAFE is REJECTED there", in_safe, "code 5", Needs.HAZARD),
    Check("not-armed", "5.1", "only armed outputs are driven", not_armed,
          "code 11, value the mask of what is not armed", Needs.HAZARD),
    Check("long", "5.2", "a long command runs to its end, alone", long_runs,
          "the end is at start + duration to the tick; outputs to safe values, then READY, then DONE", Needs.HAZARD),
    Check("long-safed", "6", "going SAFE ends what runs", long_safed,
          "FAILED with 0x20 + reason, before HOUSEKEEPING", Needs.HAZARD),
    Check("long-lease", "6", "the lease ends what runs", long_lease,
          "steps 4 to 6 of §2 at the tick of the lease", Needs.HAZARD | Needs.TIME),
    Check("drive", "5.2", "an armed output can be driven", instant,
          "an instant command's only stage is DONE", Needs.HAZARD),
    Check("journal", "5.4", "a journaled command is on record", journaled,
          "write STARTED before the effect, the end before its STAGE", Needs.HAZARD),
)  # fmt: skip
