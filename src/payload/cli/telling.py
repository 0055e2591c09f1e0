"""A live run at the terminal: what is told of it, and how it is ended by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payload.journal import Event
    from payload.met import Calendar

LAST_LINES_S = 2.0  # how long the end of a run waits for a terminal that takes no lines
_WAIT = b"\nending: the rigs are being put in safe state (once more breaks that off; they then do it by themselves)\n"


class Teller:
    """One line for each event that a person wants to see while a run goes on.

    A thread prints them: a terminal that is held (Ctrl-S, a pager) or a reader that has gone must not hold the run,
    whose rigs live by its heartbeat.
    """

    def __init__(self, calendar: Calendar, output: Path) -> None:
        self.calendar = calendar
        self.output = output
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = Thread(target=self._print, name="teller", daemon=True)

    def __enter__(self) -> Teller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """All lines are out, or nobody takes them."""
        self._lines.put(None)
        self._thread.join(LAST_LINES_S)

    def tell(self, event: Event) -> None:
        text = self._text(event)
        if text:
            self._lines.put(f"{self.calendar.format_day(event.at)}  {text}")

    def _print(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # gone, full or closed: whoever prints the run's end says so
            while (line := self._lines.get()) is not None:
                print(line, flush=True)

    def _text(self, event: Event) -> str | None:
        from payload import journal as j

        match event:
            case j.ActivityStarted(id=name, crew=crew):
                return None if _is_duty(name) else f"start     {name}  {', '.join(crew)}"
            case j.ActivityEnded(id=name, state=state, why=why):
                return None if state == "done" and _is_duty(name) else f"{state:<8}  {name}{f': {why}' if why else ''}"
            case j.RigStage(rig=rig, stage=stage, token=token, code=code) if stage != "PROGRESS":
                return f"rig       {rig:<12} {stage:<9} {token}{f' [{code}]' if code else ''}"
            case j.RigLink(rig=rig, up=up, why=why):
                return f"rig       {rig:<12} link {'up' if up else 'down'}{f': {why}' if why else ''}"
            case j.RigSafe(rig=rig, reason=reason):
                return f"rig       {rig:<12} safe: {reason}"
            case j.StepWaits(id=name, do=do, crew=crew):
                return f"waits     {', '.join(crew)}: {do}   (payload tell {self.output} done {name})"
            case j.Word(word=word, id=name, taken=taken):
                return f"word      {word} {name}{'' if taken else '  (fits nothing under way)'}"
            case j.Disturbance(id=name, text=text):
                return f"trouble   {name}: {text}"
            case j.Note(text=text):
                return f"note      {text}"
        return None


def _is_duty(activity: str) -> bool:
    """A duty's id ends in a date, a session's in a number."""
    return "-" in activity.rpartition("/")[2]


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed) all end what runs within by KeyboardInterrupt.

    Making the rigs safe and closing the record then takes a few seconds: the second signal is only answered, the third
    breaks that off too. A signal that is ignored, as under nohup, stays so.
    """
    caught = 0

    def end(number: int, _: FrameType | None) -> None:
        nonlocal caught
        caught += 1
        if caught == 2:
            with contextlib.suppress(OSError):
                os.write(2, _WAIT)
            return
        raise KeyboardInterrupt(*(() if number == signal.SIGINT else (f"ended by {signal.Signals(number).name}",)))

    before = {
        number: signal.signal(number, end)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
