"""The daily run: a plain list of steps in the order of the route, each idempotent, each followed by its gates."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np

from oilseer import decide
from oilseer.checks import Check, require
from oilseer.dashboard.tables import exists
from oilseer.errors import ConfigError, ContractError, GateFailed, OilseerError
from oilseer.explain import explain_published
from oilseer.market import sessions
from oilseer.models.zoo import TIERS, ZOO
from oilseer.ops import gates, runs, training_audit
from oilseer.settings import Settings
from oilseer.training import (
    ensemble,
    model_runs,
    regime_forecasts,
    registry,
    scores,
    stack,
    tracking,
    volatility_scores,
    walk_forward,
)
from oilseer.training.history import History, monthly_origins, read_history
from oilseer.training.parallel import Workers
from oilseer.training.specs import WALK_FORWARD
from oilseer.warehouse import connect
from oilseer.warehouse.tables import tables
from oilseer.warehouse.workspace import Workspace, create_workspace
from oilseer.warehouse.write import ensure

# of the hundreds of features, the few that a model, the combination or the scores see
READ_IN_TRAINING = tuple(sorted(
    {ensemble.REGIME_FEATURE, scores.REGIME_FEATURE, *(name for entry in ZOO.values() for name in entry.reads)}
))  # fmt: skip
BASE_TIERS = ("benchmark", "density", "statistical")
EARLY_TIERS = ("benchmark", "density", "direct")
EARLY_HISTORY_DAYS = 5 * 365  # a model needs some years behind it before its word is evidence
DEMO_SEED = 7
DEMO_END = date(2025, 12, 31)
DEMO_SETTINGS = """# fewer origins and models than in a real workspace, so that the demo is quick
first_scored_year = 2019
early_evidence_years = 6
tiers = ["benchmark", "density", "statistical"]
"""

Progress = Callable[[str, int, int], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """What every step needs: settings, the clock of the command line, and where progress goes."""

    settings: Settings
    clock: Clock
    progress: Progress


@dataclass(frozen=True)
class Day:
    """One day's work: the database it is done in, what every step needs, and the past session where one is replayed."""

    connection: duckdb.DuckDBPyConnection
    job: Job
    as_of: date | None = None

    @cached_property
    def run(self) -> runs.Run:
        """The identity of the run up to the last priced session, so known once staging stands."""
        settings = f"{self.job.settings.fingerprint()} {registry.fingerprint(self.connection)}"
        return runs.identify(self.connection, _last_session(self.connection), settings, self.job.clock())


@dataclass(frozen=True)
class Step:
    """A stage of the day: `make` brings its tables up to date, however often; `gates` say if the next may begin."""

    name: str
    what: str
    make: Callable[[Day], None]
    gates: Callable[[Day], list[Check]]


def run(workspace: Workspace, job: Job, as_of: date | None = None) -> runs.Run:
    """Everything from raw to the published forecast; the run's identity.

    With `as_of`, a past session is replayed beside the published snapshot and nothing published changes.
    Raises GateFailed with every blocking gate; what stood before still stands then.
    """
    if as_of is not None:
        session = sessions.on_or_before(as_of)
        with connect.replay(workspace, session, sessions.cutoff(session)) as connection:
            return _all_steps(Day(connection, job, session))
    with connect.writing(workspace) as (connection, publish_at_end):
        result = _all_steps(Day(connection, job))
        job.progress("publish", 0, 1)
        publish_at_end(result.run_id)
    job.progress("publish", 1, 1)
    return result


def _all_steps(day: Day) -> runs.Run:
    STEPS[0].make(day)
    last = day.run.as_of_date
    if day.as_of is not None and last != day.as_of:
        raise ContractError(f"{day.as_of} has no ZL price in this workspace; the session before it with one is {last}")
    runs.note(day.connection, day.run, "running", None)
    try:
        require(judge(STEPS[0], day))
        for step in STEPS[1:]:
            step.make(day)
            require(judge(step, day))
    except OilseerError as error:
        status = "blocked" if isinstance(error, GateFailed) else "failed"
        runs.note(day.connection, day.run, status, day.job.clock(), str(error))
        raise
    runs.note(day.connection, day.run, "complete", day.job.clock())
    return day.run


