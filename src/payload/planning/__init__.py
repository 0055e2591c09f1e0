"""Mission to plan: compile, construct, improve, bound, say why.

planner                                                    the whole way
refuse                                                     what is not planned yet
compile    ticks bits starts routine clauses problem links mission to integers: masks of starts, one bit a tick
score                                                      which of two plans is better
construct  whole duties fixed exhaust chains place         duties first, then experiments; duties give way
           options state stores hosts sequence suited      what stands and takes, where a thing could still stand
           indexes ranges
improve    bound                                           better, and what cannot be exceeded
clash      overload packing                                why no plan can exist
reasons    assemble                                        why a session was left out; integers back to a plan
"""

from payload.planning.improve import Progress as Progress
from payload.planning.planner import make_plan as make_plan
from payload.planning.refuse import unplanned as unplanned
