"""Mapping files that are wrong: each message names file, entry, field and remedy, and the exit code is 2."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from desk import PRICES, YAHOO

from oilseer.errors import ConfigError
from oilseer.raw.availability import Rule
from oilseer.raw.mapping import load_mapping


def changed(**fields: object) -> dict:
    """The good entry with fields replaced; None removes one."""
    entry = {**copy.deepcopy(YAHOO), **fields}
    return {name: value for name, value in entry.items() if value is not None}


def refused(desk, *entries: dict, **others: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_mapping(desk.mapping(*entries, **others))
    assert caught.value.exit_code == 2
    assert "mapping.yaml" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (changed(sql="SELECT 1"), "entries.0 (prices.csv) sql: this key is unknown; check its spelling"),
        (changed(source=None), "entries.0 (prices.csv) source: this key is missing; add it"),
        (changed(table="raw.prices"), "table 'raw.prices' is unknown; expected one of raw."),
        (changed(file="../prices.csv"), "'../prices.csv' leaves the folder"),
        (changed(columns={"symbol": "symbol"}), "raw.yahoo_prices_1d needs observation_date; add to `columns`"),
        (changed(columns={**YAHOO["columns"], "price": "close"}), "has no column 'price' to fill; it has symbol, open"),
        (changed(columns={**YAHOO["columns"], "source": "s"}), "has no column 'source' to fill"),
        (
            changed(columns={**YAHOO["columns"], "close": {}}),
            "exactly one of column, constant, contract_code; found none",
        ),
        (changed(values={"symbol": {True: "ZL"}}), "valid string, found True; quote it"),
        (changed(values={"low": {"a": "b"}}), "'low' has values or convert but stands not in `columns`"),
        (changed(convert={"close": {"from": "eur_per_mt", "to": "cents_per_lb"}}), "no conversion from eur_per_mt"),
        (changed(available={"at": 1020}), 'a clock time in quotes such as "15:30"'),
        (changed(available={"of": "low", "at": "17:00"}), "available.of names 'low', which `columns` does not fill"),
        (changed(available={"plus_minutes": 5}), "starts at observation_date, a DATE; minutes count from a timestamp"),
        (changed(available={"reference": "fred_series"}), "needs a column series_id, and raw.yahoo_prices_1d has none"),
        (changed(delimiter="#"), "Input should be ',', ';'"),
    ],
)
def test_a_wrong_entry_is_named_with_its_field_and_remedy(desk, entry, expected):
    assert expected in refused(desk, entry)


def test_every_fault_is_named_not_only_the_first(desk):
    message = refused(desk, changed(table="raw.a"), changed(sql="x"))
    assert "entries.0 (prices.csv)" in message
    assert "entries.1 (prices.csv) sql" in message


def test_two_entries_of_one_file_and_table_need_two_source_names(desk):
    assert "give each its own source name" in refused(desk, YAHOO, YAHOO)


def test_no_entries_and_no_reason_are_refused(desk):
    assert "entries" in refused(desk)
    assert "ignore.0.reason" in refused(desk, YAHOO, ignore=[{"file": "a.csv"}])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\nversion: 1\n", "key 'version' stands twice"),
        ("version: [", "is not valid YAML"),
        ("just words", "holds str; expected keys version, entries, ignore"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(desk, text, expected):
    path = desk.mapping(YAHOO)
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"mapping\.yaml") as caught:
        load_mapping(path)
    assert expected in str(caught.value)


def test_a_missing_mapping_says_where_an_example_stands(desk):
    with pytest.raises(ConfigError, match="no mapping file"):
        load_mapping(desk.folder / "absent.yaml")


def test_missing_files_and_columns_are_all_named_before_anything_is_written(desk):
    desk.put("prices.csv", PRICES)
    absent = changed(file="absent.csv")
    wrong = changed(source="b", columns={**YAHOO["columns"], "close": "settle"}, require=["price"])
    with pytest.raises(ConfigError) as caught:
        desk.load(YAHOO, absent, wrong)
    message = str(caught.value)
    assert "entries.1 (absent.csv): no such file" in message
    assert "entries.2 (prices.csv): no column 'settle'" in message
    assert "no column 'price'" in message
    assert "the file has date, symbol, close, volume" in message
    assert desk.rows("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw'") == [(0,)]


def test_the_example_of_the_documentation_is_valid(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    path = tmp_path / "mapping.yaml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    entry = load_mapping(path).entries[0]
    assert (entry.table, entry.decimal, entry.missing) == ("raw.user_futures_contracts_1d", ",", ["", "n/a"])
    rules = re.findall(r"`(\{.*?\})`", text.split("## When was it public?")[1])
    assert len([Rule(**yaml.safe_load(rule)) for rule in rules]) == 6
