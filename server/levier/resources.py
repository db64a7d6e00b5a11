"""Where the bundled folders are: beside a checkout, or inside an installed wheel."""

from pathlib import Path
from typing import Literal

Folder = Literal["ontology", "data", "shapes", "queries", "examples"]

_IN_CHECKOUT = {"examples": "tests/shapes"}
"""Where a folder of another name stands in a checkout: the datasets that the rules are tested with."""


def folder(name: Folder) -> Path:
    """Give the path of a bundled folder, from the checkout when there is one, else from the wheel.

    Wheels are installed unpacked, so a plain path serves both.
    """
    package = Path(__file__).parent
    checkout = package.parent.parent
    place = checkout / _IN_CHECKOUT.get(name, name)
    if (checkout / "pyproject.toml").is_file() and place.is_dir():
        return place
    return package / "resources" / name
