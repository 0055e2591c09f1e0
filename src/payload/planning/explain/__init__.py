"""Why an activity stands where it stands, or why it was left out and what would let it in.

answer                       the question, and all that is said to it
keys    cuts                 each reason as the starts that it forbids, the rest of the plan standing
conflict                     the smallest set of reasons that forbid every start
spot    changes rules        what could be changed, as little as is enough
regions trial                where a change is tried, and whether it could help
moves   relax                planning again with that, until it stands
placed                       where else a placed one could stand
words                        in a planner's words
"""

from payload.planning.explain.answer import Elsewhere as Elsewhere
from payload.planning.explain.answer import Explanation as Explanation
from payload.planning.explain.answer import Relaxation as Relaxation
from payload.planning.explain.answer import Told as Told
from payload.planning.explain.answer import explain as explain
