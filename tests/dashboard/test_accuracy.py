"""Past forecasts origin by origin: losses are the scorecard's, sums and intervals add up, places are counted right."""

import duckdb
import numpy as np
import pytest
import scoringrules
from published_site import make_site
from scipy import stats

from oilseer.dashboard import accuracy, charts_quant, driver_cards
from oilseer.errors import ConfigError
from oilseer.metrics import mean_interval, running_interval
from oilseer.quantiles import LEVELS


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    workspace = make_site(tmp_path_factory.mktemp("accuracy") / "home")
    (path,) = workspace.published.glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as found:
        found.execute("SET TimeZone = 'UTC'")
        yield found


def test_the_interval_of_a_running_sum_ends_at_n_times_that_of_the_mean():
    values = np.random.default_rng(1).normal(0.1, 1, 60)
    low, high = running_interval(values, 3)
    mean_low, mean_high = mean_interval(values, 3)
    assert (low[-1], high[-1]) == (pytest.approx(60 * mean_low), pytest.approx(60 * mean_high))
    assert (low < values.cumsum()).all()
    assert (high > values.cumsum()).all()


def test_the_interval_follows_the_sum_where_the_mean_changes():
    values = np.r_[np.ones(30), -np.ones(30)] + np.random.default_rng(3).normal(0, 0.1, 60)
    low, high = running_interval(values, 3)
    assert (low[29] + high[29]) / 2 == pytest.approx(values[:30].sum(), abs=5)  # 30, though the mean is nil


def test_the_interval_of_a_running_sum_holds_the_truth_nine_times_of_ten():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        values = rng.normal(0.3, 1, 120)
        low, high = running_interval(values, 1, draws=300)
        held += low[-1] <= 120 * 0.3 <= high[-1]
    assert 165 <= held <= 195


def test_gains_are_losses_of_the_rival_less_ours_as_a_second_library_counts_them(connection):
    found = accuracy.past(connection)["1m"]
    place = found.known[7]
    quantiles = found.panel.quantiles[place]
    pinball = [scoringrules.quantile_score(found.panel.outcome[place], quantiles[m], np.array(LEVELS)) for m in (0, 1)]
    width = np.diff([0.0, *LEVELS, 1.0])
    weight = width[:-1] + width[1:]  # 2 ∫ by the trapezoid rule
    ours, theirs = ((one * weight).sum() for one in pinball)
    rows = [row for row in accuracy.gains(connection, "1m")["rows"] if row["rival"] == "B0"]
    assert rows[7]["gain"] == pytest.approx(theirs - ours)
    assert rows[-1]["total_gain"] == pytest.approx(sum(row["gain"] for row in rows))


def test_equal_forecasts_gain_nothing_and_are_not_shown_to_win(connection):
    answer = accuracy.gains(connection, "1m")
    assert {row["gain"] for row in answer["rows"] if row["rival"] == "B1"} == {0.0}
    chart = charts_quant.gain(answer, "B1", "")
    assert chart.finding.startswith("Not shown to beat a GARCH simulation (B1): 0.000 ¢/lb an origin over 52")


def test_a_clear_gain_and_a_clear_loss_are_told_apart(connection):
    answer = accuracy.gains(connection, "1m")
    clear = [row | {"total_gain": 40.0, "low": 30.0, "high": 50.0} for row in answer["rows"] if row["rival"] == "B0"]
    assert charts_quant.gain(answer | {"rows": clear}, "B0", "").finding.startswith("Shown to beat no change")
    worse = [row | {"total_gain": -40.0, "low": -50.0, "high": -30.0} for row in clear]
    assert charts_quant.gain(answer | {"rows": worse}, "B0", "").finding.startswith("Shown to be worse than no change")


def test_a_handful_of_independent_outcomes_shows_nothing(connection):
    answer = accuracy.gains(connection, "12m")
    clear = [row | {"total_gain": 40.0, "low": 30.0, "high": 50.0} for row in answer["rows"] if row["rival"] == "B0"]
    assert answer["n_effective"]["B0"] == 4
    assert charts_quant.gain(answer | {"rows": clear}, "B0", "").finding.startswith("Too few outcomes to tell")


def test_places_of_outcomes_are_counted_between_the_levels(connection):
    answer = accuracy.calibration(connection, "1m")
    found = accuracy.past(connection)["1m"]
    outcome, quantiles = found.panel.outcome[found.known], found.panel.quantiles[found.known, 0]
    assert [row["outcomes"] for row in answer["places"]] == [
        int(((quantiles < outcome[:, None]).sum(axis=1) == place).sum()) for place in range(10)
    ]
    assert sum(row["outcomes"] for row in answer["places"]) == answer["n_origins"] == len(outcome)
    assert sum(row["promised"] for row in answer["places"]) == pytest.approx(1)
    middle = answer["places"][4]
    low, high = stats.binom.ppf((0.05, 0.95), answer["n_effective"], 0.25) / answer["n_effective"]
    assert (middle["luck_low"], middle["luck_high"]) == (pytest.approx(low), pytest.approx(high))


def test_a_share_over_time_is_that_of_the_last_three_years(connection):
    answer = accuracy.calibration(connection, "1m")
    found = accuracy.past(connection)["1m"]
    inside = found.inside(0.8)
    last = [row for row in answer["over_time"] if row["band"] == 80][-1]
    assert last["share"] == pytest.approx(inside[-36:].mean())
    assert last["origin"] == found.dates[-1]
    assert last["n_effective"] <= 36


def test_an_unknown_horizon_is_refused_with_the_known_ones(connection):
    with pytest.raises(ConfigError, match="1w, 1m, 3m, 6m, 12m"):
        accuracy.gains(connection, "2m")


def test_cards_name_all_eight_groups_and_add_up_to_the_median(connection):
    answer = driver_cards.cards(connection)
    assert len(answer["groups"]) == 8
    price, median = connection.execute(
        "SELECT price_cents_per_lb, p500 FROM forecasts.zl_predictions WHERE horizon = 21"
    ).fetchone()
    assert answer["totals"]["1m"] == pytest.approx(median - price)
    assert sum(card["horizons"].get("1m", 0) for card in answer["groups"]) == pytest.approx(median - price)
    told = [abs(card["horizons"].get("1m", 0)) for card in answer["groups"]]
    assert told == sorted(told, reverse=True)
