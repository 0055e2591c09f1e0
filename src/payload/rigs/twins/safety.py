"""Safe mode: how a rig goes there, and what sends it there by itself (PROTOCOL.md §6)."""

from __future__ import annotations

from payload.rigs.twins.rig import Rig
from payload.rigs.twins.running import Running, Timed
from payload.rigs.wire.packet import Code, Reason, Stage, State


def go_safe(rig: Rig, reason: Reason, value: int | None = None) -> None:
    """Latched with its reason, and what is sent about it. `value` is what FAILED tells, in place of the command's."""
    was_safe = rig.state is State.SAFE
    if not was_safe:
        running = rig.running
        if running and value is None:
            value = rig.plant.value(rig.tick)
        reset_outputs(rig)
        rig.armed = 0
        rig.state, rig.reason = State.SAFE, reason
        if running:
            end(rig, running, Stage.FAILED, 0x20 + reason, running.percent(rig.tick), value or 0)
    rig.nonce = None
    cancel_waiting(rig, 0x20 + reason)
    if not was_safe and rig.session:
        rig.send_housekeeping()


def reset_outputs(rig: Rig) -> None:
    """To their safe values. What ran does not run any more; its end is still to be told."""
    rig.plant.stop(rig.tick)
    rig.running = None
    rig.on_since.clear()
    rig.show_outputs()


def end(rig: Rig, running: Running, stage: Stage, code: int, progress: int, value: int) -> None:
    if running.command.journaled:
        rig.record(running.number, stage)
    rig.stage(running.number, stage, code, progress, value)


def stop(rig: Rig) -> None:
    """The running command, if there is one, before its time."""
    running = rig.running
    if running:
        value = rig.plant.value(rig.tick)
        reset_outputs(rig)
        rig.state = State.READY
        end(rig, running, Stage.CANCELLED, Code.STOPPED, running.percent(rig.tick), value)


def in_order(rig: Rig, timed: Timed) -> int:
    """A key that sorts timed commands by their numbers, which wrap."""
    return -(rig.last_id - timed.number & 0xFFFF)


def cancel_waiting(rig: Rig, code: int) -> None:
    """Every timed command that waits."""
    waiting, rig.waiting = rig.waiting, []
    for timed in sorted(waiting, key=lambda timed: in_order(rig, timed)):
        rig.stage(timed.number, Stage.CANCELLED, code)


def out_of_limits(rig: Rig) -> int | None:
    """The first channel outside its limits."""
    for index, (low, high) in enumerate(rig.limits):
        if not low <= rig.plant.channel(index, rig.tick) <= high:
            return index
    return None


def check_limits(rig: Rig) -> None:
    if rig.state is not State.SAFE:
        tripped = out_of_limits(rig)
        if tripped is not None:
            go_safe(rig, Reason.LIMIT, tripped)


def on_until(rig: Rig, output: int) -> int:
    """The tick at which it will have been on for its longest time."""
    return rig.on_since[output] + rig.kind.outputs[output].max_on_ms


def check_on_time(rig: Rig) -> None:
    for output in sorted(rig.on_since):
        if on_until(rig, output) == rig.tick:
            go_safe(rig, Reason.ON_TIME, output)
            return
