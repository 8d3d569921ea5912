"""The files that a person would have put into the drop folders by the simulated day, from real history where there is.

nopa       nine tenths of the national crush and oil stocks of history/usda_nass_crush_monthly: NOPA's own are not
           public
epa_rin    history/epa_rin_prices_weekly in the layout of EPA's export
epa_rfs    the shipped final rules, as a person would keep them
lcfs       no history is at hand: 150 USD, a cent more each week, in the layout of CARB's workbook
mpob       the recorded workbook of 2023
profarmer  one note a day that says that none is at hand
"""

import csv
import io
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from oilseer.raw.sources import epa_rfs, epa_rin, lcfs, nopa
from oilseer.reference.rfs_rules import stamped_rows

from .history import History

BUSHELS_A_SHORT_TON = 2000 / 60
MEMBERS = 0.9  # of the national crush


def drop(folder: Path, history: History) -> None:
    """Write each source's files into its folder below `folder`, changed last at noon UTC of the day."""
    noon = datetime.combine(history.day, time(12), UTC)
    for name, content in _files(history).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == content:
            continue
        path.write_bytes(content)
        os.utime(path, (noon.timestamp(), noon.timestamp()))


def _files(history: History) -> dict[str, bytes]:
    return {
        "nopa/crush.csv": _csv(nopa.COLUMNS, _crush(history)),
        "epa_rin/RIN_prices_export.csv": _csv(epa_rin.COLUMNS, _credits(history)),
        "epa_rfs/rules.csv": _csv(epa_rfs.COLUMNS, _rules(history)),
        "lcfs/weekly.csv": _csv(lcfs.COLUMNS, _weeks(history)),
        "mpob/exports-2023.xlsx": history.recorded("mpob/mpob_monthly_export_oil_palm_products_2023.xlsx"),
        f"profarmer/notes-{history.day}.csv": _csv(
            ("title", "published_at"),
            [(f"No note of {history.day} is at hand", f"{history.day}T06:30:00-05:00")],
        ),
    }


def _crush(history: History) -> list[tuple]:
    rows = history.rows("history/usda_nass_crush_monthly", "month")
    return [
        (f"{month:%Y-%m}", round(MEMBERS * crush * BUSHELS_A_SHORT_TON), round(MEMBERS * stocks * 1000))
        for month, crush, stocks in rows.select("month", "crush_short_tons", "oil_stocks_klb").rows()
        if month + timedelta(days=46) <= history.day  # told in the middle of the month after
    ]


def _credits(history: History) -> list[tuple]:
    """The newer of the two exports that tell of a week."""
    key = ["week_start", "transfer_year", "rin_year", "d_code", "qap"]
    rows = history.rows("history/epa_rin_prices_weekly", "week_start").sort(*key, "export_file_year")
    return [
        (f"{week:%-m/%-d/%Y}", year, rin_year, code, plan, f"${price:.2f}")
        for week, year, rin_year, code, plan, price in rows.unique(key, keep="last", maintain_order=True)
        .select(*key, "price_usd")
        .rows()
    ]


def _rules(history: History) -> list[tuple]:
    return [
        (row["observation_date"], row["compliance_year"], row["category"], row["stage"], row["volume"], row["unit"],
         row["source"].removeprefix("Federal Register, "), "https://www.epa.gov/renewable-fuel-standard")
        for row in stamped_rows()
        if row["observation_date"] <= history.day
    ]  # fmt: skip


def _weeks(history: History) -> list[tuple]:
    first, last = date(2023, 1, 2), history.day - timedelta(days=14)
    mondays = pl.date_range(first, last, "1w", eager=True)
    return [(f"{monday}", f"{150 + n / 100:.2f}", "100000") for n, monday in enumerate(mondays)]


def _csv(header: tuple[str, ...], rows: list[tuple]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()
