"""A small chart for a terminal, of braille dots: two stretches of time and four levels to a character."""

from oilseer.dashboard.words import day, short

HEIGHT = 8  # rows of characters
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # left and right column of a character, from above


def draw(chart: dict, unit: str, height: int = HEIGHT) -> list[str]:
    """Lines of text: the stretches of `chart` from least to greatest, each joined to the one before, with axes.

    chart  as `measures.chart` makes it
    unit   stands above the axis
    """
    parts = chart["parts"]
    known = [part for part in parts if part]
    low, high = min(part[1] for part in known), max(part[2] for part in known)
    levels = 4 * height
    cells = [[0] * ((len(parts) + 1) // 2) for _ in range(height)]
    before = None
    for place, part in enumerate(parts):
        if part is None:
            before = None
            continue
        first, least, most, last = part
        reach = [least, most] if before is None else [least, most, (before + first) / 2]
        for level in range(_level(min(reach), low, high, levels), _level(max(reach), low, high, levels) + 1):
            row, dot = divmod(levels - 1 - level, 4)
            cells[row][place // 2] |= _DOTS[place % 2][dot]
        before = last
    labels = {0: short(high), height // 2: short((low + high) / 2), height - 1: short(low)}
    if low == high:
        labels = {height // 2: short(low)}
    width = max(map(len, labels.values()))
    lines = [f"{labels.get(row, ''):>{width}} ┤" + "".join(chr(0x2800 + cell) for cell in cells[row])
             for row in range(height)]  # fmt: skip
    start, end = day(chart["from"]), day(chart["to"])
    gap = max(len(cells[0]) - len(start) - len(end), 1)
    return [f"{unit:>{width}}", *lines, " " * (width + 2) + start + " " * gap + end]


def _level(value: float, low: float, high: float, levels: int) -> int:
    """Place of a value among `levels` from the bottom; the middle where all values are one."""
    return levels // 2 if high == low else round((value - low) / (high - low) * (levels - 1))
