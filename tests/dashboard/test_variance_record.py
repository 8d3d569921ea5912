"""Daily variances on a terminal: the stored gains, best first, in 100 columns, and nothing where nothing is scored."""

import io
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from rich.console import Console

from oilseer.dashboard.variance_record import variance_record, variance_table
from oilseer.training.volatility_scores import SCORES
from oilseer.warehouse.write import replace


def row(model: str, proxy: str, horizon: int, gain: float) -> dict:
    return {
        "model": model, "horizon": horizon, "proxy": proxy, "slice": "all", "first_origin": date(2006, 1, 3),
        "last_origin": date(2025, 5, 30), "n_origins": 4874, "n_effective": 978, "qlike": 0.2755, "gain_garch": gain,
        "gain_garch_low": gain - 0.015, "gain_garch_high": gain + 0.015, "run_id": "run",
    }  # fmt: skip


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA training")
        stored = [row("GARCH", "hourly", 5, 0.0), row("HAR", "returns", 5, 0.021), row("Average", "returns", 5, 0.026)]
        replace(opened, SCORES, pa.Table.from_pylist(stored).select(SCORES.column_names))
        yield opened


def test_best_comes_first_within_proxy_and_span(connection):
    found = variance_record(connection, "all")
    assert [(r["proxy"], r["model"]) for r in found] == [
        ("returns", "Average"),
        ("returns", "HAR"),
        ("hourly", "GARCH"),
    ]


def test_table_fits_100_columns_and_shows_the_stored_numbers(connection):
    console = Console(file=io.StringIO(), width=100, highlight=False)
    console.print(variance_table(variance_record(connection, "all")))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    assert "4874/978" in text
    assert "+2.6  [+1.1, +4.1]" in text


def test_slice_that_is_not_scored_has_no_record_nor_has_a_workspace_without_scores(connection):
    assert variance_record(connection, "year:2008") == []
    with duckdb.connect() as empty:
        assert variance_record(empty, "all") == []
