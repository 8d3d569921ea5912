"""Databento: recorded hourly DBN against an independent history, files by its own encoder, a small gateway."""

import json
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import ask, download, real_file, recorded

from oilseer.errors import ConfigError, MissingExtra, SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import databento

dbn = pytest.importorskip("databento_dbn", reason="the extra databento is not installed")

KEY = "db-0123456789abcdef0123456789abc"
RECORDED = "databento/glbx-mdp3-20241230-20241231.ohlcv-1h.dbn.zst"
NONE = 2**63 - 1  # undefined price
BAR = ("open", "high", "low", "close")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ns(text: str) -> int:
    return int(utc(text).timestamp()) * 1_000_000_000


ALWAYS = (date(2010, 1, 1), date(2030, 1, 1))


def encoded(
    schema: str, start: str, end: str, contracts: dict[str, int], records: list, dataset="GLBX.MDP3", valid=None
) -> bytes:
    """A DBN file by Databento's encoder; contracts are valid all the time unless `valid` says when."""
    spans = {symbol: (valid or {}).get(symbol, ALWAYS) for symbol in contracts}
    mappings = [
        SimpleNamespace(
            raw_symbol=symbol,
            intervals=[
                SimpleNamespace(start_date=spans[symbol][0], end_date=spans[symbol][1], symbol=str(number)),
            ],
        )
        for symbol, number in contracts.items()
    ]
    head = dbn.Metadata(
        dataset, ns(start), dbn.SType.RAW_SYMBOL, dbn.SType.INSTRUMENT_ID, dbn.Schema(schema),
        symbols=list(contracts), mappings=mappings, end=ns(end),
    )  # fmt: skip
    return head.encode() + b"".join(bytes(record) for record in records)


def bar(number: int, start: str, price: float, volume: int = 10, rtype: int = 34):
    """A flat bar, an hour's unless said."""
    fixed = round(price * 1e9)
    return dbn.OHLCVMsg(rtype=rtype, publisher_id=1, instrument_id=number, ts_event=ns(start),
                        open=fixed, high=fixed, low=fixed, close=fixed, volume=volume)  # fmt: skip


def stat(number: int, received: str, session: str, kind: int, value: float, flags: int = 3, sequence: int = 1, **more):
    """A settlement (3) or open interest (9)."""
    fields = {
        "price": round(value * 1e9) if kind == 3 else NONE, "quantity": NONE if kind == 3 else int(value),
        "ts_ref": ns(session), "update_action": dbn.StatUpdateAction.NEW,
    } | more  # fmt: skip
    return dbn.StatMsg(publisher_id=1, instrument_id=number, ts_event=ns(received), ts_recv=ns(received),
                       sequence=sequence, ts_in_delta=0, stat_type=dbn.StatType(kind), channel_id=0,
                       stat_flags=flags, **fields)  # fmt: skip


def hours(start: str, end: str, contracts: dict[str, int], records: list, fetched_at: str = "2026-09-01"):
    made = download("databento", "ohlcv-1h_zl_x_y", encoded("ohlcv-1h", start, end, contracts, records))
    return replace(made, fetched_at=utc(fetched_at))


def stats(records: list, contracts=None, start="2025-01-06", last="2025-01-10"):
    body = encoded("statistics", start, "2025-01-17", contracts or {"ZLH5": 7}, records)
    (rows,) = databento.parse(download("databento", f"statistics_zl_{start}_{last}", body))
    return rows


@pytest.fixture(scope="module")
def whole():
    return recorded("databento", "ohlcv-1h_zl_2024-12-30_2024-12-31", RECORDED)


# ---- recorded bytes ----


