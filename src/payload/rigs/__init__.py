"""Everything between a procedure step and the wire. The wire itself: firmware_stubs/PROTOCOL.md.

wiring                 which rig is real today
calls      twins/      a step's call to a telecommand | the firmware's behaviour in Python
link                   the conversation: numbers, stages, retries, reconciliation (no I/O, no clock)
packet  dictionary     values to bytes | the kinds' commands and channels
frame | transport      delimiting and CRC | a pipe of bytes: the only pyserial
"""

from payload.rigs.bench import Bench as Bench
from payload.rigs.calls import CallRefused as CallRefused
from payload.rigs.calls import limits_of as limits_of
from payload.rigs.calls import translate as translate
from payload.rigs.dictionary import KINDS as KINDS
from payload.rigs.dictionary import Kind as Kind
from payload.rigs.discovery import call as call
from payload.rigs.discovery import info as info
from payload.rigs.discovery import probe as probe
from payload.rigs.packet import HelloReply as HelloReply
from payload.rigs.packet import Reason as Reason
from payload.rigs.packet import State as State
from payload.rigs.packet import name_of as name_of
from payload.rigs.programs import firmware as firmware
from payload.rigs.programs import firmware_command as firmware_command
from payload.rigs.programs import twin_command as twin_command
from payload.rigs.station import Report as Report
from payload.rigs.transport import Port as Port
from payload.rigs.transport import ports as ports
