"""The morning brief as one page of HTML that opens anywhere, prints to one sheet, and as a mail that nobody sends.

Neither holds a script nor asks another host for anything.
"""

import io
from email.message import EmailMessage
from pathlib import Path

import duckdb
from rich.console import Console

from oilseer.dashboard import answers, brief_chart, brief_words, event_words, morning, words
from oilseer.dashboard.evidence import recent_prices
from oilseer.dashboard.report import environment, write_whole

HISTORY_SESSIONS, HISTORY_MONTHS = 126, 6
MAIL_COLUMNS = 96
WIDEST_BAR = 100  # percent of its side


def write_page(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Write the page of the published session to `path`, whole or not at all; the path.

    Raises ConfigError where nothing is published.
    """
    return write_whole(path, page(connection).encode())


def write_mail(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Write the mail of the published session to `path` (.eml), whole or not at all; the path."""
    return write_whole(path, bytes(mail(answers.brief(connection))))


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The page as HTML text."""
    answer = answers.brief(connection)
    history = recent_prices(connection, answer["as_of_date"], HISTORY_SESSIONS)
    return _render("brief.html", answer, fan=brief_chart.fan(answer, history), chart=brief_chart, months=HISTORY_MONTHS)


def mail(answer: dict) -> EmailMessage:
    """The brief as a mail with plain text and HTML, without sender and receiver: a draft to look at or to forward."""
    message = EmailMessage()
    message["Subject"] = subject(answer)
    message["X-Unsent"] = "1"  # mail programs open it as a draft
    message.set_content(text(answer))
    message.add_alternative(_render("brief_mail.html", answer), subtype="html")
    message.set_boundary(f"oilseer-{answer['run_id']}")  # the same brief is the same file
    return message


def subject(answer: dict) -> str:
    """What to do, first: SIMULATED where it is."""
    mark = "SIMULATED: " if answer["simulated"] else ""
    plan = answer["plan"]
    action = f"{plan['action']}, {words.percent(plan['cover_ratio_after'], 0)} covered" if plan else "no cover plan"
    return f"{mark}Soybean oil {words.day(answer['as_of_date'])}: {action}, {words.number(answer['price'])} ¢/lb"


def text(answer: dict) -> str:
    """The terminal's brief as plain text."""
    console = Console(file=io.StringIO(), width=MAIL_COLUMNS, highlight=False, color_system=None)
    console.print(morning.brief(answer))
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _render(template: str, answer: dict, **more: object) -> str:
    explanation = answer["explanation"]
    drivers = brief_words.drivers(explanation) if explanation else []
    widest = max((abs(driver.amount) for driver in drivers), default=1.0)
    risk = {row["label"]: row for row in answer["risk"] or [] if row["open_lb"]}
    return environment().get_template(template).render(
        answer=answer,
        plan=answer["plan"],
        drivers=[(driver, round(WIDEST_BAR * abs(driver.amount) / widest)) for driver in drivers],
        risk=risk,
        budget=next((row["budget_cents_per_lb"] for row in risk.values()), None),
        futures=any(row["curve_median"] is not None for row in answer["horizons"]),
        hits={row["label"]: row for row in answer["trust"] or []},
        said=brief_words,
        coming=event_words,
        simulated_mark=words.SIMULATED_MARK,
        **more,
    )  # fmt: skip
