import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scorer.cli import cli
from scorer.cues.cue import Cue
from scorer.cues.formats import FORMATS, write_cues
from scorer.cues.sheet import COLUMNS, format_cues, read_cues
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
        "cue,chapter,chapter_title,first_sentence,last_sentence,start_s,end_s,track,track_start_s,lock,mood,valence,"
        "arousal,score,margin,alternatives,excerpt"
    )


def test_a_sheet_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_cues(tmp_path / "cues.csv", SHEET)
    assert read_cues(tmp_path / "cues.csv") == SHEET


@pytest.mark.parametrize(("cell", "locked"), [("yes", True), ("Yes ", True), ("x", True), ("", False), ("no", False)])
def test_a_lock_is_read_as_people_write_it(tmp_path: Path, cell: str, locked: bool) -> None:
    write_cues(tmp_path / "cues.csv", [CUE])
    text = (tmp_path / "cues.csv").read_text(encoding="utf-8").replace("20.000,,", f"20.000,{cell},")
    (tmp_path / "cues.csv").write_text(text, encoding="utf-8", newline="")
    assert read_cues(tmp_path / "cues.csv")[0].lock is locked


def test_a_sheet_without_the_column_lock_has_no_locked_cue(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(format_cues(SHEET))))
    out = io.StringIO()
    csv.writer(out).writerows([[*row[:9], *row[10:]] for row in rows])
    (tmp_path / "cues.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    assert read_cues(tmp_path / "cues.csv") == SHEET


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
        ("20.000,,", "20.000,perhaps,", "line 2: lock 'perhaps' is neither yes nor empty"),
    ],
)
def test_an_error_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in refused(tmp_path, format_cues(SHEET).replace(old, new))


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    assert "no cue" in refused(tmp_path, ",".join(COLUMNS) + "\n")
    assert "line 1" in refused(tmp_path, "")
    with pytest.raises(CueSheetError, match="cannot read"):
        read_cues(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\x80\xff\x00\x80")
    with pytest.raises(CueSheetError, match="not UTF-8"):
        read_cues(tmp_path / "binary.csv")


def test_nothing_is_written_where_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        write_cues(tmp_path / "nowhere" / "cues.csv", SHEET)
    assert list(tmp_path.iterdir()) == []


def many(count: int) -> list[Cue]:
    return [
        replace(
            CUE,
            cue=n + 1,
            first_sentence=n + 1,
            last_sentence=n + 1,
            start_s=round(61.537 * n, 3),
            end_s=round(61.537 * (n + 1), 3),
            track="" if n % 3 == 2 else f'/music/{n} "it\'s".ogg',
        )
        for n in range(count)
    ]


@given(title=st.text(), cells=st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=4, max_size=4))
def test_json_comes_back_as_it_was(title: str, cells: list[float], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("sheet") / "cues.json"
    valence, arousal, score, margin = cells
    cue = replace(CUE, excerpt=title.strip(), valence=valence, arousal=arousal, score=score, margin=margin)
    try:
        write_cues(path, [cue], title)
    except UnicodeEncodeError:  # lone surrogates are no text
        return
    assert read_cues(path) == [cue]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize(("divider", "point"), [(";", ","), ("\t", ","), (";", "."), (",", ".")])
def test_what_spreadsheets_save_is_understood(tmp_path: Path, encoding: str, divider: str, point: str) -> None:
    rows = list(csv.reader(io.StringIO(format_cues(SHEET))))
    numbers = {name: n for n, name in enumerate(COLUMNS) if name in ("start_s", "end_s", "valence", "score", "margin")}
    for row in rows[1:]:
        for n in numbers.values():
            row[n] = row[n].replace(".", point)
    out = io.StringIO()
    csv.writer(out, delimiter=divider, lineterminator="\r\n").writerows(rows)
    (tmp_path / "cues.csv").write_text(out.getvalue(), encoding=encoding, newline="")
    assert read_cues(tmp_path / "cues.csv") == SHEET


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r"no cue sheet in JSON \(no cues"),
        ('{"format": 1, "cues": {"a": 1}}', "cues is not a list"),
        ('{"format": 9, "cues": []}', "another version"),
        ('{"format": 1, "cues": [3]}', r"cues\[0\]: not an object"),
        ('{"format": 1, "cues": [{"cue": 1}]}', r"cues\[0\].chapter is missing"),
        ('{"format": 1, "cues": []}', "no cue in it"),
    ],
)
def test_json_that_is_no_sheet_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "cues.json").write_text(text, encoding="utf-8")
    with pytest.raises(CueSheetError, match=message):
        read_cues(tmp_path / "cues.json")


