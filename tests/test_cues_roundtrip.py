"""Cue sheets come back from CSV, JSON and OTIO as they went out, and the JSON is as its schema says."""

import csv
import io
import json
from dataclasses import fields, replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.cli import cli
from scorer.cues.cue import Cue
from scorer.cues.formats import write_cues
from scorer.cues.sheet import COLUMNS, format_cues, read_cues
from scorer.emotion import MOODS
from scorer.errors import CueSheetError

READ_BACK = (".csv", ".json", ".otio")
SCHEMA = json.loads((resources.files("scorer.cues") / "cue-sheet.schema.json").read_text(encoding="utf-8"))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/|"), min_size=1, max_size=20)
TRACK = NAME.filter(lambda name: name not in (".", "..")).map(lambda name: f"/music/{name}.ogg")


def thousandths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(1000 * low, 1000 * high).map(lambda n: n / 1000)


@st.composite
def sheets(draw: st.DrawFn) -> list[Cue]:
    """Draw a sheet of one to six cues that tile sentences and times."""
    sentences = [0, *sorted(draw(st.sets(st.integers(1, 9000), min_size=1, max_size=6)))]
    times = sorted(draw(st.sets(thousandths(0, 90_000), min_size=len(sentences), max_size=len(sentences))))
    return [
        Cue(
            cue=number,
            chapter=draw(st.integers(1, 99)),
            chapter_title=draw(TEXT),
            first_sentence=before + 1,
            last_sentence=last,
            start_s=start,
            end_s=end,
            track=(track := draw(st.just("") | TRACK)),
            track_start_s=draw(thousandths(0, 4000)) if track else 0.0,
            lock=draw(st.booleans()),
            mood=draw(st.sampled_from(MOODS)),
            valence=draw(thousandths(0, 1)),
            arousal=draw(thousandths(0, 1)),
            score=draw(thousandths(-1, 1)),
            margin=draw(thousandths(-2, 2)),
            alternatives=tuple(draw(st.lists(TRACK, max_size=3))),
            excerpt=draw(TEXT),
        )
        for number, ((before, last), (start, end)) in enumerate(
            zip(pairwise(sentences), pairwise(times), strict=True), 1
        )
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@settings(deadline=None, max_examples=60)
@given(sheet=sheets(), title=TEXT)
def test_any_sheet_comes_back_as_it_went_out(folder: Path, sheet: list[Cue], title: str) -> None:
    for suffix in READ_BACK:
        if suffix == ".otio":
            pytest.importorskip("opentimelineio")
        write_cues(folder / f"cues{suffix}", sheet, title)
        assert read_cues(folder / f"cues{suffix}") == sheet
        first = (folder / f"cues{suffix}").read_bytes()
        write_cues(folder / f"cues{suffix}", read_cues(folder / f"cues{suffix}"), title)
        assert (folder / f"cues{suffix}").read_bytes() == first
    jsonschema.validate(json.loads((folder / "cues.json").read_text(encoding="utf-8")), SCHEMA)


@settings(deadline=None, max_examples=40)
@given(sheet=sheets(), divider=st.sampled_from(",;\t"), point=st.sampled_from(".,"), bom=st.booleans())
def test_any_sheet_survives_a_spreadsheet(folder: Path, sheet: list[Cue], divider: str, point: str, bom: bool) -> None:
    rows = list(csv.reader(io.StringIO(format_cues(sheet), newline="")))
    numbers = [place for place, field in enumerate(fields(Cue)) if field.type is float]
    for row in rows[1:]:
        for place in numbers:
            row[place] = row[place].replace(".", point)
    path = folder / "spreadsheet.csv"
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as out:
        csv.writer(out, delimiter=divider).writerows(rows)
    assert read_cues(path) == sheet


def test_the_schema_is_one_and_names_what_a_cue_has() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["$defs"]["cue"]["properties"]) == COLUMNS
    told = CliRunner().invoke(cli, ["cues", "schema"])
    assert (told.exit_code, json.loads(told.stdout)) == (0, SCHEMA)