def take(workspace: Workspace, job: Job, step: Step) -> list[Check]:
    """One step alone, for those who run each as a task of its own: the verdicts of its gates, kept and not raised."""
    with connect.writer(workspace) as connection:
        day = Day(connection, job)
        step.make(day)
        return judge(step, day)


def publish_last(workspace: Workspace, job: Job) -> runs.Run:
    """Publish what steps taken one by one have made: the last part of their run, whose identity is returned."""
    with connect.writing(workspace) as (connection, publish_at_end):
        found = Day(connection, job).run
        runs.note(connection, found, "complete", job.clock())
        publish_at_end(found.run_id)
    return found


def judge(step: Step, day: Day) -> list[Check]:
    """The verdicts of a step's gates, kept in ops.gate_results."""
    checks = step.gates(day)
    gates.record(day.connection, day.run.run_id, step.name, checks, day.job.clock())
    return checks


def build_only(workspace: Workspace, job: Job) -> list[Check]:
    """Staging and features anew, and the verdicts of their gates. Raises GateFailed."""
    with connect.writer(workspace) as connection:
        return _through(Day(connection, job), "features")


def backtest_only(workspace: Workspace, job: Job, read: Callable[[duckdb.DuckDBPyConnection], dict]) -> dict:
    """Build, walk-forward, ensemble and scores with their gates; what `read` makes of them. Publishes nothing."""
    with connect.writer(workspace) as connection:
        _through(Day(connection, job), "training")
        return read(connection)


def compare_only(workspace: Workspace, job: Job, read: Callable[[duckdb.DuckDBPyConnection], dict]) -> dict:
    """Combinations, calibrations and models compared on stored forecasts; what `read` makes of it. Publishes nothing.

    Raises ConfigError before the first walk-forward.
    """
    from oilseer.training import comparisons

    with connect.writer(workspace) as connection:
        if not exists(connection, WALK_FORWARD.name):
            raise ConfigError("nothing to compare: no walk-forward yet. `oilseer backtest` makes one")
        history, models = read_history(connection, READ_IN_TRAINING), registry.running(connection, tuple(ZOO))
        late = late_origins(history, job.settings)
        comparisons.run(
            connection,
            history,
            registry.eligible(connection, models),
            [name for name in models if ZOO[name].target == "price"],
            early_origins(history, job.settings, late[0]) + late,
            date(job.settings.first_scored_year, 1, 1),
            Day(connection, job).run.run_id,
            lambda done, total: job.progress("comparisons", done, total),
        )
        return read(connection)


def _through(day: Day, last: str) -> list[Check]:
    """The steps up to the one named `last`; all verdicts. Raises GateFailed."""
    checks: list[Check] = []
    for step in STEPS[: [step.name for step in STEPS].index(last) + 1]:
        step.make(day)
        verdicts = judge(step, day)
        require(verdicts)
        checks += verdicts
    return checks


def refresh_live(workspace: Workspace, job: Job) -> int:
    """The Big 8 between two closes brought up to the newest hourly bars; rows added. Publishes nothing.

    The published snapshot and the replays of it stand as they are. Raises ConfigError before the first run.
    """
    from oilseer.signals import regimes
    from oilseer.signals.live import refresh_live
    from oilseer.staging import market_hourly

    with connect.writer(workspace) as connection:
        if not exists(connection, regimes.SPEC.name):
            raise ConfigError("no regimes yet, the last that a run builds before live scores: `oilseer run` makes them")
        market_hourly.build(connection)
        return refresh_live(connection, job.clock())


def simulated_workspace(home: Path, now: datetime, progress: Progress) -> Workspace:
    """The workspace of the demo: 26 years of a simulated market with a known truth, the same everywhere."""
    from oilseer.simulate.market import load_market, simulate

    workspace = create_workspace(home, "simulated", now)
    if not (home / "oilseer.toml").exists():
        (home / "oilseer.toml").write_text(DEMO_SETTINGS)
    progress("simulated market", 0, 1)
    market = simulate(seed=DEMO_SEED, end=DEMO_END, now=now)
    with connect.writer(workspace) as connection:
        load_market(connection, market, now, now)
    progress("simulated market", 1, 1)
    return workspace


