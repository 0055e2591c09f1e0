"""What a plan must obey: the independent checker.

It shares no code with the planner, and expands repeats and duties by itself. `check` lists the names of all rules.
"""

from payload.rules.check import check as check
from payload.rules.check import waiver_of as waiver_of
from payload.rules.edges import check_windows as check_windows
from payload.rules.value import worth as worth
