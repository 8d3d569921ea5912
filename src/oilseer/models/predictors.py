"""What the direct models read: a handful of drivers with a reason and a sign each, and what else trees may look at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Predictor:
    """A feature that is believed to move the front price: up with it (sign 1) or against it (−1), and why.

    title  what it is in a buyer's words
    """

    name: str
    title: str
    sign: int
    why: str


PREDICTORS: tuple[Predictor, ...] = (
    Predictor("tech_momentum_252_ratio", "oil's trend of the past year", 1,
              "trends of a year go on (Moskowitz, Ooi & Pedersen 2012)"),
    Predictor("tech_value_1260_ratio", "the price against its five-year mean", 1,
              "what is cheap against five years recovers (Asness, Moskowitz & Pedersen 2013)"),
    Predictor("spread_oil_share_ratio", "oil's share of the crush value", -1,
              "oil dear against meal draws crush and turns back"),
    Predictor("spread_board_crush_percentile_252_ratio", "the crush margin", -1,
              "a wide margin draws crush, and oil with it"),
    Predictor("spread_boho_zscore_252_ratio", "soybean oil against diesel", -1,
              "oil dear against diesel loses its buyer, the fuel plant"),
    Predictor("spread_palm_soyoil_zscore_60m_ratio", "palm oil against soybean oil", 1,
              "palm dear against soybean oil: buyers change over"),
    Predictor("epa_rin_d4_momentum_4w_ratio", "the price of D4 credits", 1,
              "a rising D4 credit pays for more fuel made of oil"),
    Predictor("cftc_zl_noncommercial_percentile_52w_ratio", "the net position of speculators", -1,
              "crowded longs have sellers only (de Roon, Nijman & Veld 2000)"),
    Predictor("usda_wasde_us_oil_stocks_to_use_percent", "American oil stocks against use", -1,
              "scarce stocks are dear, plenty is cheap (Working 1949)"),
    Predictor("weather_us_all_precipitation_anomaly_30d_mm", "rain on American fields", -1,
              "rain on American fields brings beans, drought takes them"),
    Predictor("fx_usdbrl_momentum_21_ratio", "the Brazilian real", -1,
              "a real that gains lifts the dollar price of Brazil's beans"),
    Predictor("databento_hg_momentum_21_ratio", "copper", 1, "copper tells of demand, China's first"),
)  # fmt: skip
# what trees may look at besides, in a buyer's words; no sign is assumed
FURTHER: dict[str, str] = {
    "spread_oil_share_change_21_ratio": "the month's change of oil's share of the crush value",
    "curve_roll_yield_63_ratio": "what rolls have added in the past quarter",
    "curve_slope_annualized_ratio": "the slope of the futures curve",
    "databento_zs_momentum_21_ratio": "soybeans' trend of the past month",
    "databento_cpo_momentum_21_ratio": "palm oil's trend of the past month",
    "databento_cl_momentum_21_ratio": "crude oil's trend of the past month",
    "fx_usdcny_momentum_21_ratio": "the Chinese yuan",
    "spread_boho_change_21_ratio": "the month's change of soybean oil against diesel",
    "fx_dxy_momentum_252_ratio": "the dollar's trend of the past year",
    "fx_usdbrl_momentum_252_ratio": "the Brazilian real's trend of the past year",
    "fred_dgs10_change_21_percent": "the month's change of the 10-year yield",
    "fred_t10y2y_percent": "the slope of the American yield curve",
    "volatility_realized_21_ratio": "how much oil swung in the past month",
    "volatility_vix_percentile_252_ratio": "fear on the stock market, for its own year",
    "regime_volatility_zscore_ratio": "how much oil swings, for its own two years",
    "tech_distance_sma_63_ratio": "the price against its quarter's mean",
    "tech_distance_sma_200_ratio": "the price against its mean of 200 sessions",
    "tech_bollinger_b_ratio": "the price within its month's band",
    "cftc_zl_commercial_net_ratio": "the net position of those who handle oil",
    "cftc_zl_noncommercial_change_1w_ratio": "the week's change of speculators' position",
    "usda_wasde_us_oil_ending_stocks_revision_percent": "the last revision of American oil stocks",
    "usda_wasde_world_oil_stocks_to_use_percent": "the world's oil stocks against use",
}
TITLES = {predictor.name: predictor.title for predictor in PREDICTORS} | FURTHER