def features_only(workspace: Workspace, job: Job, rebuild: bool = False) -> dict:
    """Features, and the signals over them, brought up to raw; what was done. Raises GateFailed.

    Staging is made first where raw rows, code or settings changed since. `rebuild` makes every session's row anew.
    """
    with connect.writer(workspace) as connection:
        staged = _stage(connection, job)
        day, done = Day(connection, job), _features(connection, job, rebuild)
        checks = [check for step in STEPS[:2] for check in judge(step, day)]
        require(checks)
        return {
            "as_of_date": day.run.as_of_date.isoformat(), "workspace": workspace.kind,
            "simulated": workspace.kind == "simulated", "staging_made": bool(staged), **done,
            "gates": [vars(check) for check in checks],
        }  # fmt: skip


def _stage(connection: duckdb.DuckDBPyConnection, job: Job) -> dict[str, int]:
    """Staging brought up to raw; rows of the tables that had to be made."""
    from oilseer.raw.specs import SPECS
    from oilseer.staging.build import build_all

    job.progress("staging", 0, 1)
    # a source that was never read is an empty table, which staging knows what to make of
    there = tables(connection)
    for spec in SPECS:
        if spec.name not in there:
            ensure(connection, spec)
    made = build_all(connection, job.settings.finbert)
    job.progress("staging", 1, 1)
    return made


def _features(connection: duckdb.DuckDBPyConnection, job: Job, rebuild: bool) -> dict:
    """Features and signals brought up to staging; what the features' build did, and its seconds."""
    from oilseer.features.build import build_features
    from oilseer.signals.build import build_signals

    job.progress("features", 0, 1)
    started = job.clock()
    built = build_features(connection, rebuild=rebuild)
    seconds = (job.clock() - started).total_seconds()
    job.progress("features", 1, 1)
    job.progress("signals", 0, 1)
    build_signals(connection)
    job.progress("signals", 1, 1)
    return {
        "sessions": built.sessions, "sessions_made": built.made, "why_all": built.reason or None,
        "features_seconds": round(seconds, 2),
    }  # fmt: skip


def _last_session(connection: duckdb.DuckDBPyConnection) -> date:
    return connection.execute("SELECT max(observation_date) FROM staging.zl_prices_clean").fetchone()[0]


def models_of(tiers: Sequence[str]) -> tuple[str, ...]:
    """The models of these tiers ("all" for all) that are installed. Raises ConfigError for an unknown tier."""
    unknown = set(tiers) - {*TIERS, "all"}
    if unknown or not {*BASE_TIERS} <= {*tiers} | ({*TIERS} if "all" in tiers else set()):
        raise ConfigError(
            f"tiers are {', '.join(sorted(tiers))}; expected `all`, or some of {', '.join(TIERS)}, and always "
            f"{' and '.join(BASE_TIERS)}: every forecast is judged beside them"
        )
    wanted = TIERS if "all" in tiers else tiers
    return tuple(name for name, entry in ZOO.items() if entry.tier in wanted and not entry.missing())


def _backtest(day: Day) -> None:
    """Walk-forward of the zoo, the ensemble over it, and the scores of all, up to the last session."""
    connection, job, run_id, settings = day.connection, day.job, day.run.run_id, day.job.settings
    history = read_history(connection, READ_IN_TRAINING)
    last: date = history.dates[-1].astype(object)
    scored = date(settings.first_scored_year, 1, 1)
    origins = late_origins(history, settings)
    registry.sync(connection, job.clock())
    models, means = registry.running(connection, models_of(settings.tiers)), means_of(settings)
    by_window = [name for name in models if ZOO[name].learns == "window" and ZOO[name].target != "regime"]
    earlier = early_origins(history, settings, origins[0])
    before: date = history.dates[-2].astype(object)  # what has changed since is explained
    early = walk_forward.run(
        connection, history, [name for name in by_window if ZOO[name].tier in EARLY_TIERS], earlier, run_id, means,
        lambda done, total: job.progress("early evidence", done, total),
    )  # fmt: skip
    done = walk_forward.run(
        connection, history, by_window, sorted({*origins, before}), run_id, means,
        lambda done, total: job.progress("walk-forward", done, total),
    )  # fmt: skip
    champions = registry.eligible(connection, models)
    walk_forward.require_quorum(connection, [name for name in champions if name in by_window], last)
    stack.run(
        connection, history, models, earlier + origins, run_id, means.workers,
        lambda done, total: job.progress("stackers", done, total), beside=[before],
    )  # fmt: skip
    volatility_scores.run(
        connection, history, scored, run_id, lambda done, total: job.progress("daily variances", done, total)
    )
    regime_forecasts.run(
        connection, history, models, [*earlier, *origins, before], run_id, means,
        lambda done, total: job.progress("regimes", done, total),
    )  # fmt: skip
    job.progress("combination and scores", 0, 1)
    ensemble.run(connection, history, champions, earlier + origins, run_id, beside=[before], gate=settings.regime_gate)
    # a tier that did not run today is scored where it forecast
    scored_models = registry.running(connection, tuple(ZOO))
    scores.run(connection, history, scored_models, [origin for origin in origins if origin >= scored], run_id)
    job.progress("combination and scores", 1, 1)
    _audit(day, Counter(early.seconds) + Counter(done.seconds))


