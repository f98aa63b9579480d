"""Mercer keeps every shop of a multi-channel seller in step."""

__version__ = "0.1.0"
