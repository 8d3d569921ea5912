"""A page's place in the navigation."""

from dataclasses import dataclass

from fastapi import APIRouter


@dataclass(frozen=True)
class Place:
    """Where a page is, what the navigation calls it, and its routes. `for_owner`: behind the PIN."""

    path: str
    title: str
    router: APIRouter
    for_owner: bool = False
