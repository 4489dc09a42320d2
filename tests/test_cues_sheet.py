from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.cues.cue import Cue
from scorer.cues.sheet import COLUMNS, format_cues, read_cues, write_cues
from scorer.emotion import MOODS
from scorer.errors import CueSheetError, UserError

CUE = Cue(
    cue=1,
    chapter=1,
    chapter_title="Down, the “Rabbit”-Hole",
    first_sentence=1,
    last_sentence=12,
    start_s=0.0,
    end_s=61.5,
    track="/music/a, b.ogg",
    track_start_s=20.0,
    mood="funny",
    valence=0.61,
    arousal=0.4,
    score=0.83,
    margin=-0.02,
    alternatives=("/music/c.ogg", "/music/d.ogg"),
    excerpt="Alice was\tbeginning…",
)
SHEET = [
    CUE,
    replace(CUE, cue=2, first_sentence=13, last_sentence=20, start_s=61.5, end_s=90.0, track="", alternatives=()),
]


def test_columns_stand_in_the_documented_order() -> None:
    assert ",".join(COLUMNS) == (
        "cue,chapter,chapter_title,first_sentence,last_sentence,start_s,end_s,track,track_start_s,mood,valence,"
        "arousal,score,margin,alternatives,excerpt"
    )


def test_a_sheet_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_cues(tmp_path / "cues.csv", SHEET)
    assert read_cues(tmp_path / "cues.csv") == SHEET


@given(
    title=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    excerpt=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    seconds=st.floats(0, 1e6).map(lambda x: round(x, 3)),
    mood=st.sampled_from(MOODS),
)
def test_any_text_survives(
    title: str, excerpt: str, seconds: float, mood: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sheet") / "cues.csv"
    cue = replace(CUE, chapter_title=title, excerpt=excerpt, end_s=seconds, mood=mood)
    write_cues(path, [cue])
    assert read_cues(path) == [cue]


def refused(tmp_path: Path, text: str) -> str:
    (tmp_path / "cues.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CueSheetError) as caught:
        read_cues(tmp_path / "cues.csv")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("61.500,90.000", "61.500,soon", "line 3: end_s 'soon' is not a number"),
        ("61.500,90.000", "61.500,60.000", "line 3: ends at 60.0 s, before it starts"),
        ("61.500,90.000", "51.500,90.000", "line 3: starts at 51.5 s, before the cue before ends"),
        ("61.500,90.000", "61.500,nan", "line 3: end_s nan is out of range"),
        (",13,20,", ",12,20,", "line 3: sentence 12 is already in the cue before"),
        ("funny", "gloomy", "line 2: mood 'gloomy' is none of happy, funny"),
        ("margin", "lead", "line 1: no column margin"),
    ],
)
def test_an_error_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in refused(tmp_path, format_cues(SHEET).replace(old, new))


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    assert "no cue" in refused(tmp_path, ",".join(COLUMNS) + "\n")
    assert "line 1" in refused(tmp_path, "")
    with pytest.raises(CueSheetError, match="cannot read"):
        read_cues(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CueSheetError, match="not UTF-8"):
        read_cues(tmp_path / "binary.csv")


def test_nothing_is_written_where_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        write_cues(tmp_path / "nowhere" / "cues.csv", SHEET)
    assert list(tmp_path.iterdir()) == []
