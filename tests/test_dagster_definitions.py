"""Dagster's view of the pipeline: the same steps in the same order, gates that block, sources by day or range."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

dg = pytest.importorskip("dagster", reason="needs the extra dagster: pip install oilseer[dagster]")

from oilseer import dagster_definitions as definitions  # noqa: E402
from oilseer import pipeline  # noqa: E402
from oilseer.checks import Check  # noqa: E402
from oilseer.errors import LockedError  # noqa: E402
from oilseer.raw.ingest import Request  # noqa: E402
from oilseer.reference.jobs import jobs  # noqa: E402
from oilseer.reference.sources import sources  # noqa: E402
from oilseer.simulate.market import load_market, simulate  # noqa: E402
from oilseer.warehouse import connect  # noqa: E402
from oilseer.warehouse.workspace import create_workspace  # noqa: E402

NOW = datetime(2025, 7, 1, tzinfo=UTC)
YAHOO = dg.AssetKey(["sources", "yahoo"])


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    made = create_workspace(tmp_path / "home", "simulated", NOW)
    monkeypatch.setenv("OILSEER_HOME", str(made.home))
    return made


def materialize(assets, **options):
    """Run assets in this process with a Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(assets, instance=instance, raise_on_error=False, **options)


def verdicts(result) -> dict[str, bool]:
    return {found.asset_key.to_user_string(): found.passed for found in result.get_asset_check_evaluations()}


def test_assets_are_the_sources_and_the_steps_in_their_order_and_schedules_the_registry():
    dg.Definitions.validate_loadable(definitions.definitions)
    graph = definitions.definitions.resolve_asset_graph()
    order = [*(step.name for step in pipeline.STEPS), "published"]
    for before, after in pairwise(order):
        assert graph.get(dg.AssetKey(after)).parent_keys == {dg.AssetKey(before)}
    fed = {dg.AssetKey(["sources", name]) for name in sources()}
    assert graph.get(dg.AssetKey("staging")).parent_keys == fed
    found = {s.name: (s.cron_schedule, s.execution_timezone) for s in definitions.definitions.schedules}
    assert found == {job.name: (job.cron, job.zone) for job in jobs().values()}


@pytest.mark.parametrize("name", list(jobs()))
def test_every_schedule_asks_for_a_run_that_dagster_accepts(name):
    repository = definitions.definitions.get_repository_def()
    at = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=at, repository_def=repository)
        (request,) = repository.get_schedule_def(name).evaluate_tick(context).run_requests
    reads = jobs()[name].command[0] in ("run", "ingest")
    assert request.partition_key == ("2026-11-20" if reads else None)
    made = {key.to_user_string() for key in repository.get_job(f"oilseer_{name}").asset_layer.executable_asset_keys}
    expected = {
        "daily": {*(step.name for step in pipeline.STEPS), "published", *(f"sources/{source}" for source in sources())},
        "sources": {f"sources/{source}" for source in sources()},
        "feeds": {f"sources/{source}" for source in jobs()["feeds"].command[1:]},
        "training": {"staging", "features", "training"},
    }
    assert made == expected.get(name, set())


def test_a_simulated_history_that_is_too_short_stops_before_features(workspace):
    with connect.writer(workspace) as connection:
        load_market(connection, simulate(7, date(2025, 6, 30), NOW, date(2024, 1, 2)), NOW, NOW)
    result = materialize(definitions._steps())
    assert verdicts(result) == {"staging": False}
    assert [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()] == ["staging"]
    with connect.writer(workspace) as connection:
        kept = dict(connection.execute("SELECT gate, passed FROM ops.gate_results WHERE stage = 'staging'").fetchall())
        assert not kept["zl_history_reaches_back"]
        assert kept["zl_prices_are_positive"]
        assert connection.execute("SELECT count(*) > 300 FROM staging.zl_prices_clean").fetchone() == (True,)
        assert connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'daily_ml_matrix_zl'"
        ).fetchone() == (0,)


