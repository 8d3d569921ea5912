"""The buyer's own needs as a form: prefilled from the settings, read back as the table that `oilseer plan` reads.

Nothing of it is kept: the plan of such a table is answered and forgotten.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from oilseer.decisions.calendar import month_spans
from oilseer.decisions.needs import MOST_MONTHS, RANGES, Needs, needs_of
from oilseer.decisions.policy import CoverPolicy, month_caps
from oilseer.errors import ConfigError

PERCENT = ("minimum_cover_ratio", "maximum_cover_ratio")
BUDGET = "budget_cents_per_lb"
COLUMNS = {
    "need_lb": "needed, lb",
    "covered_lb": "covered before, lb",
    "covered_price_cents_per_lb": "at, ¢/lb",
    "minimum_cover_ratio": "least cover to here, %",
    "maximum_cover_ratio": "most cover, %",
    "basis_cents_per_lb": "basis, ¢/lb",
}
HIGHEST_BUDGET = 500.0  # ¢/lb, as the API takes


def settings_form(cover: Mapping[str, Any], as_of: date, spot: float) -> dict[str, str]:
    """Fields of the form as the settings have them. Raises ConfigError for settings that contradict themselves."""
    policy = CoverPolicy.from_mapping(cover)
    fields = {BUDGET: _text(policy.budget_cents_per_lb)}
    least = {rule.through_months: rule.minimum_ratio for rule in policy.rules}
    caps, prices = month_caps(policy.rules, policy.months), policy.covered_prices(spot)
    for place, span in enumerate(month_spans(as_of, min(policy.months, MOST_MONTHS))):
        covered = policy.covered[place]
        values = (
            policy.need[place], covered, prices[place] if covered else None, least.get(place + 1) or None,
            caps[place], policy.basis[place],
        )  # fmt: skip
        fields[f"month_{place}"] = f"{span.month:%Y-%m}"
        for name, value in zip(COLUMNS, values, strict=True):
            fields[f"{name}_{place}"] = _text(value if value is None or name not in PERCENT else 100 * value)
    return fields


def read_form(fields: Mapping[str, str]) -> Needs:
    """The table that was filled in; blank cells are left out. Raises ConfigError with the month and what is wrong."""
    months = []
    for place in range(MOST_MONTHS):
        month = fields.get(f"month_{place}", "").strip()
        cells = {name: fields.get(f"{name}_{place}", "").strip().replace(",", "") for name in COLUMNS}
        if not month:
            continue
        given = {name: _ratio(cell) if name in PERCENT else cell for name, cell in cells.items() if cell}
        months.append({"month": month, "need_lb": "0", **given})
    return needs_of("your table", {"months": months, "cover": _budget(fields.get(BUDGET, "").strip())})


def rows_of(fields: Mapping[str, str]) -> list[dict]:
    """Lines of the form for the page: the month, and each cell with its name, value and bounds."""
    return [
        {"place": place, "month": fields[f"month_{place}"], "cells": [
            {"name": f"{name}_{place}", "value": fields.get(f"{name}_{place}", ""), "words": COLUMNS[name],
             "low": _shown(name, RANGES[name][0]), "high": _shown(name, RANGES[name][1]),
             "short": not name.endswith("_lb") or "cents" in name}
            for name in COLUMNS
        ]}
        for place in range(MOST_MONTHS) if fields.get(f"month_{place}")
    ]  # fmt: skip


def _budget(cell: str) -> dict[str, float | None]:
    """The budget that was typed; blank is none, whatever the settings have."""
    value = _number(cell) if cell else None
    if value is not None and not (isinstance(value, float) and 0 < value <= HIGHEST_BUDGET):
        raise ConfigError(
            f"your table: found a budget of {cell[:40]!r}, expected more than 0 to {HIGHEST_BUDGET:g} ¢/lb"
        )
    return {BUDGET: value}


def _shown(name: str, bound: float) -> str:
    return f"{100 * bound if name in PERCENT else bound:g}"


def _ratio(cell: str) -> object:
    value = _number(cell)
    return value / 100 if isinstance(value, float) else value


def _number(cell: str) -> object:
    """A number where it is one; what else it is, the table's own check tells."""
    try:
        return float(cell)
    except ValueError:
        return cell


def _text(value: float | None) -> str:
    """12000000, 52.75 or nothing: no separators, no noise in the last places."""
    return "" if value is None else f"{round(value, 6):.6f}".rstrip("0").rstrip(".")
