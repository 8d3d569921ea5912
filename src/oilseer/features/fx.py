"""The dollar against the real, the yuan and a basket: those who grow and those who buy soybeans."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change, log_change, rolling_corr, rolling_std, rolling_sum

LOOKBACK = 273
MOMENTA = (21, 63, 252)
LINKS = (30, 60, 90)

_fx = partial(
    Feature, reads=("staging.fx_daily",), max_age=timedelta(days=12), bucket="fx", driver_group="MACRO_RISK",
    category="core", source="Barchart or Yahoo the same day, FRED H.10 the Monday after", unit="log ratio",
    publication_lag="none to one week by vendor", reliability=0.8,
)  # fmt: skip
_real = partial(_fx, why="A weak real makes Brazil sell and ship.")

FEATURES: tuple[Feature, ...] = (
    _real("fx_usdbrl_momentum_21_ratio", formula="log of USDBRL over that known 21 sessions before"),
    _real("fx_usdbrl_momentum_63_ratio", formula="log of USDBRL over that known 63 sessions before"),
    _real("fx_usdbrl_momentum_252_ratio", formula="log of USDBRL over that known 252 sessions before"),
    _real("fx_usdbrl_volatility_21_ratio", unit="ratio a year", formula="standard deviation of 21 log changes · √252",
          why="A currency in crisis moves export prices."),
    _real("fx_corr_zl_usdbrl_60_ratio", unit="correlation",
          formula="correlation of ZL returns and USDBRL changes, 60 sessions",
          why="How far the real drives soybean oil at present."),
    _fx("fx_dxy_points", unit="index points", formula="last known dollar index",
        why="The dollar prices all traded goods."),
    _fx("fx_dxy_momentum_21_ratio", formula="log of DXY over that known 21 sessions before",
        why="A rising dollar presses commodities."),
    _fx("fx_dxy_momentum_63_ratio", formula="log of DXY over that known 63 sessions before",
        why="The dollar's trend over a quarter reaches exports."),
    _fx("fx_corr_zl_dxy_60_ratio", unit="correlation", formula="correlation of ZL returns and DXY changes, 60 sessions",
        why="How far the dollar drives soybean oil at present."),
    _fx("fx_usdcny_momentum_21_ratio", formula="log of USDCNY over that known 21 sessions before",
        why="The yuan gives way when trade is in trouble.", driver_group="TRADE_TARIFF"),
    *(
        _real(f"fx_corr_zl_usdbrl_{n}_ratio", unit="correlation",
              formula=f"correlation of ZL returns and USDBRL changes, {n} sessions",
              why="How far the real drives soybean oil at present.")
        for n in (30, 90)
    ),
    *(
        _fx(f"fx_corr_zl_dxy_{n}_ratio", unit="correlation",
            formula=f"correlation of ZL returns and DXY changes, {n} sessions",
            why="How far the dollar drives soybean oil at present.")
        for n in (30, 90)
    ),
    _real("fx_usdbrl_volatility_63_ratio", unit="ratio a year", formula="standard deviation of 63 log changes · √252",
          why="A currency in crisis moves export prices."),
    _fx("fx_dxy_momentum_252_ratio", formula="log of DXY over that known 252 sessions before",
        why="The dollar's year sets what importers can pay."),
    _fx("fx_brl_us_rate_differential_percent", unit="percent", formula="Brazil's policy rate less DFEDTARU",
        why="A wide differential draws money into the real.", missing="Brazil's policy rate (Selic), no source"),
    _fx("fx_usdmxn_momentum_21_ratio", formula="less the sum of 6M returns over 21 sessions",
        why="The peso moves with trade policy first.", driver_group="TRADE_TARIFF", reads=("staging.market_daily",),
        max_age=timedelta(days=7), source="exchange prices of 6M"),
    _fx("fx_corr_zl_usdcny_60_ratio", unit="correlation",
        formula="correlation of ZL returns and USDCNY changes, 60 sessions",
        why="A link to the yuan shows that China sets the price.", driver_group="TRADE_TARIFF"),
    _fx("fx_corr_zl_usdmxn_60_ratio", unit="correlation",
        formula="correlation of ZL returns and the dollar in pesos by 6M, 60 sessions",
        why="A link to the peso shows that trade policy sets the price.", driver_group="TRADE_TARIFF"),
    _fx("fx_stress_ratio", unit="standard deviations",
        formula="mean of |21-session change| / (deviation 252 · √21) of BRL, DXY, CNY, MXN, EUR, JPY, three at least",
        why="Currencies in motion make exporters and importers hurry.",
        reads=("staging.fx_daily", "staging.market_daily")),
    _fx("fx_stress_state", unit="0 calm, 1 strained, 2 stressed", formula="fx_stress_ratio from 1, from 1.5",
        why="Signals of trade mean less while currencies are in turmoil.",
        reads=("staging.fx_daily", "staging.market_daily")),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`.

    Log changes of what was known at each cutoff, so a rate that is published late moves when it is published.
    """
    brl, dxy, cny = (known[f"fx_{pair}"] for pair in ("usdbrl", "dxy", "usdcny"))
    own = known["zl_return"]
    moves = {"usdbrl": log_change(brl, 1), "dxy": log_change(dxy, 1), "usdcny": log_change(cny, 1)}
    moves |= {"usdmxn": -change(known["mxn_log_index"], 1)}
    others = (-change(known[f"{column}_log_index"], 1) for column in ("eur", "jpy"))
    stress = _stress([*moves.values(), *others])
    return {
        **{f"fx_usdbrl_momentum_{n}_ratio": log_change(brl, n) for n in MOMENTA},
        **{f"fx_usdbrl_volatility_{n}_ratio": np.sqrt(252) * rolling_std(moves["usdbrl"], n, 0.85) for n in (21, 63)},
        **{f"fx_corr_zl_usdbrl_{n}_ratio": rolling_corr(moves["usdbrl"], own, n, 0.75) for n in LINKS},
        "fx_dxy_points": dxy,
        **{f"fx_dxy_momentum_{n}_ratio": log_change(dxy, n) for n in MOMENTA},
        **{f"fx_corr_zl_dxy_{n}_ratio": rolling_corr(moves["dxy"], own, n, 0.75) for n in LINKS},
        "fx_usdcny_momentum_21_ratio": log_change(cny, 21),
        "fx_usdmxn_momentum_21_ratio": -change(known["mxn_log_index"], 21),
        "fx_corr_zl_usdcny_60_ratio": rolling_corr(moves["usdcny"], own, 60, 0.75),
        "fx_corr_zl_usdmxn_60_ratio": rolling_corr(moves["usdmxn"], own, 60, 0.75),
        "fx_brl_us_rate_differential_percent": np.full(len(own), np.nan),
        "fx_stress_ratio": stress,
        "fx_stress_state": np.where(np.isnan(stress), np.nan, (stress >= 1).astype(float) + (stress >= 1.5)),
    }


def _stress(moves: Sequence[np.ndarray]) -> np.ndarray:
    """Mean over currencies of |21-session change| in deviations of a year's daily changes · √21; (n,).

    Three currencies at least; without stress it is near 0.8, the mean of a standard normal's size.
    """
    sizes = []
    for move in moves:
        sigma = rolling_std(move, 252, 0.79) * np.sqrt(21)
        sizes.append(np.abs(rolling_sum(move, 21)) / np.where(sigma > 0, sigma, np.nan))
    total, known = np.zeros(len(moves[0])), np.zeros(len(moves[0]))
    for size in sizes:
        known += ~np.isnan(size)
        total += np.where(np.isnan(size), 0.0, size)
    return np.where(known >= 3, total / np.maximum(known, 1), np.nan)
