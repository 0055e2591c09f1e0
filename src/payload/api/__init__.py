"""The verbs, for programs: the same as the commands, without printing.

mission = load("builtin:quickstart")
made = plan(mission, iterations=100)
assert verify(mission, made).valid
odds = simulate(mission, made, runs=1000, jobs=2)
outcome = run(mission, made, "run.db", speed=60)
"""

from payload.api.calls import require_calls as require_calls
from payload.api.explaining import explain as explain
from payload.api.explaining import with_relaxation as with_relaxation
from payload.api.facts import Facts as Facts
from payload.api.facts import facts as facts
from payload.api.files import load as load
from payload.api.files import load_plan as load_plan
from payload.api.files import locate as locate
from payload.api.files import mission_text as mission_text
from payload.api.files import plan_text as plan_text
from payload.api.files import require_room as require_room
from payload.api.files import save as save
from payload.api.flight import answered as answered
from payload.api.flight import digest as digest
from payload.api.flight import recorded as recorded
from payload.api.flight import run as run
from payload.api.flight import simulate as simulate
from payload.api.flight import tell as tell
from payload.api.keeping import changed as changed
from payload.api.keeping import parse_price as parse_price
from payload.api.looking import diff as diff
from payload.api.looking import report as report
from payload.api.looking import schema as schema
from payload.api.looking import timeline as timeline
from payload.api.times import day_span as day_span
from payload.api.times import parse_budget as parse_budget
from payload.api.verbs import Verdict as Verdict
from payload.api.verbs import plan as plan
from payload.api.verbs import verify as verify
from payload.api.verbs import windows as windows
