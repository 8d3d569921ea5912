"""Plain text out of markup that strangers wrote: tags, scripts, entities and invisible signs are gone, words stay.

What is left is data for rules and tables, never markup and never an instruction to anything that reads it. One pass
over the text a round, because the parser of the standard library takes minutes for 200 kB of `<a <a <a`.
"""

import re
from html import unescape
from urllib.parse import urlsplit

SILENT = ("script", "style", "template", "noscript", "iframe", "object", "svg")  # nobody reads what is inside
INLINE = ("a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u")
_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)|<[!?]")
# Signs without a picture, and those that turn the direction of writing: they hide words from a reader.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
ROUNDS = 3  # feeds escape markup once or twice


def plain_text(markup: str) -> str:
    """`markup` as one line of words. Text that only looks like markup, such as `a < b`, stays."""
    text = markup
    for _ in range(ROUNDS):
        before, text = text, unescape(_without_tags(text))
        if text == before:
            break
    return " ".join(_INVISIBLE.sub("", text).split())


def _without_tags(text: str) -> str:
    """`text` without tags, comments and what silent elements hold; what opens and never closes hides the rest."""
    kept: list[str] = []
    lower, at = text.lower(), 0
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        found = _NAME.match(text, start)
        if not found:
            kept.append("<")
            at = start + 1
            continue
        end, length = (text.find("-->", start), 3) if text.startswith("<!--", start) else (text.find(">", start), 1)
        if end < 0:
            return "".join(kept) + ("" if text.startswith("<!--", start) else text[start:])
        at = end + length
        name = (found[2] or "").lower()
        if name in SILENT and not found[1] and text[end - 1] != "/":
            closing = lower.find(f"</{name}", at)
            if closing < 0:
                return "".join(kept)
            at = closing
        if name not in INLINE:
            kept.append(" ")
    return "".join(kept) + text[at:]


def web_address(text: str | None) -> str | None:
    """`text` where it is an http or https address with a host; anything else, such as javascript:, is None."""
    address = (text or "").strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", address) else None
