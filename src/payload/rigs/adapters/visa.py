"""A VISA resource as a transport: the only place that knows pyvisa.

A serial resource or a socket is a stream of bytes. The others (USB, GPIB, VXI-11) carry messages: an instrument is read
only while it owes one, and asked nothing new before; what it kept to itself is cleared away in quarantine.
"""

from __future__ import annotations

import contextlib
from threading import Event
from typing import Any

from payload.errors import PortError
from payload.rigs.adapters.extras import require
from payload.rigs.adapters.face import Site

_SLICE_MS = 50


class VisaPipe:
    """Reads in slices, so that it can be woken."""

    def __init__(self, site: Site) -> None:
        """Raises PortError: pyvisa or its backend is missing, or the resource cannot be opened."""
        require("visa", "pyvisa", rig=site.rig)
        import pyvisa

        self.name = site.url
        self._site = site
        self._errors = (pyvisa.errors.Error, OSError, ValueError)
        self._timeout = pyvisa.constants.StatusCode.error_timeout
        self._woken = Event()
        self._closed = False
        self._owes = 0  # messages
        backend = site.options.get("backend", "@py")
        if backend == "@py":
            require("visa", "pyvisa_py", rig=site.rig)
        try:
            self._manager = pyvisa.ResourceManager(backend)
        except self._errors as error:
            raise PortError(site.rig, f"{site.url}: there is no VISA by {backend!r}: {error}") from None
        try:
            opened: Any = self._manager.open_resource(site.rest)
            self._resource = opened
            opened.timeout = _SLICE_MS
            name = str(opened.resource_name)
            self.stream = name.startswith("ASRL") or name.endswith("SOCKET")
            if name.startswith("ASRL"):
                opened.baud_rate = site.whole("baud", 9_600, 50, 4_000_000)
        except self._errors as error:
            self._manager.close()
            text = f"{site.url} cannot be opened: {error}: is it on? 'pyvisa-shell' and its 'list' show what VISA finds"
            raise PortError(site.rig, text) from None

    def write(self, data: bytes) -> None:
        """Each line is a message of its own."""
        try:
            if not self.stream and self._owes:
                self._clear()
            for line in data.splitlines(keepends=True):
                self._resource.write_raw(line)
                self._owes += b"?" in line
        except self._errors as error:
            raise self._lost(error) from None

    def wait(self, until: int | None) -> bytes:
        while True:
            if self._woken.is_set():
                self._woken.clear()
                return b""
            if self.stream:
                heard = self._read_bytes()
            elif self._owes:
                heard = self._read_message()
            else:
                heard = b""
                self._woken.wait(_SLICE_MS / 1000)
            if heard or (until is not None and self._site.clock() >= until):
                return heard

    def _clear(self) -> None:
        """Rids the instrument of what it has not said, by the bus's own word for it or by hearing it out."""
        try:
            self._resource.clear()
        except NotImplementedError:  # by pyvisa-sim
            while self._read(self._resource.read_raw):
                pass
        self._owes = 0

    def _read_bytes(self) -> bytes:
        """Up to the end of a line, a byte at a time: a read that times out keeps what it has read to itself."""
        heard = bytearray()
        while not heard.endswith(b"\n"):
            byte = self._read(lambda: self._resource.read_bytes(1))
            if not byte:
                break
            heard += byte
        return bytes(heard)

    def _read_message(self) -> bytes:
        heard = self._read(self._resource.read_raw)
        if heard:
            self._owes -= 1
        return heard if not heard or heard.endswith(b"\n") else heard + b"\n"

    def _read(self, read: Any) -> bytes:
        try:
            heard: bytes = read()
            return heard
        except self._errors as error:
            if getattr(error, "error_code", None) != self._timeout:
                raise self._lost(error) from None
            return b""

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for each in (self._resource, self._manager):
                with contextlib.suppress(*self._errors):
                    each.close()

    def _lost(self, why: object) -> PortError:
        return PortError(self._site.rig, f"{self.name} was lost: {why}")
