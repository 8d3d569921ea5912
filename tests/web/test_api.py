"""Every answer of the API over HTTP: its model, units, run and session, ETag, pages, and problems that teach."""

import json

import pytest
from conftest import serving
from published_site import make_site
from pydantic import TypeAdapter
from snapshots import AS_OF, HITS, NOW, RUN_ID

from oilseer.warehouse.workspace import create_workspace
from oilseer.web.api import ROUTERS
from oilseer.web.problems import ProblemDocument

ANSWERS = (
    "brief", "forecasts", "forecasts/1m", "forecasts/12m/latest", "predictions", "conviction", "validate", "explain",
    "market", "market/prices/ZL", "market/spreads", "market/positions", "market/wasde", "market/news", "market/policy",
    "market/seasonality", "market/currencies", "market/positions/ZL", "market/wasde/ending_stocks", "market/rins",
    "market/headlines", "market/headlines/days", "market/policy/steps", "calendar",
    "curve", "regime", "big8", "rules", "features", "features/spread_boho_usd_per_gal",
    "features/spread_boho_usd_per_gal/values", "procurement", "risk", "risk/past", "stress?scenario=vix_spike",
    "stress?shock=CL=-20%25&sessions=10", "scenarios", "backtesting/scorecard", "backtesting/bands",
    "backtesting/weights", "backtesting/policies", "monitoring/gates", "monitoring/failures", "monitoring/runs",
    "models", "models?horizon=1m",
)  # fmt: skip
VALUES = "/api/v1/features/spread_boho_usd_per_gal/values?start=2022-01-01"
MODELS = {route.path: route.response_model for router in ROUTERS for route in router.routes if "GET" in route.methods}


def model_of(path: str):
    """The model that the OpenAPI document promises for an address."""
    parts = path.split("?")[0].split("/")
    for known, model in MODELS.items():
        wanted = known.removeprefix("/api/v1/").split("/")
        if len(wanted) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(wanted, parts)):
            return model
    raise AssertionError(path)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_keeps_its_model_and_says_run_session_and_units(site, path):
    found = site.client.get(f"/api/v1/{path}")
    assert found.status_code == 200, found.text
    answer = found.json()
    TypeAdapter(model_of(path)).validate_json(found.content)
    assert answer["as_of_date"] == AS_OF.isoformat()
    assert answer["run_id"] in (RUN_ID, "")
    assert answer["simulated"] is False
    assert isinstance(answer["units"], dict)


def test_every_address_of_the_document_is_answered_here(site):
    document = site.client.get("/api/v1/openapi.json").json()
    told = {path.removeprefix("/api/v1/") for path, ways in document["paths"].items() if "get" in ways}
    tried = {known.removeprefix("/api/v1/") for known, model in MODELS.items()
             for path in ANSWERS if model_of(path) is model}  # fmt: skip
    assert told - tried <= {"/api/health", "events", "scenarios/{scenario_id}"}


def test_numbers_are_those_of_the_tables(site):
    bands = site.client.get("/api/v1/backtesting/scorecard", params={"limit": 1000}).json()["rows"]
    ensemble = {row["horizon"]: row for row in bands if row["model"] == "ensemble"}
    assert round(ensemble[21]["coverage80"] * ensemble[21]["n_origins"]) == HITS[21][0]
    one = site.client.get("/api/v1/forecasts/1m").json()
    assert one["quantiles"]["0.5"] == pytest.approx(one["price"] + 0.291)  # what `explained` says
    positions = site.client.get("/api/v1/market/positions").json()["rows"]
    (row,) = positions
    # eight weeks of net shares 0.00 (newest) to 0.07: a hundredth less than the week before, none lower
    assert (row["net_share_ratio"], row["change_week_ratio"], row["percentile_three_years"]) == (
        0.0, pytest.approx(-0.01), 1 / 8,
    )  # fmt: skip
    (line,) = site.client.get("/api/v1/market/wasde").json()["rows"]
    assert (line["value"], line["value_before"], line["revision"]) == (1450.0, 1500.0, -50.0)


