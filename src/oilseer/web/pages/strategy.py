"""The strategy page: one's needs and the plan for them, what the plan may cost beside other ways, and stress tests."""

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import Response

from oilseer import decide
from oilseer.dashboard import answers, charts, charts_cost, words
from oilseer.decisions.needs import Needs
from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.web.doors import Form
from oilseer.web.exports import WRITERS
from oilseer.web.pages import stressing, what_if
from oilseer.web.pages.files import FileKind, TableName, as_file
from oilseer.web.pages.rendering import page
from oilseer.web.pages.staleness import old_days
from oilseer.web.problems import Problem
from oilseer.web.sessions import SESSION, VISIT, cookie, set_cookie
from oilseer.web.visit import Seen, Visit, Visiting

router = APIRouter(include_in_schema=False)


@router.get("/strategy")
async def strategy(visit: Visiting) -> Response:
    """The published plan, and the stress test that the address asks for."""
    return await _page(visit)


@router.post("/strategy")
async def what_if_plan(visit: Visiting, form: Form) -> Response:
    """The plan for a table of one's own, or a table of it as a file; nothing is kept."""
    form = dict(form)
    kind, _, table = form.pop("format", "").partition(".")
    try:
        needs = what_if.read_form(form)
    except ConfigError as error:
        return await _page(visit, form, Seen(None, str(error)))
    plan = await _heavy(visit, _plan_of, needs, visit.site.settings, is_own=True)
    if kind in WRITERS and plan:
        return as_file(plan.answer if table == "months" else await _costs_of(visit, plan, needs), kind, table)
    return await _page(visit, form, plan, needs if plan else None)


@router.get("/strategy/costs")
async def costs(visit: Visiting, kind: FileKind, table: TableName = None) -> Response:
    """What the need of the published plan may cost, as a file."""
    plan = await to_thread.run_sync(visit.ask, answers.plan)
    return as_file(await _costs_of(visit, Seen(plan), None), kind, table)


async def _page(
    visit: Visit, form: dict[str, str] | None = None, plan: Seen | None = None, needs: Needs | None = None
) -> Response:
    """The page; `plan` and `needs` of a table of one's own, otherwise those that are published."""
    published = await to_thread.run_sync(visit.see, answers.plan)
    shown, fault = plan or published, plan.why if plan is not None and not plan else ""
    shown = shown or published
    costs = await _costs(visit, shown, needs) if shown else Seen(None, shown.why)
    stressed = await _stressed(visit)
    return await to_thread.run_sync(lambda: _rendered(visit, form, shown, fault, costs, stressed, needs))


async def _costs(visit: Visit, plan: Seen, needs: Needs | None) -> Seen:
    """What the need of a plan may cost."""
    bought = [row["buy_now_lb"] for row in plan.answer["months"]]
    return await _heavy(visit, decide.plan_costs, visit.site.settings, needs, bought, is_own=needs is not None)


async def _costs_of(visit: Visit, plan: Seen, needs: Needs | None) -> dict:
    """The same for a file. Raises Problem where it cannot be had now."""
    found = await _costs(visit, plan, needs)
    if not found:
        raise Problem(503, "busy", found.why)
    return found.answer


async def _heavy(visit: Visit, reader: Callable[..., Any], *args: Any, is_own: bool = False) -> Seen:
    """A slow answer in its turn, or why there is none: nothing of that kind, or too many wait.

    is_own  whether the question is the visitor's own making: its answer is not kept for others
    """
    how = visit.read if is_own else visit.ask
    try:
        async with visit.site.turn:
            return Seen(await to_thread.run_sync(how, reader, *args))
    except Problem as problem:
        return Seen(None, problem.detail)
    except ConfigError as error:
        return Seen(None, str(error))


