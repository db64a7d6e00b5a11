"""Small IATI files, and a store to build into."""

from collections.abc import Callable
from pathlib import Path

import pytest

from levier.build import BuildReport, Plan, build
from levier.iati import sources
from levier.settings import Settings

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n'
TAIL = "</iati-activities>\n"


def activity(number: int, title: str = "Shelter for refugees") -> str:
    return f"""<iati-activity default-currency="EUR" xml:lang="en">
  <iati-identifier>XX-TEST-{number}</iati-identifier>
  <reporting-org ref="XX-TEST" type="22"><narrative>Tester</narrative></reporting-org>
  <title><narrative>{title}</narrative></title>
  <participating-org ref="XX-PARTNER" role="4" type="22"><narrative>Partner</narrative></participating-org>
  <activity-status code="2"/>
  <sector code="15190" vocabulary="1" percentage="100"/>
  <transaction><transaction-type code="3"/><transaction-date iso-date="2021-02-03"/>
    <value value-date="2021-02-03">1000</value></transaction>
</iati-activity>
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write an IATI file of some activities and give its path."""

    def _write(name: str, *numbers: int) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + "".join(activity(number) for number in numbers) + TAIL, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store")


@pytest.fixture
def make(settings: Settings) -> Callable[..., BuildReport]:
    """Build aid files into the store."""

    def _make(*aid: Path, **more: object) -> BuildReport:
        return build(settings, Plan(sources(aid), **more))  # type: ignore[arg-type]  # the plan's own fields

    return _make
