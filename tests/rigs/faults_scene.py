"""A link and a twin on a wire that goes wrong, and what is worth asking afterwards. Times are ms of virtual time."""

from __future__ import annotations

from collections import Counter

from payload.met import to_ms, to_ns
from payload.rigs.faults import Drive, Fault, Faults, Happening, Plan, VirtualWire
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Down, Event, Met, Moved, Sampled, Up
from payload.rigs.link.link import Link
from payload.rigs.twins import Bytes, Twin
from payload.rigs.wire.frame import Deframer, Frame

UNIT = 0x1122334455667788


class Scene:
    """`ran` has what the twin really carried out of its kind's own commands, as (boot, name, arguments); `outputs` each
    change of an output, as (tick, output, value); `sent` each frame of the host, with its time."""

    def __init__(self, plan=Plan(), *, kind="incubator", memory=False, link=None, boot=None):  # noqa: B008 - frozen
        self.kind = KINDS[kind]
        self.told: list[tuple[int, Event]] = []
        self.ran: list[tuple[int, str, tuple[int, ...]]] = []
        self.outputs: list[tuple[int, int, int]] = []
        self.sent: list[tuple[int, Frame]] = []
        self.on_event = lambda event: None
        self._nvm = Bytes() if memory else None
        self._deframer = Deframer()
        self.wire = VirtualWire(boot or self._boot, Faults(plan), "oven")
        self._take = self.wire.faults.take
        self.wire.faults.take = self._watch
        self.drive = Drive(link or Link("oven", self.kind), self.wire, self._tell)

    def _boot(self, number):
        twin = Twin(self.kind, unit=UNIT, boot=number, nvm=self._nvm, drive=self._show)
        for name in ("carry_out", "start"):
            setattr(twin.plant, name, self._counting(number, getattr(twin.plant, name)))
        return twin

    def _counting(self, boot, method):
        def counted(*arguments):
            self.ran.append((boot, method.__name__, arguments))
            return method(*arguments)

        return counted

    def _show(self, tick, thousandths, output, value):
        self.outputs.append((tick, output, value))

    def _watch(self, way, data, now):
        if way.value == "to_rig":
            self.sent += [(to_ms(now), frame) for frame in self._deframer.feed(data)]
        self._take(way, data, now)

    def _tell(self, now, event):
        self.told.append((to_ms(now), event))
        self.on_event(event)

    # -- what happens --------------------------------------------------------------------------------------------

    @property
    def at(self):
        return to_ms(self.wire.now)

    @property
    def twin(self):
        return self.wire.device

    def run(self, length_ms):
        self.drive.run(self.wire.now + to_ns(length_ms))

    def strike(self, fault, length_ms=0, **more):
        self.wire.strike(Happening(fault, 0, to_ns(length_ms), **more))

    def unplug(self, length_ms):
        self.strike(Fault.UNPLUG, length_ms)

    def submit(self, token, name, *arguments):
        self.drive.say(self.drive.link.submit(token, self.kind.by_name[name], arguments, self.wire.now))

    def settle(self, limit_ms=120_000):
        """Until every command has its end."""
        until = self.at + limit_ms
        while not self.drive.link.idle:
            assert self.at < until, f"no end of {set(self.tokens) - set(self.ends)}"
            self.run(10)

    def arm(self):
        """Out of safe mode, with whatever it takes."""
        outputs = self.kind.all_outputs
        self.submit("prepare", "prepare", outputs)
        self.settle()
        self.submit("arm", "arm", outputs, self.last("prepare").value)
        self.settle()
        assert self.ends["arm"] == ["DONE"]

    # -- what came of it -----------------------------------------------------------------------------------------

    def events(self, *kinds):
        return [event for _, event in self.told if isinstance(event, kinds)]

    @property
    def tokens(self):
        return [event.token for event in self.events(Moved)]

    @property
    def ends(self):
        """Per token the stages it ended with: exactly one, or a promise is broken."""
        found = {}
        for event in self.events(Moved):
            found.setdefault(event.token, [])
            if event.ended:
                found[event.token].append(event.stage)
        return {token: stages for token, stages in found.items() if stages}

    def last(self, token):
        return [event for event in self.events(Moved) if event.token == token][-1]

    @property
    def downs(self):
        return [str(event.error) for event in self.events(Down)]

    @property
    def meetings(self):
        """Of each meeting after the first, whether the rig had booted anew."""
        return [event.rebooted for event in self.events(Met) if event.again]

    @property
    def sessions(self):
        """Of each coming up, whether in a fresh session."""
        return [event.fresh for event in self.events(Up)]

    def frames(self, name):
        """How many frames of a type the host has sent, repeats too."""
        return sum(frame.type == name for _, frame in self.sent)

    def samples(self, stream):
        """All samples of a stream that came, as (number, value), and how many were told as lost."""
        mine = [event for event in self.events(Sampled) if event.stream == stream]
        found = [(event.first + k, value) for event in mine for k, value in enumerate(event.values)]
        return found, mine[-1].lost if mine else 0

    @property
    def befell(self):
        return Counter(self.wire.faults.counts)
