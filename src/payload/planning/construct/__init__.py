"""The first plan: duties first, then experiments one after the other; duties give way.

works                          the orders in which experiments are tried, and the fixed duties that all begins with
duties    exhaust              the movable duties, date by date; what is searched to the end
chains    place                the sessions that hang together, as one; room made for one of them
soft                           soft rules kept like hard ones, then broken where that brings in more
"""

from payload.planning.construct.chains import Pick as Pick
from payload.planning.construct.chains import place_chain as place_chain
from payload.planning.construct.chains import place_work as place_work
from payload.planning.construct.chains import within_reach as within_reach
from payload.planning.construct.duties import place_duties as place_duties
from payload.planning.construct.exhaust import exhaust as exhaust
from payload.planning.construct.place import insert as insert
from payload.planning.construct.place import settle as settle
from payload.planning.construct.soft import looking_past as looking_past
from payload.planning.construct.soft import mend as mend
from payload.planning.construct.soft import one_by_one as one_by_one
from payload.planning.construct.soft import with_breaches as with_breaches
from payload.planning.construct.works import fixed_duties as fixed_duties
from payload.planning.construct.works import in_sequence as in_sequence
from payload.planning.construct.works import opens as opens
from payload.planning.construct.works import orders as orders
from payload.planning.construct.works import place_promised as place_promised
from payload.planning.construct.works import place_works as place_works
