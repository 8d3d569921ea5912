"""Opens each new publication soon after it is there, and asks of it what was asked of the one before.

So the first visitor of a morning does not wait for what everybody looks at each morning.
"""

import asyncio
import logging

import duckdb
from anyio import to_thread

from oilseer.errors import OilseerError
from oilseer.web.lending import lend
from oilseer.web.visit import Site, ask_of, questions_of

LOOK_SECONDS = 2.0
log = logging.getLogger("oilseer.web")


async def keep_current(site: Site) -> None:
    """Look for a new publication until cancelled."""
    questions: tuple = ()
    key = None
    while True:
        publication = await lend(site.publications)
        try:
            if publication is not None and publication.key != key:
                await to_thread.run_sync(_ask_all, publication, questions)
                key = publication.key
            if publication is not None:
                questions = questions_of(publication)
        finally:
            site.publications.give_back(publication)
        await asyncio.sleep(LOOK_SECONDS)


def _ask_all(publication: object, questions: tuple) -> None:
    for reader, args in questions:
        try:
            ask_of(publication, reader, *args)
        except (OilseerError, duckdb.Error) as error:  # who asks will be told
            log.info("%s has no answer in the new publication: %s", reader.__qualname__, error)
