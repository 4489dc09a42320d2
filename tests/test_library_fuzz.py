"""Files changed at random: no crash, no hang, each in the index or in the ledger.

SCORER_FUZZ says how many of each kind, in place of a few.
"""

import os
from pathlib import Path

import pytest

from scorer.library.catalogue import copies_of, list_library
from scorer.library.header import read_header
from scorer.library.indexer import index_paths
from tests.sounds import KINDS, mutations, of_every_kind
from tests.test_library_indexer import SpectralEncoder

TAGGED = int(os.environ.get("SCORER_FUZZ", 0)) or 60  # of each kind, read for their tags
INDEXED = int(os.environ.get("SCORER_FUZZ", 0)) or 4  # of each kind, indexed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return of_every_kind(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_tags_of_a_mutated_file_are_read_or_are_none(whole: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"mutated.{kind}"
    for data in mutations(1, TAGGED, whole[kind]):
        path.write_bytes(data)
        header = read_header(path)
        assert header.title
        assert header.seconds is None or header.seconds > 0
        for text in (header.title, header.artist, header.album, header.licence):
            text.encode("utf-8")
            assert "\n" not in text


def test_every_mutated_file_is_in_the_index_or_in_the_ledger(whole: dict[str, bytes], tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for kind, data in whole.items():
        for number, mutated in enumerate(mutations(2, INDEXED, data)):
            (music / f"{number:04}.{kind}").write_bytes(mutated)
    summary = index_paths([music], tmp_path / "index", SpectralEncoder(), model="default")
    tracks, failures = list_library(tmp_path / "index")
    known = [
        *(track.path for track in tracks),
        *(one.path for one in failures),
        *(path for path, _ in copies_of(tmp_path / "index")),
    ]
    assert sorted(known) == sorted(str(path) for path in music.iterdir())
    assert len(summary.failures) == len(failures)
    assert all(one.reason and one.reason.isprintable() for one in failures), failures
    again = index_paths([music], tmp_path / "index", SpectralEncoder(), model="default")
    assert (again.indexed, again.failures) == (0, ())
