"""One file a source: how its service answers.

A responder is a module with

    HOSTS = ("fred.stlouisfed.org",)                    hosts that it answers for
    def respond(request, history) -> Answer | None      None is a 404

`request` has host, path (decoded, with its leading slash), query (a dict of the decoded parameters, the last of
each) and headers; `history` gives rows of the real data up to the simulated day and recorded payloads. It never reads
the clock. A new file is found by being there.
"""

import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module


@dataclass(frozen=True)
class Request:
    """One GET as the service sees it."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the service says."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


def as_json(content: object, status: int = 200) -> Answer:
    """An answer of compact JSON."""
    return Answer(json.dumps(content, separators=(",", ":")).encode(), status=status)


@cache
def responders() -> dict[str, Callable]:
    """`respond` by host."""
    found: dict[str, Callable] = {}
    for module in pkgutil.iter_modules(__path__):
        made = import_module(f"{__name__}.{module.name}")
        for host in made.HOSTS:
            if host in found:
                raise ValueError(f"two responders answer for {host}")
            found[host] = made.respond
    return found
