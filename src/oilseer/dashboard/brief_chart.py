"""The chart of the brief's page: the price of the last months and the bands ahead, as SVG without a script."""

from dataclasses import dataclass
from datetime import date

from oilseer.dashboard.words import MONTHS

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 34, 94, 10, 34
BANDS = ("95", "80", "50")  # widest first


@dataclass(frozen=True)
class Fan:
    """Points as SVG wants them, and labels with their places."""

    history: str
    bands: tuple[tuple[str, str], ...]  # nominal, polygon
    median: str
    dots: tuple[tuple[float, float], ...]
    curve: tuple[tuple[float, float], ...]
    today: float
    rows: tuple[tuple[float, str], ...]  # height, price
    columns: tuple[tuple[float, str, str], ...]  # place, anchor, day
    ends: tuple[tuple[float, str, str], ...]  # height, text, kind: what the last values are


def fan(answer: dict, history: list[tuple[date, float]]) -> Fan:
    """The fan of one answer; `history` is (session, ¢/lb) up to its session, oldest first, at least one."""
    horizons = answer["horizons"]
    today = date.fromisoformat(answer["as_of_date"])
    ahead = [date.fromisoformat(row["target_date"]) for row in horizons]
    wide = [value for row in horizons for value in row["bands"][BANDS[0]].values()]
    values = [price for _, price in history] + wide
    step = _step(max(values) - min(values))
    bottom, top = min(values) // step * step, (max(values) // step + 1) * step
    first, last = history[0][0].toordinal(), ahead[-1].toordinal()
    # the past takes the left third, whatever it spans; the bands are what the page is about
    split = LEFT + (WIDTH - LEFT - RIGHT) / 3

    def x(day: date) -> float:
        at, now = day.toordinal(), today.toordinal()
        if at <= now:
            return round(LEFT + (split - LEFT) * (at - first) / max(now - first, 1), 1)
        return round(split + (WIDTH - RIGHT - split) * (at - now) / (last - now), 1)

    def y(price: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - price) / (top - bottom), 1)

    start = (x(today), y(answer["price"]))
    bands = []
    for nominal in BANDS:
        low, high = ([(x(d), y(row["bands"][nominal][side])) for d, row in zip(ahead, horizons, strict=True)]
                     for side in ("low", "high"))  # fmt: skip
        bands.append((nominal, _points([start, *high, *low[::-1]])))
    dots = [(x(d), y(row["median"])) for d, row in zip(ahead, horizons, strict=True)]
    curve = [
        (x(d), y(row["curve_median"]))
        for d, row in zip(ahead, horizons, strict=True)
        if row["curve_median"] is not None and bottom <= row["curve_median"] <= top
    ]
    end = horizons[-1]
    ends = [(end["bands"]["80"]["high"], "high"), (end["median"], "middle"), (end["bands"]["80"]["low"], "low")]
    return Fan(
        history=_points([(x(d), y(price)) for d, price in history]),
        bands=tuple(bands),
        median=_points([start, *dots]),
        dots=tuple(dots),
        curve=tuple(curve),
        today=start[0],
        rows=tuple((y(bottom + n * step), f"{bottom + n * step:g}") for n in range(round((top - bottom) / step) + 1)),
        columns=(
            (LEFT, "start", _month(history[0][0])),
            (start[0], "middle", f"{today.day} {MONTHS[today.month - 1]}"),
            (x(ahead[-1]), "end", _month(ahead[-1])),
        ),
        ends=tuple((y(value), f"{value:.1f}", kind) for value, kind in ends),
    )


def _points(pairs: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in pairs)


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _step(span: float) -> float:
    """A round distance of grid lines that gives three to six of them."""
    size = 10.0 ** len(str(int(max(span, 1)))) / 10
    return next(size * part for part in (0.2, 0.5, 1, 2, 5) if span / (size * part) <= 5)
