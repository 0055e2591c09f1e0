"""Which port a rig's URL means today. Matched anew at each open: what is replugged comes back under another name.

    serial-number:A5XK3RJT     the port whose USB device has this serial number
    usb:2341:0043              the port whose USB device is of this vendor and product
    usb:2341:0043:A5XK3RJT     of this vendor and product, with this serial number
    by-id:usb-Arduino*         the port with this name in /dev/serial/by-id, or the one that fits this pattern
    /dev/ttyACM*               the port whose path or by-id path fits

Exactly one port has to fit; no other is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from payload.errors import PortError
from payload.rigs.ports.listing import Port

BY_ID = "/dev/serial/by-id/"
FORMS = ("serial-number:", "usb:", "by-id:")

Listing = Callable[[], Sequence[Port]]
"""What ports there are now. Tests hand in ports that a pseudo-terminal cannot be: with USB facts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a port has to have. Empty: anything."""

    serial_number: str = ""
    vid_pid: str = ""
    pattern: str = ""

    def fits(self, port: Port) -> bool:
        return (
            (not self.serial_number or port.serial_number == self.serial_number)
            and (not self.vid_pid or port.vid_pid == self.vid_pid)
            and (not self.pattern or any(fnmatchcase(name, self.pattern) for name in (port.path, port.by_id)))
        )

    def __str__(self) -> str:
        facts = [
            f"serial number {self.serial_number}" if self.serial_number else "",
            f"USB id {self.vid_pid}" if self.vid_pid else "",
            f"a name like {self.pattern}" if self.pattern else "",
        ]
        return " and ".join(fact for fact in facts if fact)


def wanted(url: str) -> Wanted | None:
    """What a URL asks of a port; None when it names its port outright. Raises ValueError with what was expected."""
    form, _, rest = url.partition(":")
    if form == "serial-number":
        if not rest or rest != rest.strip():
            raise ValueError(f"{url!r}: expected a serial number, as in serial-number:A5XK3RJT")
        return Wanted(serial_number=rest)
    if form == "usb":
        found = re.fullmatch(r"([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})(?::(\S+))?", rest)
        if not found:
            raise ValueError(f"{url!r}: expected vendor and product as hexadecimal numbers, as in usb:2341:0043")
        return Wanted(found[3] or "", f"{int(found[1], 16):04X}:{int(found[2], 16):04X}")
    if form == "by-id":
        if not rest or "/" in rest:
            raise ValueError(f"{url!r}: expected a name in {BY_ID} or a pattern for one, as in by-id:usb-Arduino*")
        return Wanted(pattern=BY_ID + rest)
    if "://" not in url and any(mark in url for mark in "*["):
        return Wanted(pattern=url)
    return None


def find(rig: str, url: str, what: Wanted, listing: Listing) -> Port:
    """The one port that fits. Raises PortError for none and for several, with what there is."""
    there = listing()
    fitting = [port for port in there if what.fits(port)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = "; ".join(f"{port}{f', {port.by_id}' if port.by_id else ''}" for port in fitting)
        text = f"{url}: {len(fitting)} ports have {what}: {names}. Say which: by its serial number or its by-id name"
    else:
        names = "; ".join(str(port) for port in there)
        there_are = f"There are: {names}" if names else "There are none"
        text = f"{url}: no port has {what}: is the rig plugged in? {there_are}"
    raise PortError(rig, text)
