"""The rolling features by pandas, from the columns of features.known_inputs: what bench_features.py compares with."""

import numpy as np
import pandas as pd

from oilseer.features.lags import LAGS
from oilseer.features.links import MARKETS, PAIRS, WINDOWS

YEAR = np.sqrt(252)


def _least(window: int, share: float = 0.9) -> int:
    """Values that a window must hold."""
    return max(int(np.ceil(share * window - 1e-9)), min(window, 2))


def _std(x: pd.Series, window: int, share: float = 0.9) -> pd.Series:
    return x.rolling(window, min_periods=_least(window, share)).std()


def _mean(x: pd.Series, window: int, share: float = 0.9) -> pd.Series:
    return x.rolling(window, min_periods=_least(window, share)).mean()


def _corr(x: pd.Series, y: pd.Series, window: int, share: float = 0.9) -> pd.Series:
    return x.rolling(window, min_periods=_least(window, share)).corr(y)


def _rank(x: pd.Series, window: int, share: float) -> pd.Series:
    """Share of the window's values that are no higher than the newest."""
    return x.rolling(window, min_periods=_least(window, share)).rank(pct=True, method="max")


def _over_sigma(x: pd.Series, sessions: int) -> pd.Series:
    moved = x.diff(sessions)
    return moved / _std(moved, 252, 0.79)


def with_pandas(known: pd.DataFrame) -> dict[str, pd.Series]:
    """Every feature of the families that roll over prices and returns, but for the recursive ones, by name."""
    moves = {m.label: known[f"{m.column}_log_index"].diff() for m in MARKETS} | {"zl": known["zl_return"]}
    return links(known, moves) | technicals(known) | volatility(known, moves) | spreads(known) | currencies(known)