def test_hours_equal_those_of_an_independent_history(whole):
    rows = databento.parse(whole)[0].frame
    history = pl.read_parquet(real_file("market/futures_hourly.parquet")).select(
        pl.col("ts_utc").dt.replace_time_zone("UTC").alias("bar_start"), symbol="root", day="date",
        o="open", h="high", l="low", c="close", v="volume",
    )  # fmt: skip
    both = rows.join(history, on=["symbol", "bar_start"])
    assert set(both["symbol"]) == {"CL", "HO", "ZL", "ZM", "ZS"}
    assert both.height > 180
    grains = both.filter(pl.col("symbol").is_in(["ZL", "ZM", "ZS"]))  # the history dates others' evenings by UTC
    assert (grains["observation_date"] == grains["day"]).all()
    assert (both["volume"] == both["v"]).all()
    assert all((both[a] - both[b]).abs().max() < 1e-9 for a, b in zip(BAR, "ohlc"))


def test_sessions_made_of_hours_equal_those_of_an_independent_history(whole):
    rows = databento.parse(whole)[1].frame
    history = pl.read_parquet(real_file("market/futures_daily.parquet")).select(
        pl.col("instrument_id").cast(pl.String).alias("contract"), symbol="root", observation_date="date",
        o="open", h="high", l="low", c="close", v="volume",
    )  # fmt: skip
    both = rows.join(history, on=["symbol", "contract", "observation_date"])
    assert both.height == rows.height == 11
    assert set(rows["observation_date"]) == {date(2024, 12, 31)}  # of the 30th the evening before is missing
    assert (both["volume"] == both["v"]).all()
    assert all((both[a] - both[b]).abs().max() < 1e-9 for a, b in zip(BAR, "ohlc"))


def test_values_read_by_databentos_own_frame(whole):
    import databento as client

    theirs = client.DBNStore.from_bytes(whole.body).to_df()
    first = theirs[theirs["symbol"] == "ZL.v.0"].iloc[0]
    rows = databento.parse(whole)[0].frame.filter(pl.col("symbol") == "ZL")
    ours = rows.row(0, named=True)
    assert (ours["open"], ours["close"], ours["volume"]) == (first["open"], first["close"], first["volume"])
    assert ours["contract"] == "734996"  # a continuous symbol does not say which month
    # an hour's bar is public at its end
    (public,) = published(databento.parse(whole)[0].rule, pl.Series([ours["bar_start"]]))
    assert public == datetime(2024, 12, 30, 2, tzinfo=UTC)


def test_every_cut_of_the_recorded_file_is_refused(whole):
    assert assert_cuts_are_refused(databento.parse, whole) == 63


def test_strangers_are_refused():
    assert_strangers_are_refused(databento.parse, hours("2025-01-01", "2025-01-02", {}, []))


# ---- contracts, sessions, days ----


def test_one_digit_of_a_year_is_the_next_delivery(whole):
    names = {"ZLH5": 1, "ZLZ4": 2, "ZLF5": 3, "CLZ34": 4, "6EH5": 5, "HEG5": 6, "ZLH5-ZLK5": 7, "ZLN4": 8}
    records = [bar(number, "2024-12-31T15:00", 40) for number in names.values()]
    rows = databento.parse(hours("2024-12-30", "2025-01-02", names, records))[0].frame
    assert sorted(rows["contract"]) == ["6EH25", "CLZ34", "HEG25", "ZLF25", "ZLH25", "ZLN34", "ZLZ24"]
    late = databento.parse(hours("2015-01-01", "2015-01-03", {"ZLZ4": 1}, [bar(1, "2015-01-02T15:00", 32)]))[0].frame
    assert late["contract"].to_list() == ["ZLZ14"]  # a settlement may follow the delivery month


def test_the_year_of_a_delivery_is_a_year_to_come():
    frame = stats([stat(7, "2025-01-07T19:35", "2025-01-07", 3, 65.0)], {"CLZ34": 7}).frame
    assert frame["contract_month"].to_list() == [date(2034, 12, 1)]


