"""What no plan can exceed: proven.

bound                            by counting, and what begins with that and is tightened
ascent    master                 the prices at which the bound is lowest: coarse to fine, and by a linear program
relaxation                       what a plan is worth at most at given prices
works     pieces    prices       one experiment beside them; the starts of one form; what is paid for
"""

from payload.planning.bounds.ascent import Flown as Flown
from payload.planning.bounds.bound import Bound as Bound
from payload.planning.bounds.bound import most_sessions as most_sessions
from payload.planning.bounds.bound import relaxed as relaxed
from payload.planning.bounds.bound import upper_bound as upper_bound
