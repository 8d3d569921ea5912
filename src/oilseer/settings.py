"""Settings: environment variables OILSEER_… and one TOML file; read once, at the command line."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from oilseer.errors import ConfigError


class Settings(BaseSettings):
    """What a user may choose; every field is `OILSEER_<NAME>` or a line of `oilseer.toml` in the home."""

    model_config = SettingsConfigDict(env_prefix="OILSEER_", frozen=True, extra="ignore")

    home: Path = Path("~/.oilseer")
    database: str | None = None
    jobs: Annotated[int, Field(ge=1, le=256)] = 2
    first_scored_year: Annotated[int, Field(ge=1975, le=2100)] = 2006
    warm_up_years: Annotated[int, Field(ge=0, le=30)] = 2
    cover: dict[str, Any] = {}  # the buyer's needs and rules, a [cover] table; see decisions/policy.py

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then `oilseer.toml` in the home folder that the environment names."""
        home = Path(str(env_settings().get("home") or cls.model_fields["home"].default)).expanduser()
        return env_settings, TomlConfigSettingsSource(settings_cls, home / "oilseer.toml")


def read_settings() -> Settings:
    """The settings in force. Raises ConfigError naming every wrong one."""
    try:
        settings = Settings()
    except ValidationError as error:
        faults = [
            f"OILSEER_{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}, found {fault['input']!r}"
            for fault in error.errors()
        ]
        raise ConfigError("settings: " + "; ".join(faults)) from error
    return settings.model_copy(update={"home": settings.home.expanduser()})