def test_a_number_that_two_contracts_had_one_after_the_other_is_told_by_its_day():
    names = {"ZLH5": 1, "ZLK5": 1}
    valid = {"ZLH5": (date(2025, 1, 1), date(2025, 1, 8)), "ZLK5": (date(2025, 1, 8), date(2025, 2, 1))}
    records = [bar(1, "2025-01-07T15:00", 40), bar(1, "2025-01-08T15:00", 41)]
    body = encoded("ohlcv-1h", "2025-01-01", "2025-02-01", names, records, valid=valid)
    rows = databento.parse(download("databento", "ohlcv-1h_zl_x_y", body))[0].frame
    assert rows.select("contract", "close").rows() == [("ZLH25", 40.0), ("ZLK25", 41.0)]


def test_a_contract_that_is_named_twice_gives_its_bars_once():
    body = encoded("ohlcv-1h", "2025-01-01", "2025-02-01", {"ZLH5": 1, "ZL.v.0": 1}, [bar(1, "2025-01-07T15:00", 40)])
    rows = databento.parse(download("databento", "ohlcv-1h_zl_x_y", body))[0].frame
    assert rows["contract"].to_list() == ["ZLH25"]


def test_the_evening_belongs_to_the_next_session_over_both_changes_of_the_clock():
    # 17:00 Chicago is 23:00 UTC in winter and 22:00 in summer; the clock changes on 2024-03-10 and 2024-11-03
    records = [
        bar(1, "2024-03-07T23:00", 70.0), bar(1, "2024-03-08T20:00", 71.0),
        bar(1, "2024-03-10T22:00", 72.0), bar(1, "2024-03-11T20:00", 73.0),
        bar(1, "2024-11-03T23:00", 74.0), bar(1, "2024-11-04T21:00", 75.0),
    ]  # fmt: skip
    found = databento.parse(hours("2024-03-01", "2024-12-01", {"CLK4": 1, "CLZ4": 2}, records))[1].frame
    assert found.select("observation_date", "open", "close", "volume").rows() == [
        (date(2024, 3, 8), 70.0, 71.0, 20), (date(2024, 3, 11), 72.0, 73.0, 20), (date(2024, 11, 4), 74.0, 75.0, 20),
    ]  # fmt: skip


def test_the_leap_day_is_a_session():
    records = [bar(1, "2024-02-28T23:00", 70.0), bar(1, "2024-02-29T20:00", 71.0)]
    found = databento.parse(hours("2024-02-28", "2024-03-02", {"CLK4": 1}, records))[1].frame
    assert found["observation_date"].to_list() == [date(2024, 2, 29)]


def test_the_half_day_after_thanksgiving_is_a_session_public_at_the_usual_hour():
    """2024-11-29: grains stopped at 12:05 Chicago, crude oil soon after; hours that never came are no gap."""
    grains = days_of({"ZLF5": 1}, [bar(1, "2024-11-29", 42.5, 35, 35)])
    assert grains.frame["observation_date"].to_list() == [date(2024, 11, 29)]
    assert str(published(grains.rule, grains.frame["observation_date"])[0]) == "2024-11-29 22:00:00+00:00"
    oil = [bar(1, "2024-11-28T23:00", 69.0), bar(1, "2024-11-29T18:00", 68.0)]
    found = databento.parse(hours("2024-11-28T23:00", "2024-11-29T22:00", {"CLF5": 1}, oil))[1]
    assert found.frame.select("observation_date", "close").rows() == [(date(2024, 11, 29), 68.0)]
    assert str(published(found.rule, found.frame["observation_date"])[0]) == "2024-11-29 22:00:00+00:00"


