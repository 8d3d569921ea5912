"""The newest value of every released series at each cutoff, one column a series: the last step known by then."""

from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features.series import SERIES


def make_series_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `series_columns` from `releases` and `cutoffs`: value, and age where a series wants it.

    Null where nothing was known, or where what was known describes a day too long ago.
    """
    query = (files("oilseer.features") / "known_series.sql").read_text().rstrip().rstrip(";")
    steps = connection.execute(query).fetchnumpy()
    asked = connection.execute(
        "SELECT as_of_date, date_diff('day', DATE '1970-01-01', as_of_date) AS day, epoch_us(cutoff) AS cutoff, place "
        "FROM cutoffs ORDER BY as_of_date"
    ).fetchnumpy()
    names = np.ma.getdata(steps["name"]).astype(str)
    public, day, place = (np.ma.getdata(steps[name]) for name in ("public", "day", "place"))
    value, missing = np.ma.getdata(steps["value"]), np.ma.getmaskarray(steps["value"])
    cutoff, today, now = (np.ma.getdata(asked[name]) for name in ("cutoff", "day", "place"))
    columns = {"as_of_date": pa.array(np.ma.getdata(asked["as_of_date"]).astype("datetime64[D]"))}
    for series in SERIES:
        first, last = np.searchsorted(names, series.name, "left"), np.searchsorted(names, series.name, "right")
        step = np.searchsorted(public[first:last], cutoff, "right") - 1 + first
        known = step >= first
        step = np.where(known, step, 0)
        if last > first:
            known &= today - day[step] <= series.max_age_days
            columns[series.name] = pa.array(value[step].astype(float), mask=~known | missing[step])
            ages = pa.array((now - place[step]).astype(np.int64), mask=~known)
        else:
            columns[series.name] = pa.nulls(len(today), pa.float64())
            ages = pa.nulls(len(today), pa.int64())
        if series.with_age:
            columns[f"{series.name}_age_sessions"] = ages
    connection.register("series_rows", pa.table(columns))
    connection.execute("CREATE OR REPLACE TEMP TABLE series_columns AS SELECT * FROM series_rows")
    connection.unregister("series_rows")
