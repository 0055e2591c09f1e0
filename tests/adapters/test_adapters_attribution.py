"""The slice of bench/bench_adapters.py that is always run: no answer is taken for another's."""

import pytest

from bench_adapters import FAMILIES, LATE, LOSSY, campaign, naive


@pytest.mark.parametrize("family", FAMILIES)
def test_late_double_and_split_replies_are_never_taken_for_the_next_answer(family):
    result = campaign(family, 2_000, LATE, seed=7)
    assert result.misattributed == 0
    assert result.answered + result.unanswered == result.asked == 2_000
    assert result.answered >= 1_850
    assert result.replies["late"] >= 20
    assert result.replies["twice"] >= 20


def test_where_answers_are_tagged_lost_ones_do_no_harm_either():
    assert campaign("scpi tagged", 2_000, LOSSY, seed=7).misattributed == 0


@pytest.mark.parametrize("family", ["scpi tagged", "modbus loopback"])
def test_a_plain_driver_takes_them_for_its_answers(family):
    """So the instruments of the campaign are as bad as they are meant to be."""
    assert naive(family, 2_000, LATE, seed=7).misattributed > 10
