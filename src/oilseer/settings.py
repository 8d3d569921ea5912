"""Settings: environment variables OILSEER_… and one TOML file; read once, at the command line."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from oilseer.errors import ConfigError


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
    early_evidence_years: Annotated[int, Field(ge=0, le=60)] = 18  # cheap models only: evidence for the weights
    finbert: Path | None = None  # folder of FinBERT's weights; without one the local cache, else a lexicon
    cover: dict[str, Any] = {}  # the buyer's needs and rules, a [cover] table; see decisions/policy.py

    def fingerprint(self) -> str:
        """The settings that change a number, as text: part of a run's identity."""
        return self.model_dump_json(include={"first_scored_year", "warm_up_years", "early_evidence_years", "cover"})

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
        toml = TomlConfigSettingsSource(settings_cls, Path(str(named)).expanduser() / "oilseer.toml")
        return init_settings, env_settings, toml


def read_settings(home: Path | None = None) -> Settings:
    """The settings in force, of the folder `home` where the command line names one.

    Raises ConfigError naming every wrong one.
    """
    try:
        settings = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        faults = [
            f"OILSEER_{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}, found {fault['input']!r}"
            for fault in error.errors()
        ]
        raise ConfigError("settings: " + "; ".join(faults)) from error
    return settings.model_copy(update={"home": settings.home.expanduser()})
