"""Rates and the economy from FRED: every vintage of a series with a key, the newest revision only without one.

Endpoint  with FRED_API_KEY https://api.stlouisfed.org/fred/series/observations (JSON, 120 requests a minute), without
          https://fred.stlouisfed.org/graph/fredgraph.csv?id= (keyless CSV); the series of reference/fred_series.csv
Vintages  `output_type=1` over a real-time period gives every value with the day on which FRED had it,
          `realtime_start`: public at the series' usual clock time of that day, New York. What is older than
          ALFRED's archive of a series becomes available at its first vintage: late rather than early
Windows   a period may hold 2,000 vintages, so it is cut into five years. FRED moves a value that is older than the
          window to the window's first day: such rows are left out, and windows overlap by that day, so nothing is lost
Traps     a misspelt real-time parameter is ignored with status 200. So each answer must repeat the window that was
          asked for, and first of all UNRATE of October 2009 must come back as it was known in November 2009: 10.2 %.
          ALFRED has no vintages of some series (SP500, the ICE spreads): status 400; those come lagged
Delay     lagged rows follow the rule of their series in reference/fred_series.csv
Proven    recorded bytes of the JSON without vintages, of an error, and of the CSV with its old header; vintages and
          the CSV's new header from the documented shape
"""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule, published
from oilseer.raw.payload import csv_of, json_of, once_each, refuse, text_of
from oilseer.raw.source import Ask, Download, Gaps, Http, Rows
from oilseer.raw.specs import FRED
from oilseer.reference.fred import fred_series