def test_a_session_that_is_not_whole_is_left_out():
    records = [bar(1, "2025-01-07T23:00", 70.0), bar(1, "2025-01-08T20:00", 71.0), bar(1, "2025-01-08T21:00", 72.0)]
    names = {"CLG5": 1}

    def days(start: str, end: str, fetched_at: str = "2026-09-01") -> int:
        return databento.parse(hours(start, end, names, records, fetched_at))[1].frame.height

    assert days("2025-01-07T23:00", "2025-01-08T22:00") == 1
    assert days("2025-01-07T23:01", "2025-01-08T22:00") == 0
    assert days("2025-01-07T23:00", "2025-01-08T21:59") == 0
    assert days("2025-01-07T23:00", "2025-01-09", "2025-01-08T21:59") == 0
    assert days("2025-01-07T23:00", "2025-01-09", "2025-01-08T22:00") == 1


def test_an_hour_that_is_not_over_is_left_out():
    records = [bar(1, "2025-01-08T14:00", 40.0), bar(1, "2025-01-08T15:00", 41.0)]
    found = databento.parse(hours("2025-01-08", "2025-01-09", {"ZLH5": 1}, records, "2025-01-08T15:59"))[0].frame
    assert found["close"].to_list() == [40.0]


def test_trades_after_17_00_new_york_are_in_no_session():
    records = [bar(1, "2014-01-07T23:00", 93.0), bar(1, "2014-01-08T21:00", 92.0), bar(1, "2014-01-08T22:00", 91.0)]
    found = databento.parse(hours("2014-01-07", "2014-01-10", {"CLG4": 1}, records))[1].frame
    assert found.select("close", "volume").rows() == [(92.0, 20)]


def days_of(contracts: dict[str, int], records: list, fetched_at: str = "2026-09-01"):
    body = encoded("ohlcv-1d", "2012-01-01", "2026-01-01", contracts, records)
    made = replace(download("databento", "ohlcv-1d_zl_x_y", body), fetched_at=utc(fetched_at))
    (rows,) = databento.parse(made)
    return rows


def test_a_utc_day_is_a_session_of_grains_since_2013_alone():
    names = {"ZLH5": 1, "CLG5": 2, "ZLH3": 3}
    records = [
        bar(1, "2025-01-08", 42.5, 35, 35), bar(2, "2025-01-08", 73.0, 1, 35), bar(3, "2013-01-08", 49.0, 1, 35),
    ]  # fmt: skip
    rows = days_of(names, records)
    assert rows.frame.rows() == [("ZL", "ZLH25", date(2025, 3, 1), 42.5, 42.5, 42.5, 42.5, 35, date(2025, 1, 8))]
    # 17:00 New York in January
    assert str(published(rows.rule, rows.frame["observation_date"])[0]) == "2025-01-08 22:00:00+00:00"


def test_hours_of_grains_make_sessions_before_2013_alone():
    records = [bar(1, "2013-01-08T15:00", 49.0), bar(1, "2025-01-08T15:00", 42.0)]
    rows = databento.parse(hours("2013-01-01", "2025-02-01", {"ZLH5": 1}, records))[1].frame
    assert rows.select("observation_date", "close").rows() == [(date(2013, 1, 8), 49.0)]


def test_a_utc_day_that_is_not_over_is_left_out():
    assert days_of({"ZLH5": 1}, [bar(1, "2025-01-08", 42.5, 35, 35)], "2025-01-08T23:59").frame.is_empty()


# ---- statistics ----


def test_settlement_and_open_interest_are_rows_from_the_instant_they_came():
    rows = stats([
        stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.23, flags=2, sequence=1),
        stat(7, "2025-01-07T23:10", "2025-01-07", 3, 41.25, flags=3, sequence=2),
        stat(7, "2025-01-07T23:40", "2025-01-07", 3, 41.25, flags=3, sequence=3),
        stat(7, "2025-01-08T14:02", "2025-01-07", 9, 201_345, flags=0, sequence=4),
    ])  # fmt: skip
    at = [datetime(2025, 1, 7, 19, 35, tzinfo=UTC), datetime(2025, 1, 7, 23, 10, tzinfo=UTC),
          datetime(2025, 1, 8, 14, 2, tzinfo=UTC)]  # fmt: skip
    day, month = date(2025, 1, 7), date(2025, 3, 1)
    assert rows.rule is None
    assert rows.frame.rows() == [
        ("ZL", "ZLH25", month, 41.23, None, day, at[0]),
        ("ZL", "ZLH25", month, 41.25, None, day, at[1]),
        ("ZL", "ZLH25", month, 41.25, 201_345, day, at[2]),
    ]


