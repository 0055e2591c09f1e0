"""Rigs without hardware: the firmware's behaviour in Python."""

from payload.rigs.twins.script import script as script
from payload.rigs.twins.twin import Twin as Twin
