"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from levier.errors import BadInput
from levier.graph.files import replacing


def fail(path: Path) -> None:
    with replacing(path) as draft:
        draft.write_text("new", encoding="utf-8")
        raise RuntimeError


def test_what_was_there_stays_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError):
        fail(path)

    assert ([path], "old") == (list(tmp_path.iterdir()), path.read_text(encoding="utf-8"))


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", encoding="utf-8")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a")
    with replacing(link) as draft:
        draft.write_text("new", encoding="utf-8")

    assert (True, "new") == (link.is_symlink(), (tmp_path / "a").read_text(encoding="utf-8"))


def test_what_is_no_regular_file_is_written_to_directly(tmp_path: Path) -> None:
    with replacing(Path(os.devnull)) as draft:
        assert Path(os.devnull) == draft


@pytest.mark.parametrize("path", ["none/x", "file/x"])
def test_a_folder_that_cannot_be_written_to_is_bad_input(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="cannot be written"), replacing(tmp_path / path):
        pass