def steps(made: list[str], *, sound: bool = True) -> tuple[pipeline.Step, ...]:
    """The pipeline's step names over a staging of one session; `sound` is the verdict of the gate after features."""

    def make(name):
        def work(day):
            made.append(name)
            day.connection.execute(
                "CREATE OR REPLACE TABLE staging.zl_prices_clean AS SELECT DATE '2024-05-03' AS observation_date"
            )

        return work

    return tuple(
        pipeline.Step(step.name, step.what, make(step.name),
                      lambda day, name=step.name: [Check("sound", sound or name != "features", "rot", "rye"),
                                                   Check("broad", False, "1", "2", blocking=False)])
        for step in pipeline.STEPS
    )  # fmt: skip


def test_steps_run_in_order_and_end_in_a_snapshot_with_the_verdicts_beside_it(workspace, monkeypatch):
    made: list[str] = []
    monkeypatch.setattr(pipeline, "STEPS", steps(made))
    result = materialize([*definitions._steps(), definitions.published])
    assert result.success
    assert made == ["staging", "features", "training", "forecasts"]
    with connect.reader(workspace) as connection:
        assert connection.execute("SELECT as_of_date, status FROM ops.pipeline_runs").fetchall() == [
            (date(2024, 5, 3), "complete")
        ]
        assert connection.execute("SELECT count(*) FROM ops.gate_results").fetchone() == (8,)


def test_a_blocking_gate_leaves_what_is_published(workspace, monkeypatch):
    made: list[str] = []
    monkeypatch.setattr(pipeline, "STEPS", steps(made, sound=False))
    result = materialize([*definitions._steps(), definitions.published])
    assert made == ["staging", "features"]
    assert verdicts(result) == {"staging": True, "features": False}
    assert not workspace.published.exists()


def test_a_workspace_that_another_process_writes_to_is_tried_again(workspace, monkeypatch):
    made: list[str] = []
    monkeypatch.setattr(pipeline, "STEPS", steps(made))
    monkeypatch.setattr(definitions, "WAIT_S", 0)
    tries = []

    def locked(*arguments):
        tries.append(arguments)
        if len(tries) < 3:
            raise LockedError("another oilseer process is writing")
        return []

    monkeypatch.setattr(pipeline, "take", locked)
    assert materialize(definitions._steps()[:1]).success
    assert len(tries) == 3


@pytest.fixture
def asked(monkeypatch) -> list[Request]:
    """What is asked of the sources; yahoo fails, the others answer."""
    requests: list[Request] = []

    def answer(settings, request, progress):
        requests.append(request)
        return [
            {"source": name, "status": "failed" if name == "yahoo" else "ok", "message": "", "rows": 1,
             "newest_available_at": NOW}
            for name in sources()
        ]  # fmt: skip

    monkeypatch.setattr(definitions, "ingest_sources", answer)
    return requests


def test_todays_partition_reads_by_lookback_and_a_source_that_fails_warns_without_blocking(workspace, asked):
    today = definitions.DAYS.get_last_partition_key()
    chosen = [YAHOO, dg.AssetKey(["sources", "fred"])]
    result = materialize([definitions.ingest], partition_key=today, selection=chosen)
    assert result.success
    assert [(set(request.names), request.since, request.until) for request in asked] == [
        ({"yahoo", "fred"}, None, None)
    ]
    assert verdicts(result) == {"sources/yahoo": False, "sources/fred": True}


def test_a_backfill_asks_for_its_range_of_days_at_once(workspace, asked):
    span = {"dagster/asset_partition_range_start": "2024-02-27", "dagster/asset_partition_range_end": "2024-03-01"}
    assert materialize([definitions.ingest], tags=span, selection=[YAHOO]).success
    assert asked == [Request(("yahoo",), date(2024, 2, 27), date(2024, 3, 1))]
