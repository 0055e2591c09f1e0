"""Other people's instruments as rigs of a mission. How to write one: docs/adapters.md.

entry                    which adapters there are (entry points), and where an instrument is (its URL)
station  work  pace      the thread, and what it does: arming, lease, limits | long commands, samples
supply   controller      the instruments that come with the program
scpi     modbus          what an adapter of either family is built on: sets that are proven, reads that are repeated
standin  simulated/      an instrument that we simulate, in the place of the real one
dialogue                 a conversation held over a transport
conversation             one question at a time, quarantine, being in step again (no I/O, no clock)
lines    frames  | visa  how messages look: SCPI, Modbus RTU | a VISA resource as a transport
face                     what an adapter is
"""

from payload.rigs.adapters.entry import adapter as adapter
from payload.rigs.adapters.entry import instruments as instruments
from payload.rigs.adapters.entry import kind_in as kind_in
from payload.rigs.adapters.face import DURATION as DURATION
from payload.rigs.adapters.face import Adapter as Adapter
from payload.rigs.adapters.face import Hurried as Hurried
from payload.rigs.adapters.face import Lost as Lost
from payload.rigs.adapters.face import Site as Site
from payload.rigs.adapters.face import Uncertain as Uncertain
from payload.rigs.adapters.face import command as command
from payload.rigs.adapters.face import instrument as instrument
from payload.rigs.adapters.frames import Span as Span
from payload.rigs.adapters.lines import Tongue as Tongue
from payload.rigs.adapters.lines import Trust as Trust
from payload.rigs.adapters.modbus import ModbusAdapter as ModbusAdapter
from payload.rigs.adapters.scpi import ScpiAdapter as ScpiAdapter
from payload.rigs.kinds.dictionary import Argument as Argument
from payload.rigs.kinds.dictionary import Channel as Channel
from payload.rigs.kinds.dictionary import Command as Command
