"""Faults of the wire, on purpose and repeatable: docs/faults.md has the catalogue.

file      a faults file, every key checked
drive     a link and a rig joined by such a wire, in virtual time
wire      bytes and times in, bytes and times out
plan      what is to go wrong: rates per frame, happenings at times
"""

from payload.rigs.faults.drive import Drive as Drive
from payload.rigs.faults.drive import VirtualWire as VirtualWire
from payload.rigs.faults.plan import Fault as Fault
from payload.rigs.faults.plan import Happening as Happening
from payload.rigs.faults.plan import Lane as Lane
from payload.rigs.faults.plan import Plan as Plan
from payload.rigs.faults.plan import Rates as Rates
from payload.rigs.faults.plan import Way as Way
from payload.rigs.faults.plan import both as both
from payload.rigs.faults.wire import Arrival as Arrival
from payload.rigs.faults.wire import Faults as Faults
from payload.rigs.faults.wire import Struck as Struck
