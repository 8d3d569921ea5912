"""The twelve signal rules: each verdict at values chosen by hand on both sides of its bounds."""

import pytest

from oilseer.signals.rules import RULES, VERDICTS

CASES = [
    (1, (0.3, 0.0, -0.01), "bullish"), (1, (0.3, 0.0, 0.01), "neutral"), (1, (0.0, 0.3, 0.02), "bearish"),
    (2, (14.9,), "neutral"), (2, (24.9,), "neutral"), (2, (25.0,), "caution"), (2, (31.0,), "caution"),
    (3, (0.4, 0.1), "bullish"), (3, (0.4, -0.1), "neutral"), (3, (0.1, 0.3), "neutral"), (3, (-0.4, -0.2), "bearish"),
    (4, (3.0, 4.0), "bullish"), (4, (5.0, 4.0), "bearish"), (4, (4.1, 4.0), "neutral"),
    (5, (0.04, -0.05), "bearish"), (5, (-0.04, 0.05), "bullish"), (5, (0.0, -0.03), "bullish"),
    (5, (0.01, 0.03), "bearish"), (5, (0.01, 0.01), "neutral"),
    (6, (1.1,), "bullish"), (6, (-1.1,), "bearish"), (6, (0.9,), "neutral"),
    (7, (15.0,), "bullish"), (7, (14.0,), "neutral"),
    (8, (-21.0, 1.0), "bullish"), (8, (-21.0, 0.0), "neutral"), (8, (21.0, 0.0), "bearish"),
    (9, (0.95, 0.3), "bearish"), (9, (0.85, 0.3), "caution"), (9, (0.05, 0.0), "bullish"), (9, (0.5, 0.0), "neutral"),
    (10, (-0.1, 0.0), "caution"), (10, (1.3, 1.1), "bearish"), (10, (0.7, -1.1), "bullish"),
    (10, (1.0, 0.9), "neutral"),
    (11, (1.4,), "bearish"), (11, (0.9,), "bullish"), (11, (1.1,), "neutral"), (11, (22.0,), "unknown"),
    (12, (11.0,), "bullish"), (12, (-11.0,), "bearish"), (12, (0.0,), "neutral"),
]  # fmt: skip


def test_there_are_twelve_rules_in_order():
    assert [rule.number for rule in RULES] == list(range(1, 13))


@pytest.mark.parametrize(("number", "values", "verdict"), CASES)
def test_verdict_by_hand(number, values, verdict):
    rule = RULES[number - 1]
    found = rule.apply(dict(zip(rule.reads, values, strict=True)))
    assert found.verdict == verdict
    assert found.verdict in VERDICTS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_missing_input_is_named_and_never_guessed(rule):
    found = rule.apply(dict.fromkeys(rule.reads[1:], 1.0))
    assert found.verdict == "unknown"
    assert rule.reads[0] in found.evidence
