"""Everything between a procedure step and the wire. The wire itself: firmware_stubs/PROTOCOL.md.

bench | lockstep       all rigs of a run: each by a thread of its own on the wall's clock | all in virtual time
keeper                 what either has of one rig: its limits, arming, commands and reports
wiring     naming      which rig is real today | which port its URL means today
programs   terminal    rigs that we start | their end of a pseudo-terminal
calls      twins/      a step's call to a telecommand | the firmware's behaviour in Python
link                   the conversation: numbers, stages, retries, reconciliation (no I/O, no clock)
  numbered  window     its commands: sessions, fates | what may be in flight, what is sent again
  streams  clock       its samples, in order and whole | ticks of the rig on the host's clock
  intents              what it is about to send, on disk before it does
packet  dictionary     values to bytes | the kinds' commands and channels
frame | transport      delimiting and CRC | a pipe of bytes: the only pyserial
faults/                a wire that goes wrong on purpose: docs/faults.md
"""

from payload.rigs.adapters.entry import instruments as instruments
from payload.rigs.kinds.dictionary import KINDS as KINDS
from payload.rigs.kinds.dictionary import Kind as Kind
from payload.rigs.link.intents import LineIntents as LineIntents
from payload.rigs.lockstep.bench import LockstepBench as LockstepBench
from payload.rigs.ports.listing import Port as Port
from payload.rigs.ports.listing import ports as ports
from payload.rigs.programs.folder import run_folder as run_folder
from payload.rigs.programs.programs import faulty_command as faulty_command
from payload.rigs.programs.programs import firmware as firmware
from payload.rigs.programs.programs import firmware_command as firmware_command
from payload.rigs.programs.programs import twin_command as twin_command
from payload.rigs.stations.bench import Bench as Bench
from payload.rigs.stations.calls import CallRefused as CallRefused
from payload.rigs.stations.calls import limits_of as limits_of
from payload.rigs.stations.calls import translate as translate
from payload.rigs.stations.discovery import call as call
from payload.rigs.stations.discovery import info as info
from payload.rigs.stations.discovery import probe as probe
from payload.rigs.stations.keeper import Report as Report
from payload.rigs.wire.packet import HelloReply as HelloReply
from payload.rigs.wire.packet import Reason as Reason
from payload.rigs.wire.packet import State as State
from payload.rigs.wire.packet import name_of as name_of