def links(known: pd.DataFrame, moves: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Correlations, betas and lags of the eight markets."""
    made = {}
    for window in WINDOWS:
        for one, other in PAIRS:
            x, y = moves[one.label], moves[other.label]
            made[f"signal_corr_{one.label}_{other.label}_{window}_ratio"] = _corr(x, y, window)
        for market in MARKETS[1:]:
            both = moves["zl"].notna() & moves[market.label].notna()
            x, y = moves[market.label].where(both), moves["zl"].where(both)
            rolled = x.rolling(window, min_periods=_least(window))
            made[f"signal_beta_zl_{market.label}_{window}_ratio"] = rolled.cov(y) / rolled.var()
    for market in MARKETS:
        for sessions in LAGS:
            made[f"databento_{market.label}_lag_{sessions}_{market.unit}"] = known[market.column].shift(sessions)
            made[f"databento_{market.label}_return_lag_{sessions}_ratio"] = moves[market.label].shift(sessions)
    return made


def technicals(known: pd.DataFrame) -> dict[str, pd.Series]:
    """Soybean oil against its own past."""
    index, price, own = known["zl_log_index"], known["zl"], known["zl_return"]
    traded = known["zl_volume"].where(known["zl_volume"] > 0)
    held = np.exp(index)
    mean, deviation = _mean(held, 20, 1), held.rolling(20).std(ddof=0)
    weighted = (held * traded).rolling(21, min_periods=15).sum() / traded.rolling(21, min_periods=15).sum()
    return {
        "tech_return_1_ratio": own,
        **{f"tech_return_{n}_ratio": index.diff(n) for n in (5, 21, 63)},
        "tech_momentum_252_ratio": index.diff(252),
        "tech_distance_sma_63_ratio": held / _mean(held, 63, 1) - 1,
        "tech_distance_sma_200_ratio": held / _mean(held, 200, 1) - 1,
        "tech_bollinger_b_ratio": (held - mean) / (4 * deviation) + 0.5,
        "tech_bollinger_width_ratio": 4 * deviation / mean,
        "tech_volume_surprise_21_ratio": np.log(traded / _mean(traded, 21, 0.7)),
        "tech_value_1260_ratio": np.log(_mean(price, 1260, 0.6) / price),
        "tech_distance_vwap_21_ratio": held / weighted - 1,
        "tech_amihud_21_ratio": np.log(_mean(1e9 * own.abs() / (traded * price * 600), 21, 0.7)),
        "tech_drawdown_252_ratio": np.log(held / held.rolling(252).max()),
        "tech_trend_strength_63_ratio": index.diff(63) / (_std(own, 63) * 63**0.5),
    }


def volatility(known: pd.DataFrame, moves: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """How much soybean oil moves."""
    own, vix = known["zl_return"], known["vix"].fillna(known["fred_vixcls"])
    before = _std(own.shift(1), 63)
    tail = (own.abs() > 2 * before).astype(float).where(own.notna() & before.notna())
    month = _std(own, 21, 0.85)
    usual = month.shift(1).rolling(504, min_periods=252)
    ranges = {"parkinson": (21, 63), "garman_klass": (21, 63), "hourly": (21,)}
    return {
        **{f"volatility_realized_{n}_ratio": YEAR * _std(own, n, 0.85) for n in (5, 10, 21, 63, 126)},
        **{
            f"volatility_{kind}_{n}_ratio": YEAR * np.sqrt(_mean(known[f"variance_{kind}_ratio"], n, 0.8).clip(lower=0))
            for kind, windows in ranges.items()
            for n in windows
        },
        "volatility_tail_252_ratio": _mean(tail, 252),
        "volatility_zs_21_ratio": YEAR * _std(moves["zs"], 21, 0.85),
        "volatility_vix_points": vix,
        "volatility_vix_percentile_252_ratio": _rank(vix, 252, 0.79),
        "regime_volatility_zscore_ratio": (month - usual.mean()) / usual.std(),
    }


def spreads(known: pd.DataFrame) -> dict[str, pd.Series]:
    """Margins and ratios between fronts."""
    zl, zs, zm, cl, ho, rb = (known[name] for name in ("zl", "zs", "zm", "cl", "ho", "rb"))
    crush, boho = 0.022 * zm + 0.11 * zl - zs / 100, 7.5 * zl / 100 - ho
    share = 0.11 * zl / (0.11 * zl + 0.022 * zm)
    year = boho.rolling(252, min_periods=_least(252, 0.79))
    copper, beans = known["hg_log_index"].diff(), known["zs_log_index"].diff()
    return {
        "spread_board_crush_usd_per_bu": crush,
        "spread_board_crush_percentile_252_ratio": _rank(crush, 252, 0.79),
        "spread_oil_share_ratio": share,
        "spread_oil_share_change_21_ratio": share.diff(21),
        "spread_boho_usd_per_gal": boho,
        "spread_boho_zscore_252_ratio": (boho - year.mean()) / year.std(),
        "spread_boho_change_21_ratio": _over_sigma(boho, 21),
        "spread_crack_321_usd_per_bbl": (84 * rb + 42 * ho) / 3 - cl,
        "spread_crack_heating_oil_usd_per_bbl": 42 * ho - cl,
        "spread_ho_rb_usd_per_gal": ho - rb,
        "spread_soyoil_palm_ratio": 22.0462 * zl / known["cpo"],
        "signal_china_pulse_60_ratio": _corr(copper, beans, 60, 0.75),
        "spread_zl_gold_oz_per_mt": 22.0462 * zl / known["gc"],
        "databento_hg_momentum_21_ratio": known["hg_log_index"].diff(21),
        "databento_cl_momentum_21_ratio": known["cl_log_index"].diff(21),
    }


def currencies(known: pd.DataFrame) -> dict[str, pd.Series]:
    """Currencies and their links to soybean oil."""
    own, made = known["zl_return"], {}
    for pair in ("usdbrl", "dxy"):
        rate = np.log(known[f"fx_{pair}"].where(known[f"fx_{pair}"] > 0))
        made |= {f"fx_{pair}_momentum_{n}_ratio": rate.diff(n) for n in (21, 63, 252)}
        made |= {f"fx_corr_zl_{pair}_{n}_ratio": _corr(rate.diff(), own, n, 0.75) for n in (30, 60, 90)}
        if pair == "usdbrl":
            made |= {f"fx_usdbrl_volatility_{n}_ratio": YEAR * _std(rate.diff(), n, 0.85) for n in (21, 63)}
    return made
