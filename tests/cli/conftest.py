"""Signals as a terminal leaves them, for the programs that these tests start and end."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def _signals():
    """A suite that was begun in the background (`&`, nohup) ignores SIGINT or SIGHUP, and so would what it starts."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if kept[number] is signal.SIG_IGN:
            signal.signal(number, usual)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
