"""Mission to plan: compile, construct, improve, bound, say why."""

from payload.planning.improve import Progress as Progress
from payload.planning.planner import make_plan as make_plan
from payload.planning.refuse import unplanned as unplanned
