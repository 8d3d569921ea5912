"""A local server that answers as the sources' services do, from recorded bytes and real history, or misbehaves.

By hand, from the root of the repository:

    python tests/replay ../shared/data --day 2025-06-30
    export OILSEER_HOME=/tmp/replayed OILSEER_SOURCES_URL=http://127.0.0.1:8765 OILSEER_SOURCES_NOW=2025-07-01T02:00Z
    oilseer ingest
"""