SHEET = [
    Cue(
        cue=number,
        chapter=1,
        chapter_title="One",
        first_sentence=20 * number - 19,
        last_sentence=20 * number,
        start_s=60.0 * (number - 1),
        end_s=60.0 * number,
        track=track,
        track_start_s=10.0 if track else 0.0,
        mood="sad",
        valence=0.2,
        arousal=0.3,
        score=0.5,
        margin=0.1,
        alternatives=("/music/b | c.ogg",),
        excerpt="It rained.",
    )
    for number, track in enumerate(("/music/a.ogg", "", "/music/a.ogg"), 1)
]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"title": None},
        {"cues": []},
        {"cues": [{}]},
        {"more": 1},
    ],
)
def test_the_schema_refuses_what_is_no_sheet(tmp_path: Path, change: dict[str, Any]) -> None:
    write_cues(tmp_path / "cues.json", SHEET, "Rain")
    told = json.loads((tmp_path / "cues.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | change, SCHEMA)


def test_json_keeps_a_name_with_the_bar_that_divides_alternatives_in_a_table(tmp_path: Path) -> None:
    write_cues(tmp_path / "cues.json", SHEET, "Rain")
    assert read_cues(tmp_path / "cues.json") == SHEET


def test_json_is_checked_as_a_table_is(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It rained all day and nobody came. " * 60, encoding="utf-8")
    write_cues(tmp_path / "cues.json", [*SHEET[:1], replace(SHEET[2], track="gone.ogg", last_sentence=70)], "Rain")
    result = CliRunner().invoke(cli, ["cues", "check", str(tmp_path / "cues.json"), str(tmp_path / "book.txt")])
    assert result.exit_code == 2
    assert "cues[1]: sentences 21 to 40 before it are in no cue" in result.stdout
    assert "cues[1].track gone.ogg: no such file" in result.stdout
    assert "cues[1]: ends at sentence 70, but the book has 60" in result.stdout


def edited_timeline(path: Path, edit: Any) -> None:
    otio = pytest.importorskip("opentimelineio")
    write_cues(path, SHEET, "Rain")
    timeline = otio.adapters.read_from_file(str(path))
    edit(otio, list(timeline.audio_tracks()[0]))
    otio.adapters.write_to_file(timeline, str(path))


def test_music_that_was_changed_in_a_timeline_is_read(tmp_path: Path) -> None:
    def edit(otio: Any, items: list[Any]) -> None:
        items[2].media_reference = otio.schema.ExternalReference(target_url=(tmp_path / "my song.ogg").as_uri())
        span = items[0].source_range
        items[0].source_range = otio.opentime.TimeRange(otio.opentime.RationalTime(2500, 1000), span.duration)

    edited_timeline(tmp_path / "cues.otio", edit)
    cues = read_cues(tmp_path / "cues.otio")
    assert cues == [
        replace(SHEET[0], track_start_s=2.5, lock=True),
        SHEET[1],
        replace(SHEET[2], track=str(tmp_path / "my song.ogg"), lock=True),
    ]


def test_a_clip_that_was_added_to_a_timeline_is_refused(tmp_path: Path) -> None:
    def edit(otio: Any, items: list[Any]) -> None:
        items[0].parent().append(otio.schema.Clip("a stranger", source_range=items[0].source_range))

    edited_timeline(tmp_path / "cues.otio", edit)
    with pytest.raises(CueSheetError, match="the clip 'a stranger' is no cue"):
        read_cues(tmp_path / "cues.otio")


def test_borders_that_were_moved_in_a_timeline_are_refused(tmp_path: Path) -> None:
    def edit(otio: Any, items: list[Any]) -> None:
        start = items[0].source_range.start_time
        items[0].source_range = otio.opentime.TimeRange(start, otio.opentime.RationalTime(30, 1))

    edited_timeline(tmp_path / "cues.otio", edit)
    with pytest.raises(CueSheetError, match=r"cue 1: was moved or trimmed"):
        read_cues(tmp_path / "cues.otio")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"OTIO_SCHEMA": "Timeline.1"}', '{"OTIO_SCHEMA": "Clip.2"}', "[" * 100_000]
)
def test_what_is_no_timeline_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    pytest.importorskip("opentimelineio")
    (tmp_path / "cues.otio").write_text(text, encoding="utf-8")
    with pytest.raises(CueSheetError, match=r"cues\.otio: no"):
        read_cues(tmp_path / "cues.otio")


@pytest.mark.parametrize("suffix", READ_BACK)
def test_a_relative_track_lies_here_or_beside_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    if suffix == ".otio":
        pytest.importorskip("opentimelineio")
    for place in ("here", "sheet"):
        (tmp_path / place).mkdir()
    (tmp_path / "sheet" / "a.ogg").write_bytes(b"music")
    monkeypatch.chdir(tmp_path / "here")
    sheet = tmp_path / "sheet" / f"cues{suffix}"
    write_cues(sheet, [replace(SHEET[0], track="a.ogg"), replace(SHEET[1], track="gone.ogg")])
    assert [cue.track for cue in read_cues(sheet)] == [str(tmp_path / "sheet" / "a.ogg"), "gone.ogg"]
    (tmp_path / "here" / "a.ogg").write_bytes(b"other music")
    assert read_cues(sheet)[0].track == str(tmp_path / "here" / "a.ogg")


def test_a_clip_alone_is_no_timeline(tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio")
    path = tmp_path / "cues.otio"
    path.write_text(otio.schema.Clip("a").to_json_string(), encoding="utf-8")
    with pytest.raises(CueSheetError, match="it holds no timeline"):
        read_cues(path)
