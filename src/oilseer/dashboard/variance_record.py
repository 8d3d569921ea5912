"""How well variance was forecast, day by day, beside GARCH(1,1); rows of training.volatility_scores."""

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import exists, rows
from oilseer.dashboard.words import number

SCORES = "training.volatility_scores"
PROXIES = {"returns": "squared daily returns", "hourly": "squared hourly returns"}
NOTE = (
    "origins: all / those whose outcomes share no session. Gain: percent of QLIKE saved against GARCH(1,1); "
    "90 % interval from resampled quarters"
)


def variance_record(connection: duckdb.DuckDBPyConnection, part: str) -> list[dict]:
    """Scores on a slice of origins by proxy, sessions ahead, best first; none where the slice was not scored."""
    if not exists(connection, SCORES):
        return []
    query = f"SELECT * FROM {SCORES} WHERE slice = ? ORDER BY proxy DESC, horizon, gain_garch DESC, model"
    return rows(connection, query, [part])


def variance_table(record: list[dict]) -> RenderableType:
    """The rows of `variance_record` as a table for a terminal."""
    made = layout.table(
        ("true variance by", "left"), "sessions", ("model", "left"), "origins", "QLIKE", "gain", ("[90 %]", "left")
    )
    before = None
    for row in record:
        now = (row["proxy"], row["horizon"])
        low, high, gain = (100 * row[f"gain_garch{end}"] for end in ("_low", "_high", ""))
        layout.add(
            made, PROXIES[row["proxy"]] if before is None or before[0] != now[0] else "",
            str(row["horizon"]) if before != now else "", row["model"], f"{row['n_origins']}/{row['n_effective']}",
            number(row["qlike"], 4), number(gain, 1, signed=True),
            f"[{number(low, 1, signed=True)}, {number(high, 1, signed=True)}]",
        )  # fmt: skip
        before = now
    return Group(Text("\nVariance of the sessions ahead, forecast every day"), made, Text(NOTE, "dim"))
