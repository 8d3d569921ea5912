import subprocess
import sys

from snapshots import make_snapshot

PROGRAM = """
import sys, duckdb
from rich.console import Console
from oilseer.dashboard import answers, terminal
connection = duckdb.connect(sys.argv[1], read_only=True)
Console().print(terminal.brief(answers.brief(connection)))
heavy = {"pandas", "scipy", "pyarrow", "polars", "plotly", "jinja2", "statsforecast", "arch"} & set(sys.modules)
sys.exit(f"imported {sorted(heavy)}" if heavy else 0)
"""


def test_brief_starts_without_a_heavy_library(tmp_path):
    make_snapshot(tmp_path / "s.duckdb").connection.close()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "s.duckdb")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Price now" in done.stdout
