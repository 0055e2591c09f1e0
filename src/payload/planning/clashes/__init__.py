"""Why no plan can exist: proven, and told by as few activities and rules as could be found.

clash                                  from the whole to the smallest set
fixed                                  fixed duties against each other
overload    crowded packing            more than there is, than people can do, than follows on one resource
precedence    apart                    what cannot follow each other; days that are too few
"""

from payload.planning.clashes.clash import Clash as Clash
from payload.planning.clashes.clash import certain_clash as certain_clash
from payload.planning.clashes.clash import found_clash as found_clash
