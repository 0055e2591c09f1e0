"""Rigs without hardware: the firmware's behaviour in Python.

size  memory  running  plants     what a rig can hold, what outlives it, what it is doing, what the kinds do
results  streams                  stored results, kept samples
rig                               all that a rig remembers, and how it speaks
safety  commands  telemetry       going safe, numbered commands, samples and periodic frames
frames  twin  script              each frame that comes in, time, and the twin driven by lines
"""

from payload.rigs.twins.memory import Bytes as Bytes
from payload.rigs.twins.memory import FileBytes as FileBytes
from payload.rigs.twins.memory import Memory as Memory
from payload.rigs.twins.plants import Plain as Plain
from payload.rigs.twins.plants import Plant as Plant
from payload.rigs.twins.script import script as script
from payload.rigs.twins.size import FULL as FULL
from payload.rigs.twins.size import SIZES as SIZES
from payload.rigs.twins.size import SMALL as SMALL
from payload.rigs.twins.size import Size as Size
from payload.rigs.twins.twin import Twin as Twin
