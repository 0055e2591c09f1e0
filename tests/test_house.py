"""The house itself: what a first look costs, and that the public face is there."""

import subprocess
import sys

import payload
from payload.rules import check as checker
from payload.rules.check import NEVER_WAIVED
from payload.scenario import rulebook

HEAVY = ["numpy", "simpy", "sgp4", "pydantic", "yaml", "rich", "jinja2", "serial", "sqlite3", "ortools"]


def _loaded(code):
    script = f"{code}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_help_loads_no_heavy_library():
    assert _loaded("import payload.cli.app") == "[]"


def test_importing_the_package_loads_nothing():
    assert _loaded("import payload") == "[]"


def test_a_first_plan_and_its_reasons_load_no_solver():
    planned = "import payload; payload.plan(payload.load('builtin:tiangong-payload-expert'), budget_ms=0)"
    assert "ortools" not in _loaded(f"{planned}; import payload.planning.explain")


def test_the_verbs_are_the_public_face():
    assert [callable(getattr(payload, verb)) for verb in payload.__all__] == [True] * 5
    assert payload.__version__[0].isdigit()


def test_the_reader_and_the_checker_agree_on_what_can_be_waived():
    """Two wings that may not import each other hold the same list."""
    words = set(sys.modules[checker.__module__].__doc__.split())
    assert set(rulebook._WAIVABLE) <= words - NEVER_WAIVED
    assert set(rulebook._NEVER_WAIVED) <= NEVER_WAIVED
