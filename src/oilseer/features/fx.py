"""The dollar against the real, the yuan and a basket: those who grow and those who buy soybeans."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

_fx = partial(
    Feature, reads=("staging.fx_daily",), max_age=timedelta(days=12), bucket="fx", driver_group="MACRO_RISK",
    category="core", source="Barchart or Yahoo the same day, FRED H.10 the Monday after", unit="log ratio",
    publication_lag="none to one week by vendor", reliability=0.8,
)  # fmt: skip
_real = partial(_fx, why="A weak real makes Brazil sell and ship.")

FEATURES: tuple[Feature, ...] = (
    _real("fx_usdbrl_brl_per_usd", unit="reais per dollar", formula="last known USDBRL"),
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
    _fx("fx_usdcny_cny_per_usd", unit="yuan per dollar", formula="last known USDCNY",
        why="A weak yuan makes imports dear for China.", driver_group="TRADE_TARIFF"),
    _fx("fx_usdcny_momentum_21_ratio", formula="log of USDCNY over that known 21 sessions before",
        why="The yuan gives way when trade is in trouble.", driver_group="TRADE_TARIFF"),
)  # fmt: skip