def test_what_became_public_after_the_session_is_not_told(site):
    titles = [row["title"] for row in site.client.get("/api/v1/market/news").json()["rows"]]
    assert "China buys beans" in titles
    assert "tomorrow" not in titles


def test_the_contracts_are_those_of_the_exchange_at_settlement(site):
    curves = {row["when"]: row["contracts"] for row in site.client.get("/api/v1/curve").json()["curves"]}
    assert [row["price_cents_per_lb"] for row in curves["today"]] == [50.1, 51.1]
    assert curves["year"] == []


def test_an_answer_is_not_sent_twice_to_who_has_it(site):
    first = site.client.get("/api/v1/forecasts")
    again = site.client.get("/api/v1/forecasts", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = site.client.get("/api/v1/forecasts", headers={"if-none-match": '"other"'})
    assert other.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"


def test_a_problem_has_no_etag_and_is_not_kept(site):
    for _ in range(2):
        found = site.client.get("/api/v1/forecasts?format=csv&table=nothing", headers={"if-none-match": "*"})
        assert found.status_code == 404
        assert "etag" not in found.headers
        assert found.headers["cache-control"] == "no-store"


def test_pages_of_a_list_make_the_whole_list(site):
    whole = site.client.get(
        "/api/v1/features/spread_boho_usd_per_gal/values",
        params={"format": "json", "start": "2022-01-01", "limit": 1000},
    ).json()
    assert (whole["total"], whole["next"]) == (876, None)
    rows, path, seen = [], f"{VALUES}&limit=400", 0
    while path:
        part = site.client.get(path).json()
        rows, path, seen = rows + part["rows"], part["next"], seen + 1
    assert rows == whole["rows"]
    assert seen == 3
    cut = site.client.get("/api/v1/backtesting/scorecard", params={"limit": 7, "offset": 3}).json()
    assert (len(cut["rows"]), cut["total"]) == (7, 35)


def test_dates_bound_a_list(site):
    asked = {"start": "2025-06-20", "end": "2025-06-26"}
    days = [row["observation_date"] for row in site.client.get("/api/v1/market/prices/ZL", params=asked).json()["rows"]]
    assert days == ["2025-06-26", "2025-06-25", "2025-06-24", "2025-06-23", "2025-06-20"]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("forecasts/2m", 422, "'1w', '1m', '3m', '6m' or '12m'"),
        ("forecasts?horizon=1m", 422, "unknown parameter 'horizon': one of format, table"),
        ("predictions?limit=1001", 422, "less than or equal to 1000"),
        ("predictions?limit=0", 422, "greater than or equal to 1"),
        ("predictions?offset=-1", 422, "greater than or equal to 0"),
        ("predictions?start=2025-13-01", 422, "query.start"),
        ("predictions?start=0", 422, "YYYY-MM-DD"),
        ("predictions?end=1735689600", 422, "YYYY-MM-DD"),
        ("market/prices/XX", 404, "no symbol 'XX'; there are ZL, ZS"),
        ("features/spread_boho", 404, "spread_boho_usd_per_gal"),
        ("backtesting/scorecard?slice=2008", 404, "slices there are: all, since_2020"),
        ("market/wasde?commodity=corn", 404, "soybean_oil"),
        ("stress", 422, "?scenario=NAME"),
        ("stress?scenario=none", 422, "there are"),
        ("stress?shock=XX=3", 422, "markets are"),
        ("stress?shock=CL=-20%25&sessions=999", 422, "126"),
        ("forecasts?format=pdf", 422, "json"),
        ("forecasts?format=csv&table=nothing", 404, "tables there are: horizons"),
        ("scenarios/nothing", 404, "scenario"),
        ("nothing", 404, "openapi.json"),
    ],
)
def test_problems_say_what_was_expected(site, path, status, told):
    found = site.client.get(f"/api/v1/{path}")
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"
    problem = ProblemDocument.model_validate_json(found.content)
    assert problem.status == status
    assert told in problem.detail
    assert problem.instance == f"/api/v1/{path.split('?')[0]}"