def test_times_agree_to_the_millisecond_in_every_format(tmp_path: Path) -> None:
    cues = many(9)
    starts = [cue.start_s for cue in cues]
    for suffix in FORMATS:
        write_cues(tmp_path / f"cues{suffix}", cues, 'A "book"')
    read = {suffix: (tmp_path / f"cues{suffix}").read_text(encoding="utf-8") for suffix in FORMATS}
    assert [cue.start_s for cue in read_cues(tmp_path / "cues.csv")] == starts
    assert [cue.start_s for cue in read_cues(tmp_path / "cues.json")] == starts
    labels = [line.split("\t") for line in read[".txt"].splitlines()]
    assert [float(label[0]) for label in labels] == starts
    assert labels[0][2] == 'funny: 0 "it\'s"'
    assert labels[2][2] == "silence"  # what was not played has no mood
    assert [text for text in read.values() if "funny: silence" in text] == []
    assert "\nsilence\n" in read[".srt"]
    clocks = re.findall(r"(\d+):(\d\d):(\d\d),(\d{3}) -->", read[".srt"])
    assert [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in clocks] == starts
    assert [int(ms) / 1000 for ms in re.findall(r"START=(\d+)", read[".ffmeta"])] == starts
    assert [float(x) for x in re.findall(r"MARKER \d+ ([\d.]+)", read[".rpp"])] == starts


def test_a_reaper_project_is_balanced_and_has_an_item_a_cue_with_music(tmp_path: Path) -> None:
    write_cues(tmp_path / "cues.rpp", many(9), "T")
    lines = (tmp_path / "cues.rpp").read_text(encoding="utf-8").splitlines()
    depth = 0
    for line in lines:
        depth += line.strip().startswith("<")
        depth -= line.strip() == ">"
        assert depth >= 0
    assert depth == 0
    assert sum(line.strip() == "<ITEM" for line in lines) == 6
    assert '        FILE `/music/0 "it\'s".ogg`' in lines
    assert [line.strip() for line in lines].count("<SOURCE VORBIS") == 6


