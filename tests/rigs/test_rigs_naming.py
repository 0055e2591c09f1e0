"""Which port a URL means: by facts that a pseudo-terminal does not have, so the list of ports is handed in."""

import contextlib
import os
import tty

import pytest

from payload.errors import PortError
from payload.model import Rig
from payload.rigs.ports.listing import Port
from payload.rigs.ports.naming import Wanted, find, wanted
from payload.rigs.stations.wiring import wire

UNO = Port("/dev/ttyACM0", "Arduino Uno", "/dev/serial/by-id/usb-Arduino_Uno_9523-if00", "2341:0043", "9523")
MEGA = Port("/dev/ttyACM1", "Arduino Mega", "/dev/serial/by-id/usb-Arduino_Mega_77-if00", "2341:0042", "77")
FTDI = Port("/dev/ttyUSB0", "FT232R", "/dev/serial/by-id/usb-FTDI_A5XK3RJT-if00-port0", "0403:6001", "A5XK3RJT")
BARE = Port("/dev/ttyS0", "")
ALL = [UNO, MEGA, BARE, FTDI]


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("serial-number:A5XK3RJT", FTDI),
        ("usb:2341:0043", UNO),
        ("usb:403:6001", FTDI),
        ("usb:2341:0042:77", MEGA),
        ("by-id:usb-Arduino_Uno*", UNO),
        ("by-id:usb-FTDI_A5XK3RJT-if00-port0", FTDI),
        ("/dev/serial/by-id/*Mega*", MEGA),
        ("/dev/ttyUSB*", FTDI),
        ("/dev/ttyACM[1-9]", MEGA),
    ],
)
def test_each_form_finds_its_port(url, port):
    assert find("rig-1", url, wanted(url), lambda: ALL) == port


@pytest.mark.parametrize("url", ["/dev/ttyUSB0", "/dev/serial/by-id/usb-x-if00", "socket://[::1]:7000", "loop://"])
def test_a_port_that_is_named_outright_is_looked_up_nowhere(url):
    assert wanted(url) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("usb:2341", "'usb:2341': expected vendor and product as hexadecimal numbers, as in usb:2341:0043"),
        ("usb:arduino:uno", "'usb:arduino:uno': expected vendor and product as hexadecimal numbers"),
        ("serial-number:", "'serial-number:': expected a serial number, as in serial-number:A5XK3RJT"),
        ("by-id:", "'by-id:': expected a name in /dev/serial/by-id/ or a pattern for one"),
        ("by-id:/dev/x", "'by-id:/dev/x': expected a name in /dev/serial/by-id/ or a pattern"),
    ],
)
def test_a_form_that_is_not_kept_says_what_was_expected(url, message, tmp_path):
    with pytest.raises(PortError) as caught:
        wire(Rig("oven", "incubator", url), url, speed_milli=1000, folder=tmp_path)
    assert str(caught.value).startswith(f"rig oven: {message}")


def test_no_match_lists_what_there_is():
    with pytest.raises(PortError) as caught:
        find("oven", "usb:1a86:7523", Wanted(vid_pid="1A86:7523"), lambda: [UNO, BARE])
    assert str(caught.value) == (
        "rig oven: usb:1a86:7523: no port has USB id 1A86:7523: is the rig plugged in? There are: "
        "/dev/ttyACM0 (2341:0043, serial number 9523, Arduino Uno); /dev/ttyS0"
    )
    with pytest.raises(PortError, match="is the rig plugged in\\? There are none"):
        find("oven", "serial-number:9", Wanted(serial_number="9"), list)


def test_an_ambiguous_match_lists_them_all_and_says_how_to_choose():
    with pytest.raises(PortError) as caught:
        find("oven", "/dev/ttyACM*", Wanted(pattern="/dev/ttyACM*"), lambda: ALL)
    assert str(caught.value) == (
        "rig oven: /dev/ttyACM*: 2 ports have a name like /dev/ttyACM*: "
        "/dev/ttyACM0 (2341:0043, serial number 9523, Arduino Uno), /dev/serial/by-id/usb-Arduino_Uno_9523-if00; "
        "/dev/ttyACM1 (2341:0042, serial number 77, Arduino Mega), /dev/serial/by-id/usb-Arduino_Mega_77-if00. "
        "Say which: by its serial number or its by-id name"
    )


class Bench:
    """Pseudo-terminals that the list calls USB adapters."""

    def __init__(self):
        self.masters = {}
        self.slaves = {}
        self.listed = []

    def plug(self, serial_number):
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.masters[serial_number], self.slaves[serial_number] = master, slave
        self.listed.append(Port(os.ttyname(slave), "adapter", "", "2341:0043", serial_number))

    def unplug(self, serial_number):
        os.close(self.masters.pop(serial_number))
        os.close(self.slaves.pop(serial_number))
        self.listed = [port for port in self.listed if port.serial_number != serial_number]

    def got(self, serial_number):
        with contextlib.suppress(BlockingIOError):
            return os.read(self.masters[serial_number], 1000)
        return b""

    def close(self):
        for serial_number in list(self.masters):
            self.unplug(serial_number)


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.close()


def open_by(bench, url, folder):
    return wire(Rig("oven", "incubator", url), url, speed_milli=1000, folder=folder, listing=lambda: bench.listed)


def test_a_replug_under_a_new_name_is_found_by_opening_again(bench, tmp_path):
    bench.plug("9523")
    bench.plug("another")
    way = open_by(bench, "serial-number:9523", tmp_path)
    first = way.open()
    first.write(b"one")
    old = first.name
    bench.plug("squatter")  # so that the number is not dealt again
    bench.unplug("9523")
    with pytest.raises(PortError, match="was lost: "):
        first.wait(None)
    first.close()
    with pytest.raises(PortError, match=r"no port has serial number 9523: is the rig plugged in\?"):
        way.open()
    bench.plug("blocker")
    bench.plug("9523")
    second = way.open()
    second.write(b"two")
    assert second.name != old
    assert (bench.got("9523"), bench.got("another"), bench.got("squatter"), bench.got("blocker")) == (
        b"two", b"", b"", b"",
    )  # fmt: skip
    second.close()


def test_a_name_that_is_dealt_to_another_device_while_it_is_opened_is_not_written_to(bench, tmp_path):
    bench.plug("9523")
    bench.plug("another")
    mine, other = bench.listed
    lists = iter([[mine, other], [Port(mine.path, "", "", "", "x"), Port(other.path, "", "", "2341:0043", "9523")]])
    url = "serial-number:9523"
    way = wire(Rig("oven", "incubator", url), url, speed_milli=1000, folder=tmp_path, listing=lambda: next(lists))
    with pytest.raises(PortError, match=f"{mine.path} became {other.path} while it was opened"):
        way.open()
    assert (bench.got("9523"), bench.got("another")) == (b"", b"")


def test_an_emulator_that_keeps_real_time_is_not_sped_up(tmp_path):
    with pytest.raises(PortError, match="rig oven: qemu: runs in real time only: run with --speed 1, or on 'simavr:'"):
        wire(Rig("oven", "incubator", "qemu:"), "qemu:", speed_milli=60_000, folder=tmp_path)
