"""Everything between a procedure step and the wire. The wire itself: firmware_stubs/PROTOCOL.md.

conform                    does a rig keep to the protocol, and what is missing
lockstep                   all rigs of a run in virtual time, event to event
stations                   all rigs of a run, each by a thread of its own; a step's call to a telecommand; wiring
adapters                   instruments of other makers
programs                   rigs that we start, on pseudo-terminals
faults                     a wire that goes wrong on purpose
link  ports  twins         the conversation (no I/O, no clock) | pipes of bytes | the firmware's behaviour in Python
kinds                      what a kind is, from its description
wire                       frames and values

No room imports one above it. What programs need stands here; the rest is imported from its room.
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
