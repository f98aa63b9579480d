"""Settings: `mercer.toml` found, read, checked; every value knows where it came from.

Changes to the file are in `mercer.config.editing`, secrets in `mercer.config.secrets`.
"""

from mercer.config.reading import FILE, find, load, parse
from mercer.config.secrets import resolve
from mercer.config.settings import ChannelConfig, Config

__all__ = ["FILE", "ChannelConfig", "Config", "find", "load", "parse", "resolve"]
