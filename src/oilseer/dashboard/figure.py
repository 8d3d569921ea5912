"""What every chart of the report shares: colours, axes, legend, watermark, and the table that says the same.

Colours are Okabe-Ito's, told apart by colour-blind readers too; kinds also differ by symbol, dash or pattern. "@text",
"@grid", "@paper" and "@blue" stand for colours of the page, which its script fills in for light, dark and print;
"@blue/0.2" is the same, seen through.
"""

from dataclasses import dataclass

from oilseer.dashboard.words import SIMULATED_MARK

BLUE, ORANGE, GREEN, VERMILLION = "@blue", "#E69F00", "#009E73", "#D55E00"
PURPLE, YELLOW, GREY, BLACK = "#CC79A7", "#F0E442", "#888888", "@text"
PALETTE = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, BLACK, YELLOW, GREY)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star", "cross")


@dataclass(frozen=True)
class Chart:
    """One chart: question, finding in a sentence (also for screen readers), unit, source, figure, and its table.

    `low` asks for less height.
    """

    key: str
    question: str
    finding: str
    unit: str
    source: str
    figure: dict
    headers: tuple[str, ...]
    rows: list[tuple[str, ...]]
    low: bool = False


def figure(traces: list[dict], answer: dict, shapes: list | None = None, zero: bool = False) -> dict:
    """Traces with axes and legend that fit a phone, and the watermark of a simulated workspace."""
    axis = {"gridcolor": "@grid", "zeroline": False, "linecolor": "@grid", "automargin": True}
    layout = {
        "font": {"color": "@text", "family": "system-ui, sans-serif", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 36, "r": 12, "t": 10, "b": 32},
        "legend": {"orientation": "h", "x": 0, "y": -0.1, "yanchor": "top", "font": {"size": 12}},
        "xaxis": dict(axis),
        "hovermode": "closest",
        "shapes": shapes or [],
        "yaxis": axis | ({"zeroline": True, "zerolinecolor": "@text"} if zero else {}),
    }
    if answer["simulated"]:
        layout["annotations"] = [
            {
                "text": SIMULATED_MARK.split(":")[0],
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "showarrow": False,
                "textangle": -20,
                "opacity": 0.25,
                "font": {"size": 52, "color": "@text"},
            }
        ]
    return {"data": traces, "layout": layout}


def line(
    x: list,
    y: list,
    name: str,
    colour: str,
    mode: str = "lines",
    symbol: str = "circle",
    width: float = 2,
    dash: str = "solid",
) -> dict:
    return {
        "type": "scatter",
        "mode": mode,
        "x": x,
        "y": y,
        "name": name,
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"color": colour, "symbol": symbol, "size": 7},
        "hovertemplate": f"%{{x}}: %{{y:.2f}} ¢/lb<extra>{name}</extra>",
    }


def places(names: list[str]) -> dict:
    return {"tickvals": list(range(len(names))), "ticktext": names, "range": [-0.5, len(names) - 0.5]}


def thin(dash: str) -> dict:
    return {"color": "@text", "width": 1, "dash": dash}


def faded(colour: str, opacity: float) -> str:
    """A colour seen through; the page's script does the arithmetic."""
    return f"{colour}/{opacity}"
