"""The errors that Oilseer raises on purpose, each with the exit code of the command line.

OilseerError              1
├── SourceError           1   a source could not be read, or delivered something else
├── ContractError         1   rows break the promise of their table spec
│   └── ShapeError        1   an array has the wrong shape, order or a NaN
├── LookaheadError        1   a value was asked for before it was public
├── ModelError            1   a model could not be fitted or refused its own output
├── GateFailed            3   blocking checks failed; names every one
├── LockedError           1   another process writes this workspace
├── ConfigError           2   a setting, mapping or argument is wrong
└── MissingExtra          2   an optional library is not installed

A message says what was found, what was expected, where, and what to do.
"""


class OilseerError(Exception):
    """Base of all errors that are meant for a person to read."""

    exit_code = 1


class SourceError(OilseerError):
    """A source could not be read, or delivered something other than promised."""


class ContractError(OilseerError):
    """Rows break the promise of their table spec."""


class ShapeError(ContractError):
    """An array has the wrong shape or order, or holds a NaN."""


class LookaheadError(OilseerError):
    """A value was asked for before it was public."""


class ModelError(OilseerError):
    """A model could not be fitted, or its forecast was refused."""


class GateFailed(OilseerError):
    """Blocking checks failed; the message names every one."""

    exit_code = 3


class LockedError(OilseerError):
    """Another process is writing to the workspace."""


class ConfigError(OilseerError):
    """A setting, mapping file or argument is wrong."""

    exit_code = 2


class MissingExtra(OilseerError):
    """An optional library is not installed."""

    exit_code = 2
