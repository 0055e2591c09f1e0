"""From the mission to the integer problem: everything in ticks, every key a mask of starts, one bit a tick.

mission                        the whole way, one kind of thing after the other
ticks                          how long a tick is
waivers                        who is out of which rule, before anything else is read
forms    starts ranges         what alike activities have in common; the starts that their own keys allow
         waits suited          how long waits may be; who can fill a role
routine                        the duty instances, one per person and date
links                          what the sessions of one experiment ask of each other, and are worth together
indexes                        what is looked up of it again and again
"""

from payload.planning.compile.mission import compile_mission as compile_mission
from payload.planning.compile.starts import Starts as Starts
from payload.planning.compile.suited import tied_to as tied_to