async def _stressed(visit: Visit) -> dict[str, Any]:
    """The stress test that is asked for, and what its part of the page shows."""
    params = visit.request.query_params
    found: dict[str, Any] = {"asked": None, "address": "", "answer": None, "compared": None}
    try:
        asked = stressing.asked_of(params)
    except ConfigError as error:
        return found | {"answer": Seen(None, str(error))}
    found |= {"asked": asked.scenario, "address": asked.address}
    if asked.scenario is not None:
        is_own = asked.scenario.name == "own"
        found["answer"] = await _heavy(
            visit, stressing.stressed, asked.scenario, visit.site.settings, is_own=is_own
        )  # fmt: skip
    elif params.get("kept") and params.get("beside"):
        found["compared"] = await to_thread.run_sync(visit.see, stressing.compared, params["kept"], params["beside"])
    elif params.get("kept"):
        found["answer"] = await to_thread.run_sync(visit.see, stressing.kept, params["kept"])
    return found


def _rendered(
    visit: Visit, form: dict[str, str] | None, plan: Seen, fault: str, costs: Seen, stressed: dict, needs: Needs | None
) -> Response:
    drawn: dict[str, Any] = dict.fromkeys(("cover", "ways", "distribution", "stressed", "replay"))
    if plan:
        answer = plan.answer
        source = f"Decided at the close of {words.day(answer['as_of_date'])}; run {answer['run_id']}."
        drawn["cover"] = charts.cover(answer, answer, source)
        if costs:
            drawn["ways"] = charts_cost.ways(costs.answer, source)
            drawn["distribution"] = charts_cost.distribution(costs.answer, source)
        if answer["replay"]:
            drawn["replay"] = charts.replay(answer["replay"], answer, source)
    if stressed["answer"]:
        told = stressed["answer"].answer
        drawn["stressed"] = charts_cost.stressed(told, f"Decided at the close of {words.day(told['as_of_date'])}.")
    fields = form if form is not None else _prefilled(visit, plan)
    held = cookie(visit.request, SESSION if visit.is_owner else VISIT) or secrets.token_urlsafe(32)
    made = page(
        visit, "strategy.html", 422 if fault else 200, charts=tuple(one for one in drawn.values() if one),
        form_token=visit.site.sessions.form_token(held), plan=plan, fault=fault, drawn=drawn, costs=costs,
        is_own=needs is not None, old_days=old_days(visit, plan), rows=what_if.rows_of(fields),
        budget=fields.get(what_if.BUDGET, ""),
        columns=what_if.COLUMNS, stressed=stressed, sliders=stressing.sliders(stressed["asked"]),
        sessions=stressed["asked"].sessions if stressed["asked"] else stressing.MONTH,
        catalogue=visit.see(stressing.catalogue), change_words=stressing.change_words,
        years=_savings(plan, "saving_by_year_cents_per_lb"), regimes=_savings(plan, "saving_by_regime_cents_per_lb"),
    )  # fmt: skip
    if not visit.is_owner:
        set_cookie(visit.request, made, VISIT, held)
    return made


def _savings(plan: Seen, by: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headers and rows of each policy's saving by year or regime."""
    found = (plan.answer["replay"] or []) if plan else []
    shown = [row for row in found if row["policy"] != "ratable"]
    places = list(shown[0][by]) if shown else []
    rows = [(place.replace("_", " "), *(words.number(row[by].get(place), signed=True) for row in shown))
            for place in places]  # fmt: skip
    return ("", *(words.policy(row["policy"]) for row in shown)), rows


def _prefilled(visit: Visit, plan: Seen) -> dict[str, str]:
    """The form as the settings have it; empty where there is no plan to begin from."""
    if not plan:
        return {}
    as_of, spot = date.fromisoformat(plan.answer["as_of_date"]), plan.answer["spot_cents_per_lb"]
    return what_if.settings_form(visit.site.settings.cover, as_of, spot)


def _plan_of(connection: duckdb.DuckDBPyConnection, needs: Needs, settings: Settings) -> dict:
    return answers.plan_of(connection, *decide.plan_needs(connection, needs, settings))
