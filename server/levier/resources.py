"""Where the bundled folders are: beside a checkout, or inside an installed wheel."""

from pathlib import Path
from typing import Literal

Folder = Literal["ontology", "data", "shapes", "queries"]


def folder(name: Folder) -> Path:
    """Give the path of a bundled folder, from the checkout when there is one, else from the wheel.

    Wheels are installed unpacked, so a plain path serves both.
    """
    package = Path(__file__).parent
    checkout = package.parent.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return package / "resources" / name
