"""The buyer's own table: what it means at a session, and each way in which it may be wrong."""

from datetime import date

import numpy as np
import pytest

from oilseer.decisions.needs import example, policy_of, read_needs
from oilseer.decisions.plan import plan
from oilseer.decisions.policy import CoverPolicy, CoverRule, purchase_bounds
from oilseer.errors import ConfigError

DAY = date(2024, 5, 2)  # a Thursday with 20 sessions of May after it
HEADER = (
    "month,need_lb,covered_lb,covered_price_cents_per_lb,minimum_cover_ratio,maximum_cover_ratio,basis_cents_per_lb\n"
)


@pytest.fixture
def table(tmp_path):
    """The needs of a text, in a file of that kind."""

    def read(text, suffix=".csv", header=HEADER):
        path = tmp_path / f"needs{suffix}"
        path.write_text((header if suffix == ".csv" else "") + text, encoding="utf-8")
        return read_needs(path)

    return read


def test_months_are_counted_from_that_of_the_next_session(table):
    needs = table("2024-04,9,,,,,\n2024-05,100,40,51.5,,,\n2024-06,200,,,,,\n")
    policy, left_out = policy_of(needs, DAY, {})
    assert (policy.need_lb, policy.covered_lb, left_out) == ((100.0, 200.0), (40.0, 0.0), ())
    assert policy.covered_prices(spot=60.0).tolist() == [51.5, 0.0]
    later, _ = policy_of(needs, date(2024, 5, 31), {})  # the last session of May: only June is ahead
    assert later.need_lb == (200.0,)


def test_months_before_the_first_line_need_nothing(table):
    policy, _ = policy_of(table("2024-07,100,,,,,1.5\n2024-08,200,,,,,\n"), DAY, {"basis_cents_per_lb": 0.5})
    assert policy.need_lb == (0.0, 0.0, 100.0, 200.0)
    assert policy.basis.tolist() == [0.5, 0.5, 1.5, 0.5]


def test_months_beyond_the_forecasts_are_left_out_by_name(table):
    lines = "".join(f"{year}-{month:02d},100,,,,,\n" for year in (2024, 2025) for month in range(1, 13))
    policy, left_out = policy_of(table(lines), DAY, {})
    assert policy.months == 12
    assert left_out == ("2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12")


def test_bounds_of_the_table_are_those_of_the_policy_and_replace_the_settings(table):
    needs = table("2024-05,100,,,0.25,,\n2024-06,100,,,,0.9,\n2024-07,100,,,0.2,0.8,\n")
    policy, _ = policy_of(needs, DAY, {"rules": [[1, 0.9, 1.0]]})
    assert policy.rules == (CoverRule(1, 0.25, 1.0), CoverRule(2, 0.0, 0.9), CoverRule(3, 0.2, 0.8))
    least, most = purchase_bounds(policy)
    assert least.tolist() == pytest.approx([25, 25, 60])  # a fifth of 300
    assert most.tolist() == pytest.approx([100, 90, 80])
    without, _ = policy_of(table("2024-05,100,,,,,\n"), DAY, {"rules": [[1, 0.9, 1.0]]})
    assert without.rules == (CoverRule(1, 0.9, 1.0),)


def test_bounds_of_the_table_that_clash_are_named(table):
    needs = table("2024-05,100,,,,0.4,\n2024-06,100,,,0.9,,\n")
    with pytest.raises(ConfigError, match=r"minimum 90% through month 2 .* maximum 40% of each month from 1 through 1"):
        policy_of(needs, DAY, {})


def test_toml_says_the_same_and_may_bring_settings_of_its_own(table):
    text = (
        "[cover]\nrisk_weight = 0.2\nbudget_cents_per_lb = 48.0\n"
        '[[months]]\nmonth = "2024-05"\nneed_lb = 100\ncovered_lb = 40\ncovered_price_cents_per_lb = 51.5\n'
        '[[months]]\nmonth = "2024-06"\nneed_lb = 200\n'
    )
    settings = {"risk_weight": 0.1, "carry_rate": 0.07}
    policy, _ = policy_of(table(text, ".toml"), DAY, settings)
    same, _ = policy_of(table("2024-05,100,40,51.5,,,\n2024-06,200,,,,,\n"), DAY, settings)
    assert (policy.need_lb, policy.covered_lb) == (same.need_lb, same.covered_lb)
    assert (policy.risk_weight, policy.carry_rate, policy.budget_cents_per_lb) == (0.2, 0.07, 48.0)
    assert same.risk_weight == 0.1


