"""The WASDE as people read it: a balance with the revision under each number, and what was moved elsewhere."""

from oilseer.dashboard.words import number

NAMES = {"soybean_oil": "soybean oil", "soybeans": "soybeans", "soybean_meal": "soybean meal"}
LINES = (
    "beginning_stocks", "production", "imports", "supply_total", "biofuel_use", "food_feed_other_use", "crush",
    "domestic_use", "exports", "use_total", "ending_stocks", "price",
)  # fmt: skip
HOME = "us"
MOST_REVISIONS = 12


def balance(answer: dict) -> dict:
    """Years, and rows of (line, unit, a cell a year) of the United States; a cell is value, revision and its arrow."""
    rows = [row for row in answer["rows"] if row["balance"] == HOME]
    years = sorted({row["marketing_year"] for row in rows})
    cells = {(row["attribute"], row["marketing_year"]): row for row in rows}
    known = sorted({row["attribute"] for row in rows}, key=lambda name: (_place(name), name))
    units = {row["attribute"]: row["unit"] for row in rows}
    return {
        "years": [(year, next(row["status"] for row in rows if row["marketing_year"] == year)) for year in years],
        "rows": [(_line(name), units[name], [_cell(cells.get((name, year))) for year in years]) for name in known],
        "before": max((row["observation_date_before"] for row in rows if row["observation_date_before"]), default=None),
    }


def revisions(answer: dict) -> list[tuple[str, ...]]:
    """The largest revisions outside the United States, as a share of the value before."""
    found = [row for row in answer["rows"]
             if row["balance"] != HOME and row["revision"] and row["value_before"]]  # fmt: skip
    found.sort(key=lambda row: -abs(row["revision"] / row["value_before"]))
    return [
        (row["balance"].replace("_", " ").capitalize(), _line(row["attribute"]), row["marketing_year"],
         number(row["value_before"]), number(row["value"]), _moved(row["revision"], 2), row["unit"])
        for row in found[:MOST_REVISIONS]
    ]  # fmt: skip


def _cell(row: dict | None) -> dict | None:
    if row is None:
        return None
    digits = 0 if row["unit"].startswith("million p") else 1 if row["attribute"] == "price" else 2
    first = row["revision"] is None
    return {"value": number(row["value"], digits), "moved": "first" if first else _moved(row["revision"], digits)}


def _moved(revision: float, digits: int) -> str:
    text = number(revision, digits, signed=True)
    return "=" if not text.strip("0.") else f"{'▲' if revision > 0 else '▼'} {text}"


def _line(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _place(name: str) -> int:
    return LINES.index(name) if name in LINES else len(LINES)
