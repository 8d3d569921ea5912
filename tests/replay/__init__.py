"""A local server that answers as the sources' services do, from recorded bytes and real history, or misbehaves.

By hand, from the root of the repository:

    python tests/replay ../shared/data --day 2025-06-30 --drop ~/replayed/drop

It prints what to export before `OILSEER_HOME=~/replayed oilseer run`; docs/ingest.md shows more.
"""