TABLES = (FRED,)
API = "https://api.stlouisfed.org/fred/series/observations"
CSV = "https://fred.stlouisfed.org/graph/fredgraph.csv"
ST_LOUIS = ZoneInfo("America/Chicago")
LIMIT = 100_000  # observations an answer, the most that FRED gives
WINDOW = timedelta(days=5 * 365)  # below 2,000 vintages of a series that changes every day
CHECK = "vintage_check"
KNOWN = {"series_id": "UNRATE", "day": "2009-10-01", "as_known_on": "2009-11-30"}
KNOWN_VALUE = 10.2  # percent; 10.0 since the revisions
NO_VINTAGES, UNKNOWN = "series does not exist in ALFRED", "series does not exist."  # what FRED says with status 400
FIELDS = ("realtime_start", "realtime_end", "date", "value")
MISSING = (".", "")
REMEDY = "fetch it again; if the service changed, change fred.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One answer a series, more where its vintages need several windows or pages.

    Raises Gaps at the end, naming them, where FRED does not know a series; the others have come by then.
    """
    secret = {"api_key": ask.key} if ask.key else None
    if secret:  # always: it also tells a refused key from a series without vintages, both status 400
        asked = _params(KNOWN["series_id"], KNOWN["day"], KNOWN["day"])
        known = http.get(API, part=CHECK, params=asked | _period(KNOWN["as_known_on"], KNOWN["as_known_on"]),
                         secret=secret)  # fmt: skip
        if known is not None and (not ask.parts or CHECK in ask.parts):
            yield known
    unknown = []
    for series in fred_series():
        if ask.parts and not any(series.lower() in part.split("_") for part in ask.parts):
            continue
        came = False
        for found in _keyed(series, ask, http, secret) if secret else _keyless(series, ask, http):
            came = True
            yield found
        if not came:
            unknown.append(series)
    if unknown:
        raise Gaps(
            f"fred: found no series {', '.join(unknown)}, expected each of reference/fred_series.csv; "
            "look it up at https://fred.stlouisfed.org and correct or remove its line"
        )


def _keyless(series: str, ask: Ask, http: Http) -> Iterator[Download]:
    params = {"id": series, "cosd": f"{ask.since}", "coed": f"{ask.until}"}
    found = http.get(CSV, part=f"graph_{series.lower()}", params=params, missing=(404,))
    if found is not None:
        yield found


def _keyed(series: str, ask: Ask, http: Http, secret: dict[str, str]) -> Iterator[Download]:
    """All vintages of the observations asked for; where ALFRED has none, the newest revision."""
    params = _params(series, f"{ask.since}", f"{ask.until}")
    today = ask.now.astimezone(ST_LOUIS).date()  # FRED refuses a period that ends after its today
    start, came = min(ask.since, today), False
    while True:
        end = min(start + WINDOW, today)
        offset = 0
        while True:
            part = f"vintages_{series.lower()}_{start}" + (f"_{offset}" if offset else "")
            page = params | _period(f"{start}", f"{end}") | {"offset": f"{offset}"}
            found = http.get(API, part=part, params=page, secret=secret, missing=(400,))
            if found is None:  # before ALFRED's first vintage, or without any
                break
            came = True
            yield found
            offset += LIMIT
            if offset >= _count(found):
                break
        if end == today:
            break
        start = end
    if came:
        return
    try:  # the last window again, for its words: a failed request must not pass for a series without vintages
        found = http.get(API, part=part, params=page, secret=secret)
    except SourceError as error:
        if UNKNOWN in str(error):
            return
        if NO_VINTAGES not in str(error):
            raise
        found = http.get(API, part=f"latest_{series.lower()}", params=params, secret=secret)
    yield found


def _params(series: str, first: str, last: str) -> dict[str, str]:
    return {
        "series_id": series, "file_type": "json", "units": "lin", "output_type": "1",
        "observation_start": first, "observation_end": last, "limit": f"{LIMIT}",
    }  # fmt: skip


def _period(first: str, last: str) -> dict[str, str]:
    return {"realtime_start": first, "realtime_end": last}


def _count(download: Download) -> int:
    return int(_answer(download)["count"])


def parse(download: Download) -> tuple[Rows, ...]:
    """Vintage rows, or lagged rows by the series' rule; values that are missing are left out.

    Raises SourceError for an incomplete page, another window than asked for, an unknown series or a value that is none.
    """
    kind, _, rest = download.part.partition("_")
    if download.part == CHECK:
        return (_checked(download),)
    series = rest.partition("_")[0].upper()
    known = fred_series().get(series)
    if known is None or kind not in ("graph", "latest", "vintages"):
        raise refuse(download, f"part {download.part!r}", "graph_, latest_ or vintages_ and a series of ours", REMEDY)
    rule = Rule(**known.rule)
    if kind == "graph":
        return (Rows(FRED, _of_csv(download, series), rule),)
    answer = _answer(download)
    observations = _observations(download, answer)
    if kind == "latest":
        return (Rows(FRED, _valued(download, observations.drop("realtime_start"), series), rule),)
    start = rest.split("_")[1]
    if answer.get("realtime_start") != start:
        found = f"the real-time period from {answer.get('realtime_start')}"
        raise refuse(download, found, f"from {start}: FRED ignored the parameter", "do not load it; report it")
    if str(answer.get("observation_start", start)) < start:
        observations = observations.filter(pl.col("realtime_start") > pl.lit(start).str.to_date())
    released = published(Rule(at=rule.at, zone=rule.zone), observations["realtime_start"])
    observations = observations.with_columns(released.alias("available_at")).drop("realtime_start")
    return (Rows(FRED, _valued(download, observations, series)),)


def _answer(download: Download) -> dict:
    """The JSON object; refuses an error answer with its own words, and other units or shapes."""
    answer = json_of(download)
    if not isinstance(answer, dict):
        raise refuse(download, f"{str(answer)[:80]!r}", "an object", REMEDY)
    if "error_message" in answer:
        said = f"error {answer.get('error_code')}: {answer['error_message']}"
        raise refuse(download, said, "observations", "correct the series in reference/fred_series.csv or the key")
    for name, wanted in {"units": "lin", "output_type": 1}.items():
        if answer.get(name) != wanted:
            raise refuse(download, f"{name} {answer.get(name)!r}", f"{wanted!r}", REMEDY)
    numbers = [answer.get(name) for name in ("count", "offset", "limit")]
    if not isinstance(answer.get("observations"), list) or not all(type(n) is int and n >= 0 for n in numbers):
        raise refuse(download, f"keys {sorted(answer)}", "observations, count, offset and limit", REMEDY)
    return answer


def _observations(download: Download, answer: dict) -> pl.DataFrame:
    """Columns realtime_start, observation_date and value as text, complete."""
    given, count = answer["observations"], answer["count"]
    expected = min(answer["limit"], count - answer["offset"])
    if len(given) != expected:
        found = f"{len(given)} observations of {count} from {answer['offset']}"
        raise refuse(download, found, f"{expected}", "the page is not whole: fetch it again")
    if not all(isinstance(row, dict) and all(type(row.get(name)) is str for name in FIELDS) for row in given):
        raise refuse(download, "an observation of another shape", f"text in {', '.join(FIELDS)}", REMEDY)
    frame = pl.DataFrame(given, schema=dict.fromkeys(FIELDS, pl.String))
    return frame.select(
        _days(download, frame["realtime_start"]).alias("realtime_start"),
        _days(download, frame["date"]).alias("observation_date"),
        pl.col("value"),
    )


def _of_csv(download: Download, series: str) -> pl.DataFrame:
    """Rows of the keyless file, whose date column was DATE until 2024 and is observation_date since."""
    header = text_of(download).splitlines()[0].split(",")[0].strip()
    name = header if header in ("DATE", "observation_date") else "observation_date"
    lines = csv_of(download, (name, series), remedy=REMEDY)
    schema = {name: pl.String, series: pl.String}
    frame = pl.DataFrame([{key: line[key] for key in schema} for line in lines], schema=schema)
    frame = frame.select(_days(download, frame[name]).alias("observation_date"), pl.col(series).alias("value"))
    return _valued(download, frame, series)


def _days(download: Download, text: pl.Series) -> pl.Series:
    """ISO days; refuses any other text."""
    whole = text.str.contains(r"^\d{4}-\d{2}-\d{2}$")
    days = text.str.to_date("%Y-%m-%d", strict=False)
    wrong = days.is_null() | ~whole
    if wrong.any():
        raise refuse(download, f"date {text.filter(wrong)[0]!r}", "YYYY-MM-DD", REMEDY)
    return days


def _valued(download: Download, frame: pl.DataFrame, series: str) -> pl.DataFrame:
    """Rows with a number, one a key, with their series; refuses text that is neither a number nor a missing mark."""
    frame = frame.filter(~pl.col("value").is_in(MISSING))
    text = frame["value"]
    values = text.cast(pl.Float64, strict=False)
    wrong = ~text.str.contains(r"^[+-]?\d+(\.\d+)?$") | ~values.is_finite().fill_null(False)
    if wrong.any():
        raise refuse(download, f"value {text.filter(wrong)[0][:80]!r}", 'a decimal number or "."', REMEDY)
    frame = frame.with_columns(pl.lit(series).alias("series_id"), values)
    key = [name for name in ("series_id", "observation_date", "available_at") if name in frame.columns]
    return once_each(download, frame, key)


def _checked(download: Download) -> Rows:
    """No rows; refuses where the old vintage did not come back as it was."""
    found = _valued(download, _observations(download, _answer(download)).drop("realtime_start"), KNOWN["series_id"])
    values = dict(found.select("observation_date", "value").rows())
    if values != {date.fromisoformat(KNOWN["day"]): KNOWN_VALUE}:
        expected = "{series_id} of {day} as known on {as_known_on}: ".format(**KNOWN) + f"{KNOWN_VALUE}"
        raise refuse(download, f"{values}", expected, "FRED ignored the real-time period: do not load its vintages")
    return Rows(FRED, found.clear(), Rule(at="17:00"))
