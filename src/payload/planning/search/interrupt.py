"""Ctrl-C during a search: it ends, and what it has found is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ending(stop: Callable[[], None]) -> Iterator[None]:
    """While it lasts the first Ctrl-C calls `stop`, which must not raise, instead of breaking off wherever the program
    is; the second one breaks off. Where somebody else handles Ctrl-C, or outside the main thread, nothing changes."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        stop()

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