def test_another_method_is_refused_with_those_that_are_answered(site):
    found = site.client.delete("/api/v1/forecasts")
    assert (found.status_code, found.headers["allow"]) == (405, "GET")
    assert found.headers["content-type"] == "application/problem+json"


def test_a_table_of_ones_own_is_planned_and_not_kept(site):
    months = [{"month": f"2025-{month:02}", "need_lb": 100_000.0} for month in range(7, 13)]
    found = site.client.post("/api/v1/procurement", json={"months": months, "budget_cents_per_lb": 70.0})
    assert found.status_code == 200, found.text
    assert found.json()["need_lb"] == 600_000.0
    assert site.client.get("/api/v1/procurement").json()["need_lb"] != 600_000.0
    odd = site.client.post("/api/v1/procurement", json={"months": [months[0], months[2]]})
    assert (odd.status_code, "expected 2025-08" in odd.json()["detail"]) == (422, True)
    past = site.client.post("/api/v1/procurement", json={"months": [{"month": "2020-01", "need_lb": 1.0}]})
    assert (past.status_code, "2025-07" in past.json()["detail"]) == (422, True)
    assert site.client.post("/api/v1/procurement", json={"months": []}).status_code == 422


def test_live_scores_that_are_newer_stand_in_the_big_8(server):
    before = server.client.get("/api/v1/big8")
    assert {row["score"] for row in before.json()["live"]} == {51.0}
    left = [{"observed_at": "2025-07-01T14:00:00+00:00", "bucket": "fx", "score": 77.0, "change": 1.0,
             "input_age_minutes": 3.0, "as_of_date": "2025-06-30"}]  # fmt: skip
    (server.made.site.workspace.home / "live.json").write_text(json.dumps(left))
    after = server.client.get("/api/v1/big8", headers={"if-none-match": before.headers["etag"]})
    assert [row["score"] for row in after.json()["live"]] == [77.0]


def test_a_workspace_without_a_publication_says_how_to_begin(tmp_path):
    create_workspace(tmp_path / "home", "real", NOW)
    with serving(tmp_path / "home") as served:
        found = served.client.get("/api/v1/forecasts")
        assert (found.status_code, "oilseer run" in found.json()["detail"]) == (404, True)
        health = served.client.get("/api/health")
        assert (health.status_code, health.json()["published"]) == (503, False)
        assert "How to begin" in served.client.get("/status").text


def test_health_names_what_is_stale_as_time_passes(home):
    with serving(home) as served:
        now = served.client.get("/api/health").json()
        assert (now["published"], now["run_id"], now["simulated"]) == (True, RUN_ID, False)
        assert "staging.zl_prices_clean" not in now["critical_stale"]
        served.clock.pass_(40 * 86_400)
        later = served.client.get("/api/health")
        assert later.status_code == 503
        assert "staging.zl_prices_clean" in later.json()["critical_stale"]
        assert any("staging.zl_prices_clean" in why for why in later.json()["why"])
        assert "No: " in served.client.get("/status").text


def test_a_simulated_workspace_is_marked_everywhere(tmp_path):
    with serving(make_site(tmp_path / "home", "simulated").home) as served:
        for path in ("/status", "/login", "/nothing"):
            assert served.client.get(path).text.count("SIMULATED: a made-up market") == 2
        assert served.client.get("/api/health").json()["simulated"] is True
        assert served.client.get("/api/v1/forecasts").json()["simulated"] is True
        file = served.client.get("/api/v1/forecasts?format=csv")
        assert "SIMULATED" in file.headers["content-disposition"]
