"""Every word that the checker can say is broken on purpose, in at least three ways."""

from __future__ import annotations

import re

import test_rules_completeness
import test_rules_days
import test_rules_people
import test_rules_resources
import test_rules_sequence
import test_rules_time

from payload.rules import check
from payload.rules.check import RULES
from payload.rules.check import __doc__ as table

STORIES = [
    *test_rules_completeness.STORIES,
    *test_rules_days.STORIES,
    *test_rules_people.STORIES,
    *test_rules_resources.STORIES,
    *test_rules_sequence.STORIES,
    *test_rules_time.STORIES,
]


def words() -> set[str]:
    """The words of the table in the checker's docstring."""
    lines = re.findall(r"^    (?:\S+)? +(.*)$", table or "", re.MULTILINE)
    return {word for line in lines for word in re.sub(r"\(.*\)", "", line).split()}


def test_each_word_has_at_least_three_broken_plans() -> None:
    ways = {word: sum(len(told.broken) for told in STORIES if told.rule == word) for word in words()}
    assert {word for word, count in ways.items() if count < 3} == {"window-edges"}  # shown with `check_windows`
    assert len(ways) == 46


def test_the_checker_says_no_word_that_is_not_in_the_table() -> None:
    known = words()
    for told in STORIES:
        ids = {rule.id for rule in told.mission.rules}
        assert {found.rule for whole in told.broken for found in check(told.mission, whole)} <= known | ids


def test_each_kind_of_mission_rule_has_its_stories() -> None:
    kinds = {type(rule).__name__ for told in STORIES for rule in told.mission.rules}
    assert kinds == {"Gap", "Order", "Limit", "AmountLimit", "Exclude", "DifferentDay", "SameDay"}


def test_the_table_names_each_function_once() -> None:
    assert len(set(RULES)) == len(RULES)
