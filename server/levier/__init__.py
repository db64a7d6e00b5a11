"""Levier: strategy notes and the aid that should carry them out, in one graph."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("levier")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
