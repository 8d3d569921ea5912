"""Features that are a released value carried to each session: the feature, the series it is, and how long it serves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from oilseer.features.feature import Feature


@dataclass(frozen=True)
class Series:
    """One released series: column `name` of `known`, key in `releases`, and days after which it is null.

    with_age  the column `name`_age_sessions stands beside it
    """

    name: str
    key: str
    max_age_days: int
    with_age: bool = True


@dataclass(frozen=True)
class Carried:
    """A feature that is the newest value of `key` known at the cutoff, times `scale`."""

    key: str
    feature: Feature
    scale: float = 1.0


def column(key: str) -> str:
    """The column of `known` that holds a key: wasde:us.soybeans.crush is wasde_us_soybeans_crush."""
    return key.lower().replace(":", "_").replace(".", "_")


def series_of(carried: Sequence[Carried], extra: Mapping[str, int], aged: Sequence[str] = ()) -> tuple[Series, ...]:
    """The series that `carried` and `extra` (key: days it serves) need; those of `aged` with their age."""
    days: dict[str, int] = {}
    for key, served in (*((each.key, each.feature.max_age.days) for each in carried), *extra.items()):
        days[key] = max(served, days.get(key, 0))
    return tuple(Series(column(key), key, served, key in aged) for key, served in days.items())


def carry(carried: Sequence[Carried], known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every carried feature from the columns of `known`; (n,) by name."""
    return {each.feature.name: each.scale * known[column(each.key)] for each in carried}


def carrier(carried: Sequence[Carried]) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """The compute function of a family that only carries."""
    return lambda known: carry(carried, known)
