"""An ingest on a desk: a workspace, a server that answers as two small services do, and a clock that is set by hand."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from replay.responders import Answer, as_json
from replay.server import Replay

from oilseer.raw.bodies import MIB, Caps
from oilseer.raw.ingest import Desk, Request, ingest
from oilseer.raw.network import Network, Patience
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
HURRY = Patience(
    connect_s=2, read_s=0.5, attempt_s=0.8, total_s=4, attempts=2, first_wait_s=0.01, longest_wait_s=0.05,
    retry_after_s=1.2,
)  # fmt: skip
SMALL = Caps(wire=4 * MIB, body=16 * MIB)
VIX_HOST, ONI_HOST, CHART_HOST = "cdn.cboe.com", "www.cpc.ncep.noaa.gov", "query1.finance.yahoo.com"
VIX, ONI = "cboe_vix", "noaa_oni"
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")


def vix_file(days: int = 200, last: date = date(2025, 6, 30), level: float = 17.0) -> bytes:
    """Cboe's file of `days` consecutive days; each close is its own."""
    lines = []
    for place in range(days):
        day, close = last - timedelta(days=days - 1 - place), level + place / 1000
        lines.append(f"{day:%m/%d/%Y},{close:.6f},{close + 1:.6f},{close - 1:.6f},{close:.6f}")
    return "\n".join(["DATE,OPEN,HIGH,LOW,CLOSE", *lines, ""]).encode()


def oni_file(months: int = 60, first_year: int = 2020) -> bytes:
    """CPC's table of `months` seasons."""
    lines = [
        f"  {SEASONS[place % 12]} {first_year + place // 12}  26.{place % 10}0   {place / 100:5.2f}"
        for place in range(months)
    ]
    return "\n".join([" SEAS  YR   TOTAL   ANOM", *lines, ""]).encode()


@dataclass
class Feeds:
    """One workspace and one server; `now` is what the ingest's clock says."""

    workspace: Workspace
    replay: Replay
    now: datetime = NOW
    keys: dict[str, str] = field(default_factory=dict)
    patience: Patience = HURRY

    def serve(self, vix: bytes | None = None, oni: bytes | None = None) -> None:
        """Let the two services answer with these bodies from now on."""
        if vix is not None:
            self.replay.answers[VIX_HOST] = Answer(vix, "text/csv")
        if oni is not None:
            self.replay.answers[ONI_HOST] = Answer(oni, "text/plain")

    def ingest(self, *names: str, **request: object) -> dict[str, dict]:
        """One ingest, a second later than the last; the state of every source by name."""
        self.now += timedelta(seconds=1)
        network = Network(lambda: self.now, self.replay.url, self.patience, SMALL)
        try:
            with writer(self.workspace) as connection:
                desk = Desk(connection, self.workspace.home, network, lambda: self.now, self.keys)
                return {row["source"]: row for row in ingest(desk, Request(names, **request), lambda *_: None)}
        finally:
            network.close()

    def query(self, sql: str, *values: object) -> list[tuple]:
        """Rows of the warehouse."""
        with writer(self.workspace) as connection:
            return connection.execute(sql, list(values)).fetchall()


def make_feeds(home: Path, replay: Replay) -> Feeds:
    """An empty real workspace in front of `replay`, whose two services answer well."""
    feeds = Feeds(create_workspace(home, "real", NOW), replay)
    feeds.serve(vix_file(), oni_file())
    return feeds


def serve_charts(feeds: Feeds, levels: dict[str, float], days: int = 30, last: date = date(2025, 6, 30)) -> int:
    """Let Yahoo answer for these symbols, `days` bars to `last` each, and for no other."""
    newest = datetime(last.year, last.month, last.day, 4, tzinfo=UTC)
    for symbol, level in levels.items():
        stamps = [int((newest - timedelta(days=days - 1 - n)).timestamp()) for n in range(days)]
        closes = [level + n / 8 for n in range(days)]
        quote = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [100] * days}
        meta = {"currency": "USD" if symbol == "ZM" else "USX", "symbol": f"{symbol}=F",
                "exchangeTimezoneName": "America/New_York", "dataGranularity": "1d"}  # fmt: skip
        result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}}
        body = as_json({"chart": {"result": [result], "error": None}})
        feeds.replay.answers[f"query1.finance.yahoo.com/v8/finance/chart/{symbol}=F"] = body
    return days
