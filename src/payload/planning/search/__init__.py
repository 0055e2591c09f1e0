"""A whole plan made better as long as it is let: small parts of it solved exactly, judged, and put back.

It imports the solver: whoever needs no search does not import this.

anytime    interrupt adapt            the loop; its end; what is tried next, and how large
guided                                plans made after the bound's linear program
neighbourhoods    scope standing      which activities are free; what is looked up of the problem and of the plan
subproblem    slots couplings         these as a model of their own
cpsat                                 the door to the solver
merge                                 its answer put into the plan, where it is better
"""

from payload.planning.search.anytime import improve as improve
