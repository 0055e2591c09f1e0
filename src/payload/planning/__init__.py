"""Mission to plan: compile, construct, improve, bound, say why.

planner                                                    the whole way
compile    ticks bits starts routine clauses problem links mission to integers: masks of starts, one bit a tick
           forms waits facts
           waivers                                         who is out of which rule
score      breaches shares soft                            which of two plans is better: what sponsors are short of, and
                                                           what soft rules cost; these broken where that brings more
construct  whole duties fixed exhaust chains place keep    duties first, then experiments; duties give way
           options state stores hosts sequence suited      what stands and takes, where a thing could still stand
           amounts buffers tallies indexes ranges
bound      bound_ascent bound_master                       what cannot be exceeded: prices of what plans share, and
           bound_relaxation bound_prices bound_pieces      what each experiment is worth at most beside them
           bound_works
improve                                                    better by fast steps
search     progress interrupt adapt neighbourhoods         better as long as it is let: small parts solved exactly,
           scope standing subproblem slots couplings       judged and put back
           cpsat merge
clash      overload packing                                why no plan can exist
reasons    assemble                                        why a session was left out; integers back to a plan
restore    explain                                         a plan back to integers; why a thing stands where it does,
           (its own map)                                   and the smallest change that lets in what was left out

`explain` is the room's second face, `from payload.planning.explain import explain`: planning does not wait for it.
"""

from payload.planning.planner import make_plan as make_plan
from payload.planning.progress import Progress as Progress
