"""The catalogue of features as one HTML file: opens offline, asks no other host, a small chart for each feature."""

from markupsafe import Markup

from oilseer.dashboard import words
from oilseer.dashboard.feature_counts import counts, reasons
from oilseer.dashboard.feature_tables import pruned
from oilseer.dashboard.report import environment
from oilseer.features.feature import BUCKETS

WIDTH, HEIGHT, EDGE = 320, 72, 3
STATISTICS = (
    ("mean", "mean"), ("standard_deviation", "std dev"), ("min", "min"), ("p05", "5 %"), ("p25", "25 %"),
    ("median", "median"), ("p75", "75 %"), ("p95", "95 %"), ("max", "max"),
)  # fmt: skip


def page(answer: dict) -> str:
    """The catalogue as HTML text, from what `feature_answers.everything` tells."""
    rows = answer["rows"]
    families: dict[str, list[dict]] = {}
    for row in rows:
        families.setdefault(row["family"], []).append(
            row | {"svg": svg(row["chart"]), "years": years(row), "age": age(row), "pruned": pruned(row["importance"])}
        )
    made = environment()
    made.filters |= {"short": words.short, "counted": words.counted}
    return made.get_template("features.html").render(
        answer=answer,
        families=families,
        family_counts=_cells(counts(rows, "family")),
        bucket_counts=_cells(sorted(counts(rows, "bucket"), key=lambda row: BUCKETS.index(row[0]))),
        by_bucket={bucket: [row for row in rows if row["bucket"] == bucket] for bucket in BUCKETS},
        never=sum(row["available_from"] is None for row in rows),
        today=sum(row["missing_because"] is not None for row in rows),
        reasons=reasons(rows),
        statistics=STATISTICS,
        simulated_mark=words.SIMULATED_MARK,
    )


def svg(chart: dict | None) -> Markup:
    """The stretches of a chart as inline SVG: what each spans, and a line through their ends; "" without one."""
    if chart is None:
        return Markup()
    parts = chart["parts"]
    known = [part for part in parts if part]
    low, high = min(part[1] for part in known), max(part[2] for part in known)
    scale = (HEIGHT - 2 * EDGE) / (high - low) if high > low else 0

    def across(place: int) -> str:
        return f"{WIDTH * (place + 0.5) / len(parts):.1f}"

    def up(value: float) -> str:
        return f"{HEIGHT - EDGE - (value - low) * scale if scale else HEIGHT / 2:.1f}"

    reach = "".join(f"M{across(i)} {up(p[1])}V{up(p[2])}" for i, p in enumerate(parts) if p and p[1] < p[2])
    line, before = "", None
    for place, part in enumerate(parts):
        if part:
            line += f"{'L' if before else 'M'}{across(place)} {up(part[3])}"
        before = part
    zero = f'<path class="zero" d="M0 {up(0)}H{WIDTH}"/>' if low < 0 < high else ""
    alone = [
        f'<circle cx="{across(i)}" cy="{up(p[3])}" r="1.5"/>' for i, p in enumerate(parts) if p and len(known) == 1
    ]
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{zero}'
        f'<path class="reach" d="{reach}"/><path class="line" d="{line}"/>{"".join(alone)}</svg>'
    )


def age(row: dict) -> str:
    """Since when the latest value stands, in words; "" without a value."""
    if row["value"] is None:
        return ""
    if row["age_sessions"] == 0:
        return "new at this session"
    return f"for {words.counted(row['age_sessions'], 'session')}, {words.counted(row['age_days'], 'day')}"


def years(row: dict) -> str:
    """Null share by year in words: only the years that are not full."""
    empty = [f"{year} {words.percent(share, 0 if share >= 0.095 else 1)}" for year, share in row["null_by_year"].items()
             if share]  # fmt: skip
    return ", ".join(empty) or "none"


def _cells(found: list[tuple[str, int, int, int]]) -> list[tuple[str, ...]]:
    """Counts as text, with their sum at the end."""
    total = ("all", *(sum(row[i] for row in found) for i in (1, 2, 3)))
    return [(row[0], *(words.number(count, 0) for count in row[1:])) for row in (*found, total)]
