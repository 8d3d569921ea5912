"""The sources as one page for people: what each brings, how far its reader is proven, its key, rhythm, delay, licence.

Made from the registry and the parsers' own TABLES; docs/sources.md is this text.
"""

from importlib import import_module
from importlib.util import find_spec

from oilseer.reference.sources import PROOFS, SourceFacts, sources

HEAD = """# Sources

Made by `oilseer sources`; a test holds this page to the registry, so change
`reference/sources.csv` and make it anew. The docstring of `raw/sources/<name>.py` says more: endpoint, access, units,
quirks. A source without its key is left out of the day's run and named in `oilseer ingest`.

Proven: """


def markdown() -> str:
    """The page, with one line a source in the order in which they are fetched."""
    proofs = "; ".join(f"**{name}** {meaning}" for name, meaning in PROOFS.items())
    lines = [
        "| source | what works | proven | key | cadence | delay | licence of the data |",
        "|---|---|---|---|---|---|---|",
        *(_line(facts) for facts in sources().values()),
    ]
    return f"{HEAD}{proofs}.\n\n" + "\n".join(lines) + "\n"


def tables(name: str) -> tuple[str, ...]:
    """Tables that a source feeds, by the parser's own word; none where its parser is not there."""
    module = f"oilseer.raw.sources.{name}"
    if find_spec(module) is None:
        return ()
    return tuple(spec.name for spec in import_module(module).TABLES)


def _line(facts: SourceFacts) -> str:
    fed = ", ".join(f"`{name}`" for name in tables(facts.name))
    brings = f"with a key also {facts.without_it}" if facts.key_need == "optional" else facts.without_it
    works = f"{fed}: {brings}" if fed else "no reader yet"
    cells = (
        f"[{facts.title}]({facts.documentation}) `{facts.name}`",
        works,
        facts.proof if fed else "nothing",
        _key(facts),
        facts.cadence,
        facts.delay,
        facts.licence,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _key(facts: SourceFacts) -> str:
    if facts.key_need == "none":
        return "none"
    if facts.key_need == "drop":
        return f"none; [a file](<{facts.key_url}>) in `drop/{facts.name}/`"
    return f"[`{facts.key}`](<{facts.key_url}>), {facts.key_need}"
