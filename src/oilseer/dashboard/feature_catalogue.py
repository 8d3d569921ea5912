"""The features as a Markdown page without values: what is declared, and what the measured history feeds of it.

docs/features.md is this page; its first part follows from the declarations alone.
"""

from collections import Counter
from datetime import date

from oilseer.dashboard.feature_answers import views_of
from oilseer.dashboard.feature_counts import counts, reasons
from oilseer.dashboard.words import day, number
from oilseer.features.buckets import CORE
from oilseer.features.feature import BUCKETS, Feature
from oilseer.features.registry import FAMILIES, FEATURES
from oilseer.features.views import columns_of

HEAD = """# Features

Made by `oilseer features catalogue --out docs/features.md` in a built workspace; a test holds the page to the
declarations in `features/`, so change those and make it anew. The same command with a name that ends in `.html` writes
every feature's values, chart and statistics; `oilseer features show NAME` tells all of one.

"""
MEASURED = "## What a loaded history feeds\n"


def markdown(answer: dict, today: date) -> str:
    """The whole page; `answer` as `feature_answers.everything` gives it, measured `today`."""
    return declared() + "\n" + _measured(answer, today)


def declared() -> str:
    """The part that follows from the declarations: every feature by family, and the counts."""
    by_bucket = Counter(feature.bucket for feature in FEATURES)
    lines = [
        f"{len(FEATURES)} features in {len(FAMILIES)} families. A name begins with its source or family and ends in "
        "its unit. Row *t* holds what was public at 17:00 New York of session *t*; input older than its maximum age is "
        "null.",
        "",
        "| bucket of the Big 8 | its features | its view holds |",
        "|---|---:|---:|",
        *(f"| {bucket} | {by_bucket[bucket]} | {len(columns_of(bucket))} |" for bucket in BUCKETS),
        "",
        f"Every bucket's view, `features.bucket_NAME`, inherits the {len(CORE)} of `features.core_macro_fx`; the main "
        "predictor sees the whole matrix, `features.daily_ml_matrix_zl`.",
    ]
    for family in FAMILIES:
        lines += ["", f"## {family.name}: {len(family.features)}", "", *_family(family.features)]
    return HEAD + "\n".join(lines) + "\n"


def _family(features: tuple[Feature, ...]) -> list[str]:
    lines = ["| feature | unit | formula | bucket | source, lag | null after |", "|---|---|---|---|---|---:|"]
    for feature in features:
        views = views_of(feature.name)
        bucket = f"**{feature.bucket}**" if views == ["core"] else feature.bucket
        cells = (
            f"`{feature.name}`", feature.unit, feature.formula, bucket,
            f"{feature.source}; {feature.publication_lag}", f"{feature.max_age.days} d",
        )  # fmt: skip
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _measured(answer: dict, today: date) -> str:
    """Counts of what had no value at the last session of a workspace, by family and by bucket, and why."""
    rows = answer["rows"]
    never = sum(row["available_from"] is None for row in rows)
    today_null = sum(row["missing_because"] is not None for row in rows)
    loaded = sorted({table for row in rows for table, count in row["raw_rows"].items() if count})
    lines = [
        MEASURED,
        f"Measured on {day(today)} in a {answer['workspace']} workspace of {number(answer['sessions'], 0)} sessions, "
        f"{day(answer['first_session'])} to {day(answer['as_of_date'])}: {len(rows) - today_null} of {len(rows)} "
        f"features have a value at its last session, {never} never had one. Nothing is filled in.",
        "",
        f"Loaded were {_names(loaded)}.",
    ]
    for key, ordered in (("bucket", BUCKETS), ("family", [family.name for family in FAMILIES])):
        found = sorted(counts(rows, key), key=lambda row, ordered=ordered: ordered.index(row[0]))
        lines += ["", f"| {key} | features | never a value | none at the last session |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {every} | {no} | {now} |" for name, every, no, now in found]
        lines += [f"| all | {len(rows)} | {never} | {today_null} |"]
    lines += ["", "| why there is no value at the last session | features |", "|---|---|"]
    lines += [f"| {_cell(why)} | {len(names)}: {_names(names)} |" for why, names in reasons(rows)]
    return "\n".join(lines) + "\n"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