def test_a_timeline_loads_in_opentimelineio(tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio")
    cues = many(5)
    write_cues(tmp_path / "cues.otio", cues, "Book")
    timeline = otio.adapters.read_from_file(str(tmp_path / "cues.otio"))
    track = timeline.audio_tracks()[0]
    assert timeline.name == "Book"
    assert timeline.duration().to_seconds() == pytest.approx(cues[-1].end_s, abs=1e-3)
    for cue, item in zip(cues, track, strict=True):
        known = dict(item.metadata["scorer"])
        assert Cue(**{**known, "alternatives": tuple(known["alternatives"])}) == cue
        assert isinstance(item, otio.schema.Clip) == bool(cue.track)
        assert track.range_of_child(item).start_time.to_seconds() == pytest.approx(cue.start_s, abs=1.5e-3)


def test_an_edl_numbers_its_events_and_keeps_lengths(tmp_path: Path) -> None:
    write_cues(tmp_path / "cues.edl", many(4), "T")
    lines = (tmp_path / "cues.edl").read_text(encoding="utf-8").splitlines()
    events = [line.split() for line in lines if line[:3].isdigit()]
    assert [event[0] for event in events] == ["001", "002", "003"]
    assert events[0][4:] == ["00:00:20:00", "00:01:21:13", "00:00:00:00", "00:01:01:13"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CueSheetError, match=r"end the name in one of \.csv"):
        write_cues(tmp_path / "cues.xls", SHEET)


def test_check_names_all_that_is_off_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It rained all day and nobody came. " * 40, encoding="utf-8")
    (tmp_path / "a.ogg").write_bytes(b"music")
    good = [
        replace(CUE, cue=1, first_sentence=1, last_sentence=20, track="a.ogg"),
        replace(CUE, cue=2, first_sentence=21, last_sentence=40, start_s=61.5, end_s=100.0, track=""),
    ]
    sheet = tmp_path / "cues.csv"
    write_cues(sheet, good)
    where = [str(sheet), str(tmp_path / "book.txt")]
    fine = CliRunner().invoke(cli, ["cues", "check", *where])
    assert (fine.exit_code, fine.stdout) == (0, "")
    bad = [
        replace(good[0], track="gone.ogg"),
        replace(good[1], first_sentence=25, start_s=30.0),
        replace(good[1], cue=3, first_sentence=41, last_sentence=60, start_s=120.0, end_s=110.0),
    ]
    write_cues(sheet, bad)
    text = sheet.read_text(encoding="utf-8").replace(",0.610,0.400,", ",lots,0.400,", 1)
    sheet.write_text(text, encoding="utf-8", newline="")
    result = CliRunner().invoke(cli, ["cues", "check", *where])
    assert result.exit_code == 2
    assert "line 2: valence 'lots' is not a number" in result.stdout
    write_cues(sheet, bad)
    lines = CliRunner().invoke(cli, ["cues", "check", *where]).stdout.splitlines()
    for number, words in (
        (2, "gone.ogg: no such file"),
        (3, "before the cue before ends"),
        (3, "sentences 21 to 24 before it are in no cue"),
        (4, "before it starts"),
        (4, "ends at sentence 60, but the book has 40"),
    ):
        assert any(f"line {number}: " in line and words in line for line in lines), (number, words, lines)


def test_check_speaks_of_json_by_its_paths_and_names_each_fault_once(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It rained all day and nobody came. " * 40, encoding="utf-8")
    sheet = tmp_path / "cues.json"
    good = [
        replace(
            CUE, cue=n + 1, first_sentence=10 * n + 1, last_sentence=10 * n + 10, start_s=9.0 * n, end_s=9.0 * n + 9
        )
        for n in range(4)
    ]
    write_cues(sheet, [replace(cue, track="") for cue in good])
    told = json.loads(sheet.read_text(encoding="utf-8"))
    told["cues"][0]["first_sentence"] = 3
    told["cues"][0]["cue"] = 1.5
    told["cues"][1] |= {"start_s": "soon", "mood": "blue"}
    del told["cues"][1]["excerpt"]
    told["cues"][2]["last_sentence"] = 300
    told["cues"][3]["track"] = "gone.ogg"
    sheet.write_text(json.dumps(told), encoding="utf-8")
    result = CliRunner().invoke(cli, ["cues", "check", str(sheet), str(tmp_path / "book.txt")])
    assert result.exit_code == 2
    assert result.stdout.replace(f"{sheet}: ", "").splitlines() == [
        "cues[0].cue '1.5' is not a whole number",
        "cues[0]: sentences 1 to 2 before it are in no cue",
        "cues[1].start_s 'soon' is not a number",
        f"cues[1].mood 'blue' is none of {', '.join(MOODS)}",
        "cues[1].excerpt is missing",
        "cues[2]: ends at sentence 300, but the book has 40",
        "cues[3].track gone.ogg: no such file",
    ]
    assert f"{sheet}: 7 off" in result.stderr


def test_check_says_what_is_missing_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It rained all day and nobody came. " * 40, encoding="utf-8")
    write_cues(tmp_path / "cues.csv", [replace(CUE, last_sentence=12, track="")])
    options = [str(tmp_path / "cues.csv"), str(tmp_path / "book.txt"), "--json"]
    problems = json.loads(CliRunner().invoke(cli, ["cues", "check", *options]).stdout)
    assert len(problems) == 1
    assert "sentences 13 to 40 behind it are in no cue" in problems[0]