def test_an_instant_is_never_rounded_to_the_past():
    early = stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.23)
    late = dbn.StatMsg(**{name: getattr(early, name) for name in (
        "publisher_id", "instrument_id", "ts_event", "ts_ref", "price", "quantity", "sequence", "ts_in_delta",
        "stat_type", "channel_id", "update_action", "stat_flags")}, ts_recv=early.ts_recv + 1)  # fmt: skip
    assert stats([late]).frame["available_at"][0] == datetime(2025, 1, 7, 19, 35, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.2, flags=1), "theoretical"),
        (stat(7, "2025-01-06T23:30", "2025-01-07", 3, 41.2), "the evening before: the last settlement, for reference"),
        (stat(7, "2025-01-06T19:35", "2025-01-03", 3, 41.2), "a session before the span"),
        (stat(7, "2025-01-13T19:35", "2025-01-13", 3, 41.2), "a session after the span"),
        (stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.2, update_action=dbn.StatUpdateAction.DELETE), "taken back"),
        (stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.2, price=NONE), "undefined"),
        (stat(7, "2025-01-07T19:35", "2025-01-07", 9, 0, quantity=NONE), "undefined"),
        (stat(7, "2025-01-07T19:35", "2025-01-07", 4, 41.2), "another statistic"),
        (stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.2, ts_ref=2**64 - 1), "of no session"),
        (stat(8, "2025-01-07T19:35", "2025-01-07", 3, 0.2), "a spread"),
    ],
)
def test_what_is_no_settlement_of_a_session_is_left_out(record, why):
    assert stats([record], {"ZLH5": 7, "ZLH5-ZLK5": 8}).frame.is_empty(), why


def test_sessions_are_told_apart_and_order_does_not_matter():
    records = [
        stat(7, "2025-01-08T19:35", "2025-01-08", 3, 42.0), stat(7, "2025-01-07T19:35", "2025-01-07", 3, 41.0),
        stat(7, "2025-01-09T14:00", "2025-01-08", 9, 5), stat(7, "2025-01-08T14:00", "2025-01-07", 9, 4),
    ]  # fmt: skip
    frame = stats(records).frame
    assert frame.equals(stats(records[::-1]).frame)
    assert frame.select("settle", "open_interest").rows() == [(41.0, None), (41.0, 4), (42.0, None), (42.0, 5)]


# ---- wrong files ----


def test_a_file_that_is_not_what_was_asked_for_is_refused():
    names, one = {"ZLH5": 1}, [bar(1, "2025-01-08T15:00", 40)]
    good = hours("2025-01-08", "2025-01-09", names, one)
    assert_refused(databento.parse, replace(good, part="statistics_zl_x_y"), "schema ohlcv-1h")
    other = encoded("ohlcv-1h", "2025-01-08", "2025-01-09", names, one, dataset="XNAS.ITCH")
    assert_refused(databento.parse, replace(good, body=other), "XNAS.ITCH", "GLBX.MDP3")
    stranger = hours("2025-01-08", "2025-01-09", names, [bar(2, "2025-01-08T15:00", 40)])
    assert_refused(databento.parse, stranger, "instrument 2 on 2025-01-08 without a symbol")
    assert_refused(databento.parse, replace(good, body=good.body[:-1]), "whole records")
    mixed = hours("2025-01-08", "2025-01-09", names, [*one, bar(1, "2025-01-08T16:00", 40, rtype=35)])
    assert_refused(databento.parse, mixed, "several kinds")
    trades = encoded("trades", "2025-01-08", "2025-01-09", names, [])
    assert_refused(databento.parse, replace(good, body=trades, part="trades_zl_x_y"), "ohlcv-1d, ohlcv-1h or")