def _audit(day: Day, seconds: Mapping[str, float]) -> None:
    """What the training was and made, kept in rows, in the audit, and in MLflow; `seconds` of work by model."""
    connection, run, settings, now = day.connection, day.run, day.job.settings, day.job.clock()
    made = model_runs.Made(run.run_id, run.code, run.data_hash, run.lock_hash, run.seed, settings.fingerprint())
    model_runs.record(connection, made, seconds, now)
    alarms = gates.after_scores(connection, day.as_of is not None)
    if day.as_of is None:
        day.job.progress("tracking", 0, 1)
        alarms.append(tracking.tracked(connection, settings.home, run.run_id, now, settings.tracking))
        day.job.progress("tracking", 1, 1)
    training_audit.log(connection, run.run_id, alarms, now)
    registry.admit(connection, now)


def means_of(settings: Settings) -> walk_forward.Means:
    """How the walk-forward is done: workers, the folder of fits that last, and how many months each serves."""
    return walk_forward.Means(
        Workers(settings.jobs, settings.ray_address), settings.home / "artefacts", settings.refit_months
    )


def late_origins(history: History, settings: Settings) -> list[date]:
    """Month ends at which every model speaks, from the years of warm-up to the last session."""
    first = date(settings.first_scored_year - settings.warm_up_years, 1, 1)
    return monthly_origins(history, first, history.dates[-1].astype(object))


def early_origins(history: History, settings: Settings, before: date) -> list[date]:
    """Month ends before the walk-forward proper at which the cheap tiers speak too, as evidence for the weights.

    Without them the combination would know its members only from the years that happen to be scored.
    """
    known = (history.dates[0] + np.timedelta64(EARLY_HISTORY_DAYS, "D")).astype(object)
    first = max(known, date(settings.first_scored_year - settings.early_evidence_years, 1, 1))
    return [origin for origin in monthly_origins(history, first, before) if origin < before] if first < before else []


def _decide(day: Day) -> None:
    """Publish the last session's forecasts, decide on them, and replay such decisions over the past."""
    history = read_history(day.connection, READ_IN_TRAINING)
    steps = (decide.publish_forecasts, explain_published, decide.decide, decide.replay_decisions)
    for done, step in enumerate(steps):
        day.job.progress("forecasts and decisions", done, len(steps))
        step(day.connection, history, day.job.settings, day.run.run_id)
    day.job.progress("forecasts and decisions", len(steps), len(steps))


STEPS: tuple[Step, ...] = (
    Step("staging", "raw rows cleaned, rolled and brought to one unit and one clock",
         lambda day: _stage(day.connection, day.job),
         lambda day: gates.after_staging(day.connection, day.as_of is not None)),
    Step("features", "what was known at each session, the regimes and the Big 8",
         lambda day: _features(day.connection, day.job, rebuild=False),
         lambda day: gates.after_features(day.connection)),
    Step("training", "the walk-forward of all models, their combination and their scores", _backtest,
         lambda day: gates.after_scores(day.connection, day.as_of is not None)),
    Step("forecasts", "the last session's quantiles, risk and cover plan", _decide,
         lambda day: gates.after_publication(day.connection, day.run.as_of_date)),
)  # fmt: skip
