"""Fits that last: one a block of months, kept as files, and the same bytes whoever made them and wherever."""

import hashlib
import os
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest
from market_history import make_history

from oilseer.errors import MissingExtra, ModelError
from oilseer.market import sessions
from oilseer.models.base import seed_of
from oilseer.models.lasting import require_later
from oilseer.models.zoo import ZOO, Entry
from oilseer.quantiles import LEVELS, QuantileForecast
from oilseer.training import walk_forward, work
from oilseer.training.artefacts import Artefacts
from oilseer.training.history import monthly_origins
from oilseer.training.parallel import Workers, spread
from oilseer.training.specs import ARTEFACTS, FAILURES, WALK_FORWARD
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import table_hash

HISTORY = make_history(n=1600)
LAST = HISTORY.dates[-1].astype(object)
ORIGINS = monthly_origins(HISTORY, date(LAST.year - 1, 1, 1), LAST)
NAME = "Mean-of-past"
ALONE = Workers()


@dataclass(frozen=True)
class Learned:
    """The mean settle at its fit, which it expects for ever."""

    origin: np.datetime64
    mean: float

    def predict(self, window, horizons):
        require_later(NAME, self.origin, window.dates[-1])
        spread_around = 1 + (np.array(LEVELS) - 0.5) / 10
        return QuantileForecast(tuple(horizons), np.tile(self.mean * spread_around, (len(horizons), 1)))

    def dump(self):
        return f"{self.origin} {self.mean!r}".encode()


class MeanOfPast:
    """A model with a fit that lasts, small enough to check by hand."""

    name = NAME

    def fit(self, window, seed):
        return Learned(window.dates[-1], float(window.settle.mean()))

    def load(self, kept):
        origin, mean = kept.decode().split()
        return Learned(np.datetime64(origin), float(mean))


def make(name):
    return MeanOfPast()


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    monkeypatch.setitem(ZOO, NAME, Entry(NAME, "neural", "price", f"{__name__}:make", refit=True))


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        yield opened


def run(connection, kept, origins=ORIGINS, months=12, workers=ALONE):
    means = walk_forward.Means(workers, kept, months)
    return walk_forward.run(connection, HISTORY, (NAME,), origins, "run", means, lambda done, total: None)


def test_a_fit_is_made_before_each_block_of_months_and_serves_all_of_it(connection, tmp_path):
    done = run(connection, tmp_path / "kept")
    assert (done.forecasts, done.fits) == (len(ORIGINS), len({origin.year for origin in ORIGINS}))
    for origin, value in connection.execute(
        f"SELECT origin, value FROM {WALK_FORWARD.name} WHERE level = 0.5 AND horizon = 21"
    ).fetchall():
        before = HISTORY.dates < np.datetime64(date(origin.year, 1, 1))
        assert value == pytest.approx(HISTORY.settle[before].mean(), rel=1e-12)


@pytest.mark.parametrize(("months", "first"), [(12, (1, 1)), (6, (7, 1)), (3, (7, 1)), (1, (8, 1))])
def test_the_fit_of_an_origin_in_august_ends_before_its_block(months, first):
    origin = next(o for o in ORIGINS if o.month == 8)
    session = walk_forward.refit_session(HISTORY, origin, months)
    start = date(origin.year, *first)
    assert session < start
    assert (start - session).days <= 5


def test_the_first_block_of_all_has_no_fit_and_no_forecast(connection, tmp_path):
    first = HISTORY.dates[20].astype(object)
    assert walk_forward.refit_session(HISTORY, first, 12) is None
    assert run(connection, tmp_path, [first]).forecasts == 0


def test_a_rerun_does_nothing_and_lost_forecasts_come_back_without_a_new_fit(connection, tmp_path):
    run(connection, tmp_path / "kept")
    before = table_hash(connection, WALK_FORWARD)
    again = run(connection, tmp_path / "kept")
    assert (again.forecasts, again.fits) == (0, 0)
    connection.execute(f"DELETE FROM {WALK_FORWARD.name}")
    again = run(connection, tmp_path / "kept")
    assert (again.forecasts, again.fits) == (len(ORIGINS), 0)
    assert table_hash(connection, WALK_FORWARD) == before


