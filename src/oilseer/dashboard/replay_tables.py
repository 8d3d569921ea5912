"""The replay of cover policies as tables for a terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import day, number, percent, policy


def policies(answer: dict) -> RenderableType:
    """Savings with their intervals, risk, and the worst years; then by named regime."""
    shown = answer["policies"]
    saved = layout.table(
        ("against ratable buying", "left"), "paid", "saved", ("90 %", "left"), ("for all tried", "left"), "of ceiling",
        "$ a year", gap=1,
    )  # fmt: skip
    risk = layout.table(
        ("", "left"), "overrun CVaR", ("90 %", "left"), ("worst year", "left"), "worst 3 years", "bought ahead", gap=1
    )
    for row in shown:
        name = policy(row["policy"])
        layout.add(
            saved, name, number(row["cost_cents_per_lb"]), number(row["saving_vs_ratable_cents_lb"], signed=True),
            _span(number, row["low"], row["high"], 2), _span(number, row["low_deflated"], row["high_deflated"], 2),
            percent(row["share_of_ceiling"], 0), number(row["saving_usd_per_year"], 0, signed=True),
        )  # fmt: skip
        layout.add(
            risk, name, percent(row["cvar95_overrun_change"], 0, signed=True),
            _span(percent, row["cvar95_overrun_change_low"], row["cvar95_overrun_change_high"], 0),
            f"{row['worst_year']}: {number(row['worst_year_saving_cents_per_lb'], signed=True)}",
            percent(row["worst_three_years_saving_ratio"], 1, signed=True), percent(row["forward_ratio"], 0),
        )  # fmt: skip
    regimes = layout.table(("saved in", "left"), *(row["policy"] for row in shown), gap=1)
    for regime in shown[0]["saving_by_regime_cents_per_lb"]:
        values = [number(row["saving_by_regime_cents_per_lb"][regime], signed=True) for row in shown]
        layout.add(regimes, regime, *values)
    lead = Text(
        f"{answer['month_count']} months of need, {day(answer['first_month'])} to {day(answer['last_month'])}, decided "
        "each month from what was known then; ¢/lb, all costs included"
    )
    note = Text(
        f"{answer['n_policies_tried']} policies tried; were none better than ratable buying, one would look as good as "
        f"the best with probability {number(answer['reality_check_p'])}. Overrun CVaR: change of the worst 5 % of "
        "months over the price at which each month first came within reach. Regimes are named in hindsight.",
        "dim",
    )
    parts = (lead, Text(), saved, Text(), risk, Text(), regimes, note)
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))


def _span(word, low: float | None, high: float | None, digits: int) -> str:
    return "" if low is None else f"{word(low, digits, signed=True)} to {word(high, digits, signed=True)}"
