"""Publication: today's rows of the walk-forward become forecasts.zl_predictions and the panel, in one transaction."""

from datetime import date

import duckdb

from oilseer.errors import ContractError
from oilseer.forecasts.specs import PANEL, PREDICTIONS, VIEWS
from oilseer.market import sessions
from oilseer.quantiles import HORIZON_LABELS, LEVELS, QUANTILE_COLUMNS
from oilseer.warehouse.connect import kind_of
from oilseer.warehouse.write import merge, transaction


def publish(connection: duckdb.DuckDBPyConnection, as_of: date, price: float, run_id: str) -> int:
    """Publish the forecasts made at `as_of` with the front at `price` ¢/lb; number of predictions.

    Raises ContractError where the combination did not speak at all horizons.
    """
    quantiles = ", ".join(
        f"max(value) FILTER (round(level, 6) = {level}) AS {name}"
        for level, name in zip(LEVELS, QUANTILE_COLUMNS, strict=True)
    )
    said = f"SELECT model, target, horizon, {quantiles} FROM training.walk_forward WHERE origin = $as_of GROUP BY ALL"
    weights = connection.execute(
        "SELECT horizon, count(*), any_value(model) FROM training.ensemble_weights WHERE origin = $as_of GROUP BY ALL",
        {"as_of": as_of},
    ).fetchall()
    if {horizon for horizon, *_ in weights} != set(HORIZON_LABELS):
        raise ContractError(
            f"no combination at {as_of} for all of {list(HORIZON_LABELS.values())}: run the backtest first"
        )
    alone = {horizon: model for horizon, members, model in weights if members == 1}
    labels = [
        (horizon, label, sessions.ahead(as_of, horizon), alone.get(horizon, "ensemble"))
        for horizon, label in HORIZON_LABELS.items()
    ]
    facts = {"as_of": as_of, "price": price, "run_id": run_id, "simulated": kind_of(connection) == "simulated"}
    with transaction(connection):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE labels (horizon INTEGER, label VARCHAR, target DATE, speaker VARCHAR)"
        )
        connection.executemany("INSERT INTO labels VALUES (?, ?, ?, ?)", labels)
        predictions = connection.execute(
            f"""WITH said AS ({said}), curve AS (SELECT horizon, p500 FROM said WHERE model = 'B2')
            SELECT $as_of AS as_of_date, s.horizon, 'ZL' AS symbol, l.label AS horizon_label, l.target AS target_date,
                $price AS price_cents_per_lb, c.p500 AS curve_cents_per_lb,
                {", ".join(f"s.{column}" for column in QUANTILE_COLUMNS)},
                l.speaker AS model, $simulated AS simulated, $run_id AS run_id
            FROM said AS s JOIN labels AS l USING (horizon) LEFT JOIN curve AS c USING (horizon)
            WHERE s.model = 'ensemble'""",
            facts,
        ).to_arrow_table()
        panel = connection.execute(
            f"""WITH said AS ({said})
            SELECT $as_of AS as_of_date, s.*, coalesce(w.weight, 0) AS weight, $run_id AS run_id
            FROM said AS s LEFT JOIN training.ensemble_weights AS w
                ON w.origin = $as_of AND w.horizon = s.horizon AND w.model = s.model AND s.target = 'price'
            WHERE s.model <> 'ensemble'""",
            {"as_of": as_of, "run_id": run_id},
        ).to_arrow_table()
        merge(connection, PREDICTIONS, predictions)
        merge(connection, PANEL, panel)
        for name, query in VIEWS.items():
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")
    return predictions.num_rows
