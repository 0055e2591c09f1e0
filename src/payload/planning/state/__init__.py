"""What stands, what it takes, and where another thing could still stand: masks of starts, one bit a tick.

placed                                   the placed activities: put, dropped, undone
stores   amounts buffers                 renewables and consumables; limits of amounts; levels
tallies  clauses                         limits of crewed time; rules between activities
hosts    sequence                        sessions at duties; repeats, orders and every `after`
options                                  all of these at once: the starts that are left, and who could do it there
"""

from payload.planning.state.amounts import Uses as Uses
from payload.planning.state.amounts import charges_of as charges_of
from payload.planning.state.amounts import charges_of_holds as charges_of_holds
from payload.planning.state.amounts import session_uses as session_uses
from payload.planning.state.amounts import steady_limits as steady_limits
from payload.planning.state.clauses import clause_sides as clause_sides
from payload.planning.state.clauses import forbidden as forbidden
from payload.planning.state.hosts import covering_starts as covering_starts
from payload.planning.state.hosts import relative_starts as relative_starts
from payload.planning.state.options import Options as Options
from payload.planning.state.options import closed_starts as closed_starts
from payload.planning.state.options import flow_starts as flow_starts
from payload.planning.state.options import held_starts as held_starts
from payload.planning.state.options import in_shape as in_shape
from payload.planning.state.options import limit_starts as limit_starts
from payload.planning.state.options import options as options
from payload.planning.state.options import person_starts as person_starts
from payload.planning.state.options import shared_starts as shared_starts
from payload.planning.state.options import united as united
from payload.planning.state.placed import Crew as Crew
from payload.planning.state.placed import State as State
from payload.planning.state.placed import Wishes as Wishes
from payload.planning.state.sequence import planned_of as planned_of
from payload.planning.state.sequence import sibling_starts as sibling_starts
from payload.planning.state.sequence import tied_starts as tied_starts
from payload.planning.state.stores import Meter as Meter