def test_repeated_bars_are_one_and_two_prices_of_one_hour_are_refused():
    names, one = {"CLH5": 1}, bar(1, "2025-01-08T15:00", 73)
    twice = databento.parse(hours("2025-01-06", "2025-01-09", names, [one, one]))
    assert [rows.frame["volume"].to_list() for rows in twice] == [[10], [10]]
    other = hours("2025-01-06", "2025-01-09", names, [one, bar(1, "2025-01-08T15:00", 74)])
    assert_refused(databento.parse, other, "different values")


def test_an_undefined_price_is_none():
    record = dbn.OHLCVMsg(rtype=34, publisher_id=1, instrument_id=1, ts_event=ns("2025-01-08T15:00"),
                          open=NONE, high=NONE, low=NONE, close=NONE, volume=0)  # fmt: skip
    both = databento.parse(hours("2025-01-06", "2025-01-09", {"CLH5": 1}, [record]))
    assert both[0].frame["close"].to_list() == [None]
    assert both[1].frame.is_empty()


@pytest.mark.parametrize(
    "read",
    [
        lambda file: databento.parse(file),
        lambda _: next(databento.fetch(ask("2025-01-06", "2025-01-09", key="db-0123"), None)),
    ],
    ids=["parse", "fetch"],
)
def test_without_the_library_the_extra_is_named(monkeypatch, read):
    file = hours("2025-01-08", "2025-01-09", {}, [])
    missing = [name for name in sys.modules if name.split(".")[0] in ("databento", "databento_dbn")]
    for name in {*missing, "databento", "databento_dbn"}:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"pip install 'oilseer\[databento\]'"):
        read(file)


# ---- fetch, through a gateway of our own ----


class Gateway(BaseHTTPRequestHandler):
    """Answers metadata.get_dataset_range and timeseries.get_range of hist.databento.com."""

    asked: list[dict]
    status: int
    available: str

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """The range of the data set."""
        assert self.path == "/hist.databento.com/v0/metadata.get_dataset_range?dataset=GLBX.MDP3"
        if self.status != 200:
            detail = {"case": "auth", "message": f"refused {KEY}", "docs": ""}
            return self._answer(json.dumps({"detail": detail}).encode(), "application/json")
        ends = {"schema": {"statistics": {"end": self.available}}, "end": self.available}
        return self._answer(json.dumps(ends).encode(), "application/json")

    def do_POST(self) -> None:
        """One schema; three soybean oil contracts, of which the last hardly trades."""
        assert self.path == "/hist.databento.com/v0/timeseries.get_range"
        assert self.headers["Authorization"].startswith("Basic ")
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        self.asked.append(form)
        names = {"ZLH5": 1, "ZLK5": 2, "ZLZ5": 3, "ZLH5-ZLK5": 4}
        volumes = {1: 900, 2: 95, 3: 5, 4: 10_000}
        records = [bar(n, form["start"][:10], 40, volume, 35) for n, volume in volumes.items()]
        schema, span = form["schema"], (form["start"][:16], form["end"][:16])
        body = encoded(schema, *span, names, records if schema == "ohlcv-1d" else [])
        return self._answer(body, "application/octet-stream")


@pytest.fixture
def gateway():
    class Mine(Gateway):
        asked, status, available = [], 200, "2025-01-09T13:30:00.000000000Z"

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Mine.mirror = f"http://127.0.0.1:{server.server_address[1]}"
    yield Mine
    server.shutdown()
    server.server_close()


def fetched(gateway, since: str, until: str, **more):
    wanted = ask(since, until, key=KEY, mirror=gateway.mirror, parts=("ohlcv-1d_zl_x_y",), **more)
    return list(databento.fetch(wanted, None))