def test_columns_may_come_in_any_order_with_notes_spaces_and_a_byte_order_mark(table, tmp_path):
    plain = table("# a note\n\n200, 2024-05\n", header="need_lb, month\n")
    assert plain.months[0].need_lb == 200.0
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbfmonth,need_lb\r\n2024-05,200\r\n")
    assert read_needs(tmp_path / "excel.csv").months == plain.months


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-13,100,,,,,\n", r"line 2: found month '2024-13', expected a month as 2026-01"),
        ("2024-05,100,,,,,\n2024-07,100,,,,,\n", r"line 3: found month 2024-07, expected 2024-06"),
        ("# note\n2024-05,lots,,,,,\n", r"line 3: found need_lb 'lots', expected a number from 0 to"),
        ("2024-05,-1,,,,,\n", r"line 2: found need_lb '-1'"),
        ("2024-05,nan,,,,,\n", r"line 2: found need_lb 'nan'"),
        ("2024-05,,,,,,\n", r"line 2: found no need_lb"),
        ("2024-05,1,000,000,,,,\n", r"line 2: found 8 cells, expected 7: write 1000000, not 1,000,000"),
        ("2024-05,100,101,50,,,\n", r"line 2: found covered_lb 101, expected at most need_lb 100"),
        ("2024-05,100,40,,,,\n", r"line 2: found 40 lb covered without a price"),
        (
            "2024-05,100,40,0.51,,,\n",
            r"line 2: found covered_price_cents_per_lb '0.51', expected a number from 5 to 500",
        ),
        ("2024-05,100,,,25,,\n", r"line 2: found minimum_cover_ratio '25', expected a number from 0 to 1"),
        ("", r"found no months"),
    ],
)
def test_each_fault_says_found_expected_and_the_line(table, text, said):
    with pytest.raises(ConfigError, match=said):
        table(text)


@pytest.mark.parametrize("header", ["month,need\n", "need_lb\n", "month;need_lb\n", "month,need_lb,need_lb\n"])
def test_wrong_columns_are_named_beside_the_right_ones(table, header):
    with pytest.raises(ConfigError, match=r"found columns .* expected month and need_lb"):
        table("2024-05,1\n", header=header)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("months = 3", r"expected \[\[months\]\]"),
        ("[[months]]\nmonth = '2024-05'\nneed = 3", r"month 1: found \['need'\]"),
        ("[[months]]\nmonth = '2024-05'\nneed_lb = true", "month 1: found need_lb True"),
        ("a = 1\n[[months]]\nmonth = \n", r"line 3"),
        ("[other]\na = 1", r"found \['other'\]"),
    ],
)
def test_faults_of_a_toml_table_are_named(table, text, said):
    with pytest.raises(ConfigError, match=said):
        table(text, ".toml")


def test_a_table_with_nothing_ahead_and_a_file_that_is_none_are_refused(table, tmp_path):
    with pytest.raises(ConfigError, match=r"found needs from 2023-01 to 2023-01, expected some within the 12 months"):
        policy_of(table("2023-01,100,,,,,\n"), DAY, {})
    for name in ("needs.xlsx", "missing.csv"):
        with pytest.raises(ConfigError, match="--example"):
            read_needs(tmp_path / name)


def test_the_example_is_a_table_that_can_be_planned_and_keeps_the_ladder(tmp_path):
    path = tmp_path / "needs.csv"
    path.write_text(example(DAY, 50.0))
    policy, left_out = policy_of(read_needs(path), DAY, {})
    assert (policy.months, left_out) == (12, ())
    least, most = purchase_bounds(policy)
    ladder = purchase_bounds(CoverPolicy(covered_lb=(3e5,) + (0.0,) * 11))
    assert least == pytest.approx(ladder[0], abs=2_000)  # three digits in the file
    assert most == pytest.approx(ladder[1])
    paths = 50.0 + np.random.default_rng(0).normal(0, 5, (200, 253)) * (np.arange(253) > 0)
    answer = plan(paths, policy, DAY)
    assert [row.calendar_month for row in answer.months][:2] == ["2024-05", "2024-06"]
    # What is covered at 50 is part of the bill: at 40 it is 0.025 ¢/lb of 12 million lb cheaper for each ¢.
    path.write_text(example(DAY, 40.0))
    cheaper = plan(paths, policy_of(read_needs(path), DAY, {})[0], DAY)
    saved = answer.after.expected_cents_per_lb - cheaper.after.expected_cents_per_lb
    assert saved == pytest.approx(10 * 3e5 / 12e6)
    assert answer.buy_lb == cheaper.buy_lb  # and is no reason to buy more or less
