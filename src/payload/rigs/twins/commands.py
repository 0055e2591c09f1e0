"""Numbered commands: taken once, judged, carried out now or at their tick (PROTOCOL.md §5)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from payload.rigs.kinds.dictionary import ARM, CANCEL, DISARM, LIMIT, PREPARE, READ, SAFE, Command
from payload.rigs.twins.rig import U32, Rig
from payload.rigs.twins.running import Running, Timed
from payload.rigs.twins.safety import cancel_waiting, go_safe, in_order, out_of_limits, stop
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import NONCE_MS, Code, NakCode, Reason, Stage, State

_LETTERS = {State.SAFE: "S", State.READY: "R", State.RUNNING: "X"}
_WRONG_STATE = {State.SAFE: Code.SAFE_MODE, State.RUNNING: Code.BUSY, State.READY: Code.OK}
_ACCEPTED = (Code.OK, 0)
_MARKED_FROM = 10_000
"""A long command tells its progress when it lasts at least so many ticks."""
_NONCE_FACTOR = 40_503


def take(rig: Rig, frame: Frame, at: int | None, body: bytes) -> None:
    """A COMMAND's body, or what follows the tick `at` (u32) of a COMMAND_AT."""
    number = frame.id
    ahead = number - rig.last_id & 0xFFFF
    if ahead == 1:
        rig.last_id = number
        rig.results.take(number)
        _begin(rig, number, at, body)
    elif 2 <= ahead <= 0x8000:
        rig.refuse(frame, NakCode.GAP)
    else:
        stored = rig.results.latest(number)
        if stored is None:
            rig.refuse(frame, NakCode.FORGOTTEN)
        else:
            rig.out.append((rig.tick, stored))


def visit_timed(rig: Rig) -> None:
    """Those whose tick this is, in order of number: one may send the others away."""
    while True:
        due = [timed for timed in rig.waiting if timed.at == rig.tick]
        if not due:
            return
        timed = min(due, key=lambda timed: in_order(rig, timed))
        rig.waiting.remove(timed)
        _decide(rig, timed.number, timed.command, timed.arguments, timed=True)


def _begin(rig: Rig, number: int, at: int | None, body: bytes) -> None:
    command = rig.kind.by_opcode.get(body[0])
    if command is None:
        rig.stage(number, Stage.REJECTED, Code.OPCODE)
        return
    count = len(command.arguments)
    if len(body) != 1 + 4 * count:
        rig.stage(number, Stage.REJECTED, Code.ARGUMENTS)
        return
    arguments: tuple[int, ...] = struct.unpack_from(f"<{count}i", body, 1)
    for index, (argument, value) in enumerate(zip(command.arguments, arguments, strict=True)):
        if not argument.low <= value <= argument.high:
            rig.stage(number, Stage.REJECTED, Code.RANGE, value=index)
            return
    wait = 0 if at is None else at - rig.tick & U32
    if wait == 0:
        _decide(rig, number, command, arguments, timed=False)
    elif wait >= 1 << 31:
        late = (1 << 32) - wait
        rig.stage(number, Stage.LATE, value=late if late < 1 << 31 else -late)
    elif not rig.results.begin_timed(number, rig.last_id):
        rig.stage(number, Stage.REJECTED, Code.QUEUE)
    else:
        rig.waiting.append(Timed(number, rig.tick + wait, command, arguments))
        rig.stage(number, Stage.ACCEPTED)


def _decide(rig: Rig, number: int, command: Command, arguments: tuple[int, ...], *, timed: bool) -> None:
    code, value = _refusal(rig, command, arguments)
    if code:
        rig.stage(number, Stage.REJECTED, code, value=value)
        return
    if command.journaled:
        rig.record(number, Stage.STARTED)
    if command.long:
        if not timed:
            rig.results.begin_long(number)
        _start(rig, number, command, arguments)
    else:
        common = _COMMON.get(command.opcode)
        value = common(rig, number, arguments) if common else _carry_out_own(rig, command, arguments)
        if command.journaled:
            rig.record(number, Stage.DONE)
        rig.stage(number, Stage.DONE, progress=100, value=value)