def test_a_damaged_file_is_made_anew_and_forecasts_the_same(connection, tmp_path):
    run(connection, tmp_path / "kept")
    before = table_hash(connection, WALK_FORWARD)
    damaged = sorted((tmp_path / "kept" / NAME).iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    connection.execute(f"DELETE FROM {WALK_FORWARD.name}")
    assert run(connection, tmp_path / "kept").fits == 1
    assert table_hash(connection, WALK_FORWARD) == before


def test_a_fit_that_other_libraries_cannot_read_is_made_anew(connection, tmp_path, monkeypatch):
    run(connection, tmp_path / "kept")
    before = table_hash(connection, WALK_FORWARD)

    def refuse(self, kept):
        raise ModelError("of another release")

    monkeypatch.setattr(MeanOfPast, "load", refuse)
    connection.execute(f"DELETE FROM {WALK_FORWARD.name}")
    again = run(connection, tmp_path / "kept")
    assert (again.forecasts, again.fits) == (len(ORIGINS), len({origin.year for origin in ORIGINS}))
    assert table_hash(connection, WALK_FORWARD) == before


def test_the_fit_of_an_origin_is_found_by_what_it_saw(connection, tmp_path):
    run(connection, tmp_path / "kept", months=6)
    run(connection, tmp_path / "kept", months=1)  # newer fits lie beside
    kept = Artefacts(tmp_path / "kept")
    for origin in ORIGINS:
        session = walk_forward.refit_session(HISTORY, origin, 6)
        content = kept.read(NAME, walk_forward.fit_hash(HISTORY, NAME, session))
        assert content is not None
        assert content.decode().split()[0] == str(session)


def test_every_fit_is_a_row_with_its_hash_and_seed(connection, tmp_path):
    run(connection, tmp_path / "kept")
    rows = connection.execute(f"SELECT file, sha256, size, seed, fitted_at FROM {ARTEFACTS.name}").fetchall()
    assert len(rows) == len({origin.year for origin in ORIGINS})
    for file, sha256, size, seed, fitted_at in rows:
        content = (tmp_path / "kept" / NAME / file).read_bytes()[64:]
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size)
        assert seed == seed_of(NAME, sessions.cutoff(fitted_at))


def test_another_cadence_is_other_work(connection, tmp_path):
    run(connection, tmp_path / "kept")
    # in January both cadences forecast with the fit of the old year's end
    changed = [origin for origin in ORIGINS if origin.month > 1]
    assert run(connection, tmp_path / "kept", months=1).forecasts == len(changed)


def test_a_fit_that_fails_is_tried_once_and_told_for_every_origin(connection, tmp_path, monkeypatch):
    tried = []

    def fail(self, window, seed):
        tried.append(window.dates[-1])
        raise ModelError("no luck")

    monkeypatch.setattr(MeanOfPast, "fit", fail)
    assert run(connection, tmp_path / "kept").forecasts == 0
    assert len(tried) == len({origin.year for origin in ORIGINS})
    assert connection.execute(f"SELECT count(*) FROM {FAILURES.name} WHERE error LIKE '%no luck'").fetchone() == (
        len(ORIGINS),
    )


def test_an_earlier_origin_than_the_fit_is_refused():
    with pytest.raises(ModelError, match="fitted at 2020-01-02, asked at 2020-01-01"):
        require_later("X", np.datetime64("2020-01-02"), np.datetime64("2020-01-01"))


def test_ray_that_is_not_installed_is_told_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"oilseer\[ray\]"):
        list(spread(abs, [1], Workers(ray_address="local")))


@pytest.mark.slow
def test_a_cluster_survives_a_killed_worker_makes_the_same_bytes_and_repeats_no_finished_work(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    models, origins, folder = ("B0", "B1", "Naive", "SES"), ORIGINS[:8], tmp_path

    def work_that_is_killed_once(task):  # not a function of this module, which workers cannot import
        origin = task.works[0].origin.isoformat()
        (folder / f"{origin} {os.getpid()}").touch()
        if origin == str(origins[4]) and not (folder / "killed").exists():
            (folder / "killed").touch()
            os._exit(1)  # as the out-of-memory killer ends a process: no exception, no farewell
        return work.do(task)

    hashes = []
    for name, workers in (("here", ALONE), ("cluster", Workers(2, "local"))):
        workspace = create_workspace(tmp_path / name, "simulated", datetime(2025, 1, 1, tzinfo=UTC))
        with writer(workspace) as opened:
            means = walk_forward.Means(workers, tmp_path / name / "kept")
            walk_forward.run(opened, HISTORY, models, origins, "run", means, lambda done, total: None)
            hashes.append(table_hash(opened, WALK_FORWARD))
        monkeypatch.setattr(walk_forward, "do", work_that_is_killed_once)
    assert hashes[0] == hashes[1]
    tries = [path.name.split()[0] for path in tmp_path.glob("* *")]
    assert set(tries) == {origin.isoformat() for origin in origins}
    assert {origin for origin in tries if tries.count(origin) > 1} == {origins[4].isoformat()}
