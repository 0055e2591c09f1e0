"""Simulated instruments, for tests and for trying a mission without hardware.

    python -m payload.rigs.adapters.simulated bench-supply --link /tmp/supply [--late 0.05 --twice 0.05 --split 0.2]

supply   controller      what the instruments do with what they hear: whole replies
whims                    what becomes of replies on the way: late, twice, in pieces, never
virtual                  an instrument as a transport in virtual time
"""

from payload.rigs.adapters.simulated.controller import SimulatedController as SimulatedController
from payload.rigs.adapters.simulated.supply import SimulatedSupply as SimulatedSupply
from payload.rigs.adapters.simulated.virtual import VirtualClock as VirtualClock
from payload.rigs.adapters.simulated.virtual import VirtualPipe as VirtualPipe
from payload.rigs.adapters.simulated.whims import Instrument as Instrument
from payload.rigs.adapters.simulated.whims import Simulated as Simulated
from payload.rigs.adapters.simulated.whims import Whims as Whims
