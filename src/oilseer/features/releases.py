"""The temporary table `releases`: every series that is published later than it describes, and measures made of them.

Plain series come from releases.sql; percentiles, seasons, revisions and weather are made here release by release.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features import biofuel, cot, crush, mandates, substitution, trade, wasde, weather
from oilseer.features.daily_counts import Items, counted
from oilseer.features.replay import Measure, Releases, replayed
from oilseer.features.series import oldest
from oilseer.features.weather_releases import Daily, daily
from oilseer.features.weather_releases import releases as weather_releases
from oilseer.reference.weather_locations import COUNTRIES
from oilseer.warehouse.tables import tables

MEASURES: tuple[Measure, ...] = (
    *wasde.MEASURES, *cot.MEASURES, *biofuel.MEASURES, *crush.MEASURES, *substitution.MEASURES, *trade.MEASURES,
)  # fmt: skip
MANY = 60  # days of weather made before the oldest that serves: numpy sums a column of few rows in another order
EPOCH = date(1970, 1, 1)
Rows = tuple[str, np.ndarray, np.ndarray, np.ndarray]  # key, date (days since 1970), public (µs since 1970), value


def make_releases(connection: duckdb.DuckDBPyConnection, after: date) -> None:
    """Make the temporary table `releases` (key, rank, observation_date, available_at, value).

    after  sessions up to it are made already: what no later session may use is left out
    """
    query = (files("oilseer.features") / "releases.sql").read_text().rstrip().rstrip(";")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE releases AS {query}", {"since": oldest(after)})
    first = connection.execute("SELECT epoch_us(min(cutoff)) FROM cutoffs").fetchone()[0] or 0
    since = (oldest(after, weather.MAX_AGE.days + MANY) - EPOCH).days
    made = [*_measured(connection, first), *_mandates(connection), *_weather(connection, since), *_news(connection)]
    if not made:
        return
    connection.register("made_releases", _table(made))
    connection.execute(
        "INSERT INTO releases SELECT key, 0, DATE '1970-01-01' + CAST(date AS INTEGER), make_timestamptz(public), "
        "CASE WHEN isnan(value) THEN NULL ELSE value END FROM made_releases"
    )
    connection.unregister("made_releases")


def _table(made: Iterable[Rows]) -> pa.Table:
    """The rows of all series as one table."""
    keys, dates, publics, values = zip(*made, strict=True)
    lengths = [len(column) for column in dates]
    index = pa.array(np.repeat(np.arange(len(keys)), lengths))
    return pa.table(
        {
            "key": pa.DictionaryArray.from_arrays(index, pa.array(keys)),
            "date": np.concatenate(dates).astype(np.int64),
            "public": np.concatenate(publics).astype(np.int64),
            "value": np.concatenate(values).astype(float),
        }
    )


def _measured(connection: duckdb.DuckDBPyConnection, first: int) -> Iterator[Rows]:
    """The measures over several dates of one or two released series, for cutoffs from `first` on."""
    wanted = sorted({key for measure in MEASURES for key in measure.of})
    connection.register("measured_keys", pa.table({"key": wanted}))
    found = connection.execute(
        "SELECT r.key, date_diff('day', DATE '1970-01-01', r.observation_date) AS date, "
        "epoch_us(r.available_at) AS public, r.value FROM staging.released_series AS r "
        "SEMI JOIN measured_keys AS m ON m.key = r.key "
        "ORDER BY r.key, r.available_at, r.observation_date"
    ).fetchnumpy()
    connection.unregister("measured_keys")
    keys = np.ma.getdata(found["key"]).astype(str)
    names, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    released = {
        str(name): Releases(*(_numbers(found[part][start : start + count]) for part in ("date", "public", "value")))
        for name, start, count in zip(names, starts, counts, strict=True)
    }
    for measure in MEASURES:
        rows = list(replayed(measure, released, first))
        if rows:
            dates, publics, values = zip(*rows, strict=True)
            yield measure.key, np.array(dates), np.array(publics), np.array(values)


def _mandates(connection: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    """Volumes of the Renewable Fuel Standard by the year in which they hold."""
    rules = connection.execute(
        "SELECT compliance_year, category, volume, epoch_us(available_at), unit FROM staging.rfs_volumes "
        "WHERE stage = 'final' ORDER BY ALL"
    ).fetchall()
    for key, day, public, value in mandates.steps([mandates.Rule(*row) for row in rules]):
        yield key, np.array([day]), np.array([public]), np.array([value])


def _weather(connection: duckdb.DuckDBPyConnection, since: int) -> Iterator[Rows]:
    """Weather of every country."""
    found = connection.execute(
        "SELECT location, date_diff('day', DATE '1970-01-01', observation_date) AS date, "
        "epoch_us(available_at) AS public, precipitation_mm AS rain, temperature_max_c AS maximum, "
        "temperature_min_c AS minimum, temperature_mean_c AS mean FROM staging.weather_granular_daily "
        "WHERE list_contains($countries, location) ORDER BY location",
        {"countries": list(COUNTRIES)},
    ).fetchnumpy()
    places = np.ma.getdata(found["location"]).astype(str)
    rows: dict[str, Daily] = {}
    for place in np.unique(places).tolist():
        own = places == place
        columns = {name: _floats(found[name][own]) for name in ("rain", "maximum", "minimum", "mean")}
        rows[place] = daily(_numbers(found["date"][own]), _numbers(found["public"][own]), columns)
    yield from weather_releases(rows, since)


def _news(connection: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    """Daily counts and leaning of the news, by bucket and by subject."""
    here = files("oilseer.features")
    there = tables(connection)
    for table in ("news_bucketed", "policy_events"):
        if f"staging.{table}" not in there:
            continue
        query = (here / f"{table}_groups.sql").read_text().rstrip().rstrip(";")
        found = connection.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchnumpy()
        groups = np.ma.getdata(found["news_group"]).astype(str)
        for group in np.unique(groups).tolist():
            own = groups == group
            items = Items(
                _numbers(found["public"][own]), _floats(found["direction"][own]), _floats(found["trust"][own])
            )
            yield from counted(group, items)


def _numbers(column: np.ndarray) -> np.ndarray:
    """A column without nulls as it is."""
    return np.ma.getdata(column)


def _floats(column: np.ndarray) -> np.ndarray:
    """A column as float64, NaN where it is null."""
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
