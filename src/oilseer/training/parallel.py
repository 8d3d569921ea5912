"""Work spread over the processes of this machine, or over a Ray cluster, by one setting."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from oilseer.errors import ConfigError, MissingExtra

RETRIES = 3  # of a piece of work whose worker died; work that raises is not tried again


@dataclass(frozen=True)
class Workers:
    """Where work is done: `jobs` processes here, or the cluster at `ray_address` ("local" starts one of `jobs`)."""

    jobs: int = 1
    ray_address: str | None = None


def spread(function: Callable[[Any], Any], pieces: Iterable[Any], workers: Workers) -> Iterator[Any]:
    """What `function` makes of each piece, in the order in which they are done.

    Pieces are drawn as workers become free, so that few are in memory at once. A worker of a cluster that dies costs
    no more than the piece it was at: it is done again elsewhere. Raises MissingExtra where Ray is wanted and missing.
    """
    if workers.ray_address is not None:
        yield from _on_ray(function, pieces, workers)
        return
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=workers.jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    yield from work(delayed(function)(piece) for piece in pieces)


def _on_ray(function: Callable[[Any], Any], pieces: Iterable[Any], workers: Workers) -> Iterator[Any]:
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("ray_address is set and Ray is not installed: pip install 'oilseer[ray]'") from error
    started = not ray.is_initialized()
    if started:
        _join(ray, workers)
    try:
        remote = ray.remote(max_retries=RETRIES, num_cpus=1)(function)
        waiting, rest = set(), iter(pieces)
        free = 2 * int(ray.cluster_resources().get("CPU", 1))
        waiting |= {remote.remote(piece) for piece in islice(rest, free)}
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            waiting.remove(done)
            yield ray.get(done)
            waiting |= {remote.remote(piece) for piece in islice(rest, 1)}
    finally:
        if started:
            ray.shutdown()


def _join(ray: Any, workers: Workers) -> None:
    """Join the cluster, or start one here without its dashboard and without telling anyone of its use."""
    quiet = {"logging_level": "error", "log_to_driver": False}
    if workers.ray_address == "local":
        ray.init(num_cpus=workers.jobs, include_dashboard=False, **quiet)
        return
    try:
        ray.init(address=workers.ray_address, **quiet)
    except ConnectionError as error:
        raise ConfigError(
            f"no Ray cluster answers at {workers.ray_address!r}: {error}. `ray start --head` starts one; "
            'ray_address = "local" starts one for this run'
        ) from error