def test_days_then_busy_hours_then_statistics_of_what_traded(gateway):
    found = fetched(gateway, "2025-01-06", "2025-01-09")
    span = "zl_2025-01-06_2025-01-09"
    assert [each.part for each in found] == [f"ohlcv-1d_{span}", f"ohlcv-1h_{span}", f"statistics_{span}"]
    asked = [(f["schema"], f["symbols"], f["stype_in"], f["start"][:16], f["end"][:16]) for f in gateway.asked]
    assert asked == [
        ("ohlcv-1d", "ZL.FUT", "parent", "2025-01-06T00:00", "2025-01-09T00:00"),
        ("ohlcv-1h", "ZLH5,ZLK5", "raw_symbol", "2025-01-05T22:00", "2025-01-09T13:00"),
        ("statistics", "ZLH5,ZLK5,ZLZ5", "raw_symbol", "2025-01-06T00:00", "2025-01-09T13:30"),
    ]
    (rows,) = databento.parse(found[0])
    assert rows.frame["contract"].to_list() == ["ZLH25", "ZLK25", "ZLZ25"]


def test_the_key_is_nowhere_in_what_is_kept(gateway):
    for each in fetched(gateway, "2025-01-06", "2025-01-09"):
        assert KEY not in f"{each}{each.url}"
        assert KEY.encode() not in each.body
    assert KEY not in str(gateway.asked)


def test_a_long_span_is_asked_for_in_quarters_without_a_gap(gateway):
    found = fetched(gateway, "2024-01-01", "2024-06-30")
    spans = [each.part.split("_")[2:] for each in found if each.part.startswith("ohlcv-1d")]
    assert spans == [["2024-01-01", "2024-04-01"], ["2024-04-02", "2024-06-30"]]
    ends = [f["end"][:10] for f in gateway.asked if f["schema"] == "statistics"]
    assert ends == ["2024-04-08", "2024-07-07"]  # six days more, for the open interest of the last session


def test_nothing_is_asked_for_that_is_not_there_yet(gateway):
    assert fetched(gateway, "2025-01-09", "2025-01-10") == []
    assert gateway.asked == []


def test_a_refused_key_is_told_without_it(gateway):
    gateway.status = 401
    with pytest.raises(SourceError, match=r"401 .*refused \[key\].*check DATABENTO_API_KEY") as caught:
        fetched(gateway, "2025-01-06", "2025-01-09")
    assert KEY not in str(caught.value)


def test_a_long_message_is_not_cut_within_the_key():
    def call():
        raise ValueError("x" * 290 + KEY)

    with pytest.raises(SourceError) as caught:
        databento._patiently("range", ask("2025-01-06", "2025-01-09", key=KEY), call)
    assert KEY[:6] not in str(caught.value)


def test_a_gateway_that_is_down_is_a_source_error():
    wanted = ask("2025-01-06", "2025-01-09", key=KEY, mirror="http://127.0.0.1:9")
    with pytest.raises(SourceError, match="the next run asks again"):
        list(databento.fetch(wanted, None))


def test_a_busy_service_is_asked_again():
    import databento as client

    answers = [client.BentoServerError(503, message="busy"), client.BentoClientError(429, message="slow down"), "DBN"]

    def call() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert databento._patiently("ohlcv-1d_zl", ask("2025-01-06", "2025-01-09", key=KEY), call) == "DBN"


def test_no_key_is_told_with_where_to_get_one():
    with pytest.raises(ConfigError, match=r"DATABENTO_API_KEY, from https://databento\.com"):
        list(databento.fetch(ask("2025-01-06", "2025-01-09"), None))


def test_the_real_gateway_is_asked_without_a_mirror():
    assert databento._gateway(ask("2025-01-06", "2025-01-07", key=KEY)) == "https://hist.databento.com"
    assert timedelta(days=92) == databento.WINDOW
