"""The baselines say what they mean: the checker agrees with their answers, and the two agree on what is best."""

from dataclasses import replace

import pytest

from crewbench.answer import Answer, judged, plan_of, repaired
from crewbench.baseline_cpsat import Monolith, answer_of
from crewbench.flat import flat
from crewbench.sizes import instance_path
from payload import api
from payload.model import Limit


def _read(name, seed):
    mission = api.load(str(instance_path(name, seed)))
    windows = api.windows(mission)
    return mission, windows, flat(mission, windows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_two_baselines_find_the_same_best_value_and_it_is_valid(seed):
    shop = pytest.importorskip("crewbench.baseline_pyjobshop").Shop
    mission, windows, flattened = _read("crew-day", seed)
    found = []
    for model in (Monolith(flattened), shop(flattened)):
        outcome = model.solve([20.0])
        plan = plan_of(flattened, outcome.answers[20.0], windows)
        assert judged(mission, plan).violations == 0
        assert (outcome.status, plan.value) == ("OPTIMAL", outcome.bound)
        found.append(plan.value)
    assert found[0] == found[1] <= api.plan(mission).bound


@pytest.mark.parametrize("name", ["crew-day", "crew-week", "crew-18"])
def test_what_payload_plans_is_an_answer_of_the_model(name):
    """The construction's plan, said in the baseline's terms and fixed there, is feasible and worth as much."""
    mission, windows, flattened = _read(name, 1)
    made = api.plan(mission)
    assert plan_of(flattened, answer_of(flattened, made), windows).value == made.value
    model = Monolith(flattened)
    model.hint(made)
    assert model.fixed_to_hint() == pytest.approx(float(made.value), abs=1e-3)


def test_a_repair_leaves_out_what_breaks_a_rule():
    """Of an answer to a mission with longer working days, the repair for the true mission keeps a valid part."""
    mission, windows, flattened = _read("crew-day", 2)
    longer = [replace(rule, limit_ms=2 * rule.limit_ms) for rule in mission.rules if isinstance(rule, Limit)]
    rules = (*longer, *(rule for rule in mission.rules if not isinstance(rule, Limit)))
    eager = flat(replace(mission, rules=rules), windows)
    answer = Monolith(eager).solve([20.0]).answers[20.0]
    plan = plan_of(flattened, answer, windows)
    assert judged(mission, plan).violations > 0
    mended = repaired(flattened, answer, windows)
    assert (mended.violations, mended.dropped > 0) == (0, True)
    assert 0 < mended.value < plan.value


def test_a_mission_with_a_key_that_the_baselines_do_not_know_is_refused():
    mission = api.load("builtin:tiangong-payload-expert")
    with pytest.raises(ValueError):
        flat(mission, api.windows(mission))


def test_a_plan_without_sessions_is_judged_too():
    mission, windows, flattened = _read("crew-day", 3)
    chores = answer_of(flattened, api.plan(mission)).chores
    assert judged(mission, plan_of(flattened, Answer({}, chores), windows)).value == 0
