"""Mission to plan: compile, construct, improve, bound, say why. Each folder's own page is its map.

planner     whole                 the whole way; the first plan, or that there can be none
compile/                          the mission to integers: masks of starts, one bit a tick
  problem   bits      depth       what it compiles to; one big integer as time; how deep calls may nest
state/                            what stands and takes, and where another thing could still stand
score/                            which of two plans is better
construct/                        duties first, then experiments one after the other; duties give way
bounds/                           what no plan can exceed: counted, and by prices of what plans share
improve                           better by fast steps
search/     progress              better as long as it is let: small parts solved exactly, judged and put back
clashes/                          why no plan can exist
reasons     words     assemble    why a session was left out, what things are called; integers back to a plan
facts       keep      restore     a plan read back: what is fact in it, what of it is kept, all of it put again
explain/                          why a thing stands where it does; the least change that lets in what was left out

`explain` is the room's second face, `from payload.planning.explain import explain`: planning does not wait for it.
`search` is imported when there is something to search: it loads the solver.
"""

from payload.planning.planner import make_plan as make_plan
from payload.planning.progress import Progress as Progress