def _refusal(rig: Rig, command: Command, arguments: tuple[int, ...]) -> tuple[Code, int]:
    """Why it is rejected, and the value that goes with it; OK when it is not."""
    opcode = command.opcode
    if not rig.lease and (command.hazardous or opcode in (PREPARE, ARM)):
        return Code.NO_LEASE, 0
    if _LETTERS[rig.state] not in command.states:
        return _WRONG_STATE[rig.state], 0
    unarmed = command.outputs(arguments) & ~rig.armed
    if unarmed:
        return Code.NOT_ARMED, unarmed
    if opcode == ARM:
        if rig.nonce is None or rig.nonce[:2] != arguments:
            return Code.NONCE, 0
        outside = out_of_limits(rig)
        if outside is not None:
            return Code.LIMIT_NOW, outside
    elif opcode == LIMIT:
        index, low, high = arguments
        channel = rig.kind.channels[index]
        if low < channel.low:
            return Code.RANGE, 1
        if high > channel.high or low > high:
            return Code.RANGE, 2
    elif opcode not in _COMMON:
        return rig.plant.refuse(command, arguments), 0
    return _ACCEPTED


def _start(rig: Rig, number: int, command: Command, arguments: tuple[int, ...]) -> None:
    duration = arguments[-1]
    drives = command.outputs(arguments)
    rig.running = Running(number, command, drives, rig.tick, duration, 1 if duration >= _MARKED_FROM else 10)
    rig.state = State.RUNNING
    rig.plant.start(command, arguments, rig.tick)
    _switched(rig, drives)
    rig.stage(number, Stage.STARTED, value=rig.plant.value(rig.tick))


def _prepare(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    nonce = (rig.boot ^ _NONCE_FACTOR * number) & 0xFFFF
    rig.nonce = (arguments[0], nonce, rig.tick + rig.wall_ticks(NONCE_MS))
    return nonce


def _arm(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    rig.nonce = None
    rig.armed |= arguments[0]
    if rig.state is State.SAFE:
        rig.state, rig.reason = State.READY, Reason.NONE
    return 0


def _go_safe(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    go_safe(rig, Reason.COMMAND)
    return 0


def _read(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    return rig.plant.channel(arguments[0], rig.tick)


def _limit(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    index, low, high = arguments
    rig.limits[index] = (low, high)
    return 0


def _cancel(rig: Rig, number: int, arguments: tuple[int, ...]) -> int:
    cancel_waiting(rig, Code.STOPPED)
    return 0


_COMMON: dict[int, Callable[[Rig, int, tuple[int, ...]], int]] = {
    PREPARE: _prepare,
    ARM: _arm,
    DISARM: _go_safe,
    SAFE: _go_safe,
    READ: _read,
    LIMIT: _limit,
    CANCEL: _cancel,
}
"""The effect of each instant command that all kinds have, by its opcode; gives the value of its DONE."""


def _carry_out_own(rig: Rig, command: Command, arguments: tuple[int, ...]) -> int:
    if rig.has_long and not arguments and command.name in ("off", "stop"):
        stop(rig)
        return 0
    value = rig.plant.carry_out(command, arguments, rig.tick)
    _switched(rig, command.outputs(arguments))
    return value


def _switched(rig: Rig, mask: int) -> None:
    """The on-time begins of the outputs that a command drives, unless it runs already; it ends of those that no command
    drives and that are at their safe values now."""
    for output in range(mask.bit_length()):
        if mask >> output & 1:
            rig.on_since.setdefault(output, rig.tick)
    if rig.running:
        mask |= rig.running.drives
    now = rig.plant.outputs(rig.tick)
    for output in list(rig.on_since):
        if not mask >> output & 1 and now[output] == rig.kind.outputs[output].safe:
            del rig.on_since[output]
    rig.show_outputs()
