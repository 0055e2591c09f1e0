"""Other processes of this machine that fly runs of a campaign.

Each is a fresh interpreter that is given the compiled program once and then answers batches of run numbers over a
socket. A fresh one, and not a fork, because the caller may have threads (a progress line, a rig's port) whose locks a
fork would copy half-held; and not `multiprocessing`'s spawn, because that runs the caller's script again and so breaks
every script without a main guard. A worker whose parent is gone reads end-of-file and ends. It is outside the
terminal's process group: Ctrl-C is the parent's to handle.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from payload.errors import RunError

_START = "import sys; sys.path[:] = {path!r}; from payload.execution.workers import serve; serve({fd})"


def spread(
    work: Callable[[Any, list[int]], Any], common: object, batches: Iterator[list[int]], jobs: int
) -> Iterator[Any]:
    """`work(common, batch)` for each batch, in `jobs` processes, answers as they come in. `work` is a function of a
    module, `common` and the answers can be pickled. All processes are ended when the iterator is closed or breaks off.

    Raises RunError when a worker dies.
    """
    workers: dict[Any, subprocess.Popen[bytes]] = {}
    try:
        for _ in range(jobs):
            batch = next(batches, None)
            if batch is None:
                break
            ours, theirs = socket.socketpair()
            with theirs:
                start = _START.format(path=[each or os.getcwd() for each in sys.path], fd=theirs.fileno())
                process = subprocess.Popen(
                    [sys.executable, "-c", start],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            connection = Connection(ours.detach())
            workers[connection] = process
            connection.send((work, common))
            connection.send(batch)
        busy = set(workers)
        while busy:
            for ready in wait(list(busy)):
                connection = cast("Connection[Any, Any]", ready)
                try:
                    answer = connection.recv()
                except (EOFError, ConnectionError):
                    code = workers[connection].wait()
                    raise RunError(f"a worker process died (exit code {code}); fly with fewer jobs") from None
                batch = next(batches, None)
                if batch is None:
                    busy.discard(connection)
                else:
                    connection.send(batch)
                yield answer
    finally:
        for connection, process in workers.items():
            connection.close()
            process.terminate()
        for process in workers.values():
            process.wait()


def serve(descriptor: int) -> None:
    """The life of a worker: what to do, then batch after batch until the parent closes."""
    with Connection(descriptor) as connection:
        try:
            work, common = connection.recv()
            while True:
                connection.send(work(common, connection.recv()))
        except (EOFError, ConnectionError):
            return
