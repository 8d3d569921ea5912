"""Settings: environment variables OILSEER_… and one TOML file; read once, at the command line."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from oilseer.errors import ConfigError

FILE = "oilseer.toml"
CHANGE_NUMBERS = {
    "first_scored_year",
    "warm_up_years",
    "early_evidence_years",
    "tiers",
    "refit_months",
    "regime_gate",
    "cover",
}
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# what a browser takes for an address (WHATWG HTML, "valid email address"), with a dot in the host
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def _address(found: str) -> str:
    if len(found) > 254 or not _ADDRESS.fullmatch(found):
        raise ValueError("expected a mail address as buyer@example.com")
    return found


Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseSettings):
    """What a user may choose; every field is `OILSEER_<NAME>` or a line of `oilseer.toml` in the home."""

    model_config = SettingsConfigDict(env_prefix="OILSEER_", frozen=True, extra="ignore")

    home: Path = Path("~/.oilseer")
    database: str | None = None
    sources_url: str | None = None  # a mirror of all sources: https://host/path is read from {sources_url}/host/path
    sources_now: AwareDatetime | None = None  # the mirror's present, where it stands still in the past
    jobs: Annotated[int, Field(ge=1, le=256)] = 2
    first_scored_year: Annotated[int, Field(ge=1975, le=2100)] = 2006
    warm_up_years: Annotated[int, Field(ge=0, le=30)] = 2  # all models, before the first scored year
    early_evidence_years: Annotated[int, Field(ge=0, le=60)] = 31  # cheap models only: evidence for the weights
    tiers: tuple[str, ...] = ("benchmark", "density", "direct", "statistical")  # of models that run; "all" for all
    refit_months: Annotated[int, Field(ge=1, le=12)] = 12  # how long a fit serves that lasts (networks, AutoGluon)
    # what tells the regimes by which the weights of the published combination are gated: see docs/models.md
    regime_gate: Literal["kernel", "transformer"] = "kernel"
    ray_address: str | None = None  # a Ray cluster for the walk-forward; "local" starts one of `jobs` workers
    tracking: bool = True  # training runs in MLflow too, where it is installed
    finbert: Path | None = None  # folder of FinBERT's weights; without one the local cache, else a lexicon
    cover: dict[str, Any] = {}  # the buyer's needs and rules, a [cover] table; see decisions/policy.py
    alert_recipients: Annotated[tuple[Address, ...], Field(max_length=50)] = ()  # kept; nothing is sent to them yet
    _environment: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def environment(self) -> dict[str, Any]:
        """What environment variables gave, by field: it goes before the file."""
        return self._environment

    def fingerprint(self) -> str:
        """The settings that change a number, as text: part of a run's identity."""
        return self.model_dump_json(include=CHANGE_NUMBERS)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the command line names, then the environment, then `oilseer.toml` in the home folder so named."""
        named = init_settings().get("home") or env_settings().get("home") or cls.model_fields["home"].default
        toml = TomlConfigSettingsSource(settings_cls, Path(str(named)).expanduser() / FILE)
        return init_settings, env_settings, toml


class _Given(Settings):
    """The same fields from what is given alone: no environment, no file."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **others: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def read_settings(home: Path | None = None) -> Settings:
    """The settings in force, of the folder `home` where the command line names one.

    Raises ConfigError naming every wrong one.
    """
    try:
        settings = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        told = "; ".join(f"OILSEER_{fault}" for fault in _faults(error, upper=True))
        raise ConfigError(f"settings: {told}") from error
    settings = settings.model_copy(update={"home": settings.home.expanduser()})
    settings._environment = EnvSettingsSource(Settings)()
    return settings


def settings_of(text: str, before: Settings) -> Settings:
    """The settings that a text of oilseer.toml gives, beside the home and the environment of `before`.

    Raises ConfigError naming every wrong one, for text that is no TOML too.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{FILE}: {error}") from error
    given = found | before.environment | {"home": before.home}
    if isinstance(found.get("cover"), dict):
        given["cover"] = found["cover"] | before.environment.get("cover", {})
    try:
        settings = _Given(**given)
    except ValidationError as error:
        raise ConfigError(f"{FILE}: " + "; ".join(_faults(error))) from error
    settings._environment = before.environment
    return settings


def _faults(error: ValidationError, upper: bool = False) -> list[str]:
    """Every wrong setting: where, what was expected, what was found."""
    places = (".".join(map(str, fault["loc"])) for fault in error.errors())
    return [
        f"{place.upper() if upper else place}: {fault['msg']}, found {fault['input']!r}"
        for place, fault in zip(places, error.errors(), strict=True)
    ]
