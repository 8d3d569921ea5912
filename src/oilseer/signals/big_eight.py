"""signals.driver_group_score_daily and signals.big_eight_live: the Big 8 by session, and by bar where there are hours.

Beside each score stands the sign that the data support: the rank correlation of the score with soybean oil's next
month, over outcomes known by then, so that a score whose assumed sign is wrong is shown as such.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.signals.components import BUCKETS, COMPONENTS, WEIGHTS, Score, score
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

AHEAD = 21  # sessions of the outcome
MIN_OUTCOMES = 24  # months before the data have a word
SURE = 1.645  # |t| from which a sign counts as supported, 10 % two-sided

DAILY = TableSpec(
    "signals.driver_group_score_daily",
    "one row per ZL session and bucket of the Big 8",
    ("as_of_date", "bucket"),
    (
        Column("as_of_date", "DATE"),
        Column("bucket", "VARCHAR"),
        Column("score", "DOUBLE", "0 to 100", "50 is neutral; null where no component is known", low=0, high=100),
        Column("change_1", "DOUBLE", "points", "since the session before"),
        Column("weight", "DOUBLE", "ratio", "of the bucket at one week in the session's regime", low=0, high=1),
        Column("missing", "VARCHAR", "", "components without input, by semicolons", null=False),
        Column("assumed_sign", "INTEGER", "", "1: a high score is held to lift the price", null=False),
        Column("data_sign", "INTEGER", "", "1 or −1 where the data support one, 0 where they do not; null before"),
        Column("rank_correlation", "DOUBLE", "ratio", "of the score with the next 21 sessions", low=-1, high=1),
        Column("n_effective", "INTEGER", "outcomes", "that share no session", low=0),
    ),
    "as_of_date 17:00 New York",
    "features.daily_ml_matrix_zl, signals.regime_daily and staging.zl_prices_clean",
)


@dataclass(frozen=True)
class Matrix:
    """Sessions (n,), the columns that components read, roll-adjusted log returns (n,), and the gate's state."""

    dates: np.ndarray
    columns: dict[str, np.ndarray]
    returns: np.ndarray
    gate: list[str | None]


def data_signs(points: np.ndarray, returns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sign, rank correlation and independent outcomes by session, each (n,); NaN until MIN_OUTCOMES are known.

    Measured anew every AHEAD sessions, over every 21st outcome known by then.

    points   (n,)  a bucket's score
    returns  (n,)  roll-adjusted log returns
    """
    from scipy.stats import spearmanr

    n = len(points)
    ahead = np.full(n, np.nan)
    total = np.concatenate(([0.0], np.cumsum(np.nan_to_num(returns))))
    ahead[: n - AHEAD] = total[AHEAD + 1 :] - total[1 : n - AHEAD + 1]
    sign, corr, count = (np.full(n, np.nan) for _ in range(3))
    for first in range(AHEAD, n, AHEAD):
        seen = np.arange(first % AHEAD, first - AHEAD + 1, AHEAD)
        seen = seen[~np.isnan(points[seen]) & ~np.isnan(ahead[seen])]
        if len(seen) < MIN_OUTCOMES or np.ptp(points[seen]) == 0:
            continue
        found = float(spearmanr(points[seen], ahead[seen]).statistic)
        t = found * np.sqrt((len(seen) - 2) / max(1 - found**2, 1e-12))
        until = slice(first, first + AHEAD)
        sign[until], corr[until], count[until] = np.sign(found) * (abs(t) > SURE), found, len(seen)
    return sign, corr, count


def build_big_eight(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace the daily table; number of rows. Needs signals.regime_daily."""
    matrix = read_matrix(connection)
    parts = [_rows(bucket, place, matrix, score(bucket, matrix.columns)) for place, bucket in enumerate(BUCKETS)]
    return replace(connection, DAILY, pa.concat_tables(parts))


def read_matrix(connection: duckdb.DuckDBPyConnection) -> Matrix:
    """What the components read; a column that the matrix does not have is left out."""
    wanted = {name for component in COMPONENTS for name in component.reads}
    there = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'features' AND table_name = 'daily_ml_matrix_zl'"
    ).fetchall()
    names = sorted(wanted & {row[0] for row in there})
    chosen = "".join(f', m."{name}"' for name in names)
    found = connection.execute(
        f"SELECT m.as_of_date, p.return_log, r.gate{chosen} FROM features.daily_ml_matrix_zl AS m "
        "INNER JOIN staging.zl_prices_clean AS p ON p.observation_date = m.as_of_date "
        "LEFT JOIN signals.regime_daily AS r USING (as_of_date) ORDER BY m.as_of_date"
    ).to_arrow_table()
    columns = {name: found[name].to_numpy(zero_copy_only=False).astype(float) for name in ("return_log", *names)}
    dates = found["as_of_date"].to_numpy().astype("datetime64[D]")
    return Matrix(dates, columns, columns["return_log"], found["gate"].to_pylist())


def _rows(bucket: str, place: int, matrix: Matrix, made: Score) -> pa.Table:
    n = len(matrix.dates)
    sign, corr, count = data_signs(made.points, matrix.returns)
    return pa.table({
        "as_of_date": pa.array(matrix.dates), "bucket": pa.array([bucket] * n), "score": _nullable(made.points),
        "change_1": _nullable(np.concatenate(([np.nan], np.diff(made.points)))),
        "weight": pa.array([WEIGHTS[state][place] if state else None for state in matrix.gate], pa.float64()),
        "missing": pa.array(made.missing), "assumed_sign": pa.array([1] * n, pa.int32()),
        "data_sign": _nullable(sign).cast(pa.int32()), "rank_correlation": _nullable(corr),
        "n_effective": _nullable(count).cast(pa.int32()),
    })  # fmt: skip


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))
