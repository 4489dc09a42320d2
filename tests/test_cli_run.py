import csv
import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from scorer.book import read_book
from scorer.cli import cli
from scorer.cues.score import Desk
from scorer.cues.settings import Settings
from scorer.cues.sheet import read_cues
from scorer.emotion import MOODS
from scorer.nets import registry
from tests import epubs

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"
COLUMNS = (
    "cue,chapter,chapter_title,first_sentence,last_sentence,start_s,end_s,track,track_start_s,lock,mood,valence,"
    "arousal,score,margin,alternatives,excerpt"
)


def scorer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's music, indexed."""
    folder = tmp_path_factory.mktemp("run") / "index"
    result = scorer("index", EXAMPLES / "music", "--index", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def scored(index: Path) -> Path:
    """The folder of the story's cue sheet and arc."""
    made = index.parent
    outputs = ("-o", made / "cues.csv", "--arc", made / "arc.csv", "--plot", made / "arc.svg")
    result = scorer("run", STORY, "--index", index, *outputs)
    assert result.exit_code == 0, result.output
    (made / "said.txt").write_text(result.stderr, encoding="utf-8")
    assert result.stdout.strip() == str(made / "cues.csv")
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_cue_sheet_has_the_promised_columns_and_tiles_the_book(scored: Path) -> None:
    assert (scored / "cues.csv").read_text(encoding="utf-8").splitlines()[0] == COLUMNS
    cues = rows(scored / "cues.csv")
    assert [int(cue["cue"]) for cue in cues] == list(range(1, len(cues) + 1))
    assert (cues[0]["first_sentence"], float(cues[0]["start_s"])) == ("1", 0.0)
    for before, after in pairwise(cues):
        assert int(after["first_sentence"]) == int(before["last_sentence"]) + 1
        assert after["start_s"] == before["end_s"]
        assert after["track"] != before["track"]
    book = read_book(STORY)
    assert int(cues[-1]["last_sentence"]) == len(book.sentences)
    words = sum(len(sentence.text.split()) for sentence in book.sentences)
    assert float(cues[-1]["end_s"]) == pytest.approx(words / 150 * 60, rel=0.02)


def test_each_cue_can_be_played_and_says_why(scored: Path) -> None:
    for cue in rows(scored / "cues.csv"):
        assert not cue["track"] or Path(cue["track"]).is_file()
        assert cue["mood"] in MOODS
        assert 0 <= float(cue["valence"]) <= 1
        assert 0 <= float(cue["arousal"]) <= 1
        assert float(cue["end_s"]) - float(cue["start_s"]) >= 45
        others = cue["alternatives"].split(" | ")
        assert len(others) == 3
        assert cue["track"] not in others
        assert cue["excerpt"]


def test_the_arc_has_a_row_a_window(scored: Path) -> None:
    arc = rows(scored / "arc.csv")
    assert list(arc[0]) == ["window", "chapter", "start_s", "text", "valence", "arousal", *MOODS]
    assert [int(row["window"]) for row in arc] == list(range(1, len(arc) + 1))
    assert {row["chapter"] for row in arc} == {"1", "2", "3"}
    assert all(0 <= float(row[mood]) <= 1 for row in arc for mood in MOODS)


def test_the_picture_names_chapters_tracks_and_moods(scored: Path) -> None:
    texts = [" ".join(text.itertext()) for text in etree.parse(scored / "arc.svg").iterfind(".//{*}text")]
    cues = rows(scored / "cues.csv")
    assert {"1", "2", "3"} <= set(texts) or {chapter.title for chapter in read_book(STORY).chapters} <= set(texts)
    assert {"valence", "arousal", "silence", *(cue["mood"] for cue in cues if cue["track"])} <= set(texts)
    longest = max((cue for cue in cues if cue["track"]), key=lambda cue: float(cue["end_s"]) - float(cue["start_s"]))
    assert Path(longest["track"]).stem.replace("-", " ") in " ".join(texts)


def test_a_picture_of_another_kind_is_refused_before_the_work(index: Path, tmp_path: Path) -> None:
    result = scorer("run", STORY, "--index", index, "--plot", tmp_path / "arc.jpg")
    assert result.exit_code == 2
    assert "end the name in one of .png, .svg" in result.stderr


def test_a_book_that_is_not_english_is_scored_with_a_warning(index: Path, tmp_path: Path) -> None:
    book = tmp_path / "nebel.txt"
    book.write_text("Der Nebel kam vom Fluss herauf und legte sich in die Gassen der alten Stadt. " * 8, "utf-8")
    assert "this book's language is 'de'" in scorer("run", book, "--index", index).stderr
    assert "language" not in scorer("run", book, "--index", index, "--lang", "en-GB").stderr
    assert "'fr' (by --lang)" in scorer("run", STORY, "--index", index, "--lang", "fr").stderr


def test_what_is_included_is_scored(scored: Path, index: Path) -> None:
    result = scorer("run", STORY, "--index", index, "--json", "--include", "title page")
    assert "titlepage.xhtml" not in result.stderr
    assert json.loads(result.stdout)[-1]["last_sentence"] > int(rows(scored / "cues.csv")[-1]["last_sentence"])


def test_what_was_left_out_is_named(scored: Path) -> None:
    said = (scored / "said.txt").read_text(encoding="utf-8")
    assert "copyright.xhtml" in said
    assert "titlepage.xhtml" in said


def test_the_storys_moods_are_heard_in_its_music(scored: Path) -> None:
    cues = rows(scored / "cues.csv")
    angry = next(cue for cue in cues if "no right" in cue["excerpt"])
    assert angry["mood"] == "angry"
    assert Path(angry["track"]).stem in {"iron-gate", "they-broke-their-word"}
    assert Path(cues[-1]["track"]).stem not in {"under-the-stairs", "the-third-knock", "an-empty-chair", "iron-gate"}
    used = {cue["track"] for cue in cues if cue["track"]}
    assert len(used) >= 4


def test_the_same_input_gives_the_same_bytes(
    scored: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # it is read anew
    again = tmp_path / "again.csv"
    assert scorer("run", STORY, "--index", index, "-o", again).exit_code == 0
    assert again.read_bytes() == (scored / "cues.csv").read_bytes()


def test_without_an_output_the_sheet_goes_to_stdout(scored: Path, index: Path) -> None:
    assert scorer("run", STORY, "--index", index).stdout == (scored / "cues.csv").read_text(encoding="utf-8")


def test_json_lists_the_cues(scored: Path, index: Path) -> None:
    cues = json.loads(scorer("run", STORY, "--index", index, "--json").stdout)
    assert [cue["track"] for cue in cues] == [row["track"] for row in rows(scored / "cues.csv")]
    assert list(cues[0]) == COLUMNS.split(",")


def test_settings_do_what_they_say(index: Path) -> None:
    def cues(*arguments: str) -> list[dict[str, str]]:
        return json.loads(scorer("run", STORY, "--index", index, "--json", *arguments).stdout)

    few, many = cues("--switch", "60"), cues("--switch", "0", "--min-cue", "0")
    assert len(few) < 5 < 10 < len(many)
    assert cues("--wpm", "75")[-1]["end_s"] == pytest.approx(2 * few[-1]["end_s"], rel=0.01)
    assert all(cue["track"] for cue in cues("--silence", "0"))
    assert not any(cue["track"] for cue in cues("--silence", "1"))
    assert all(cue["end_s"] - cue["start_s"] >= 120 for cue in cues("--min-cue", "120"))


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_plain_books_are_scored_too(index: Path, tmp_path: Path, suffix: str) -> None:
    book = tmp_path / f"book{suffix}"
    book.write_text("# One\n\nShe wept. The grave was small.\n\n# Two\n\nThey danced and laughed.\n", encoding="utf-8")
    result = scorer("run", book, "--index", index, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("not.epub", b"hello", "not an EPUB"),
        ("empty.txt", b"", "the file is empty"),
        ("binary.txt", bytes(range(256)) * 40, "not text"),
        ("book.pdf", b"%PDF-1.4", ".epub, .txt, .md, .html or .fb2"),
    ],
)
def test_a_bad_book_is_one_clear_line(index: Path, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = scorer("run", tmp_path / name, "--index", index, "-o", tmp_path / "cues.csv")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert name in result.stderr
    assert said in result.stderr
    assert not (tmp_path / "cues.csv").exists()


def test_an_epub_without_text_is_refused(index: Path, tmp_path: Path) -> None:
    book = epubs.write(tmp_path / "pictures.epub", epubs.members({"a.xhtml": epubs.page("<img src='x.png'/>")}))
    result = scorer("run", book, "--index", index)
    assert result.exit_code == 2
    assert "text" in result.stderr


def test_no_index_yet_says_how_to_make_one(tmp_path: Path) -> None:
    result = scorer("run", STORY, "--index", tmp_path / "none")
    assert result.exit_code == 2
    assert "scorer index" in result.stderr


def test_an_output_folder_that_is_not_there_is_said_before_the_work(index: Path, tmp_path: Path) -> None:
    for arguments in (["-o", tmp_path / "no" / "cues.csv"], ["--arc", tmp_path / "no" / "arc.csv"]):
        result = scorer("run", STORY, "--index", index, *arguments)
        assert result.exit_code == 2
        assert "no such folder" in result.stderr


def test_an_index_by_another_model_is_refused(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.Entry, "digest", "0" * 16)
    result = scorer("run", STORY, "--index", index)
    assert result.exit_code == 2
    assert "another" in result.stderr
    assert "scorer index" in result.stderr


def edited(scored: Path, target: Path, **changes: dict[int, str]) -> Path:
    """Write the story's cue sheet with cells changed: columns, and in each the row's number and the cell."""
    cues = rows(scored / "cues.csv")
    for column, cells in changes.items():
        for row, cell in cells.items():
            cues[row][column] = cell
    with target.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, COLUMNS.split(","), delimiter=";")
        sheet.writeheader()
        sheet.writerows(cues)
    return target


def test_a_locked_cue_is_kept_and_the_rest_is_solved_around_it(scored: Path, index: Path, tmp_path: Path) -> None:
    before = rows(scored / "cues.csv")
    other = before[1]["alternatives"].split(" | ")[1]
    border = int(before[1]["last_sentence"]) - 1  # where no window ends
    sheet = edited(
        scored,
        tmp_path / "edited.csv",
        track={1: other, 3: ""},
        track_start_s={1: "7.5"},
        last_sentence={1: str(border)},
        first_sentence={2: str(border + 1)},
        lock={1: "yes", 3: "yes"},
    )
    result = scorer("run", STORY, "--index", index, "--keep", sheet, "-o", tmp_path / "new.csv")
    assert result.exit_code == 0, result.output
    assert "(2 of them kept)" in result.stderr
    after = rows(tmp_path / "new.csv")
    kept = [cue for cue in after if cue["lock"] == "yes"]
    assert [(cue["track"], cue["track_start_s"]) for cue in kept] == [(other, "7.500"), ("", "0.000")]
    assert [(cue["first_sentence"], cue["last_sentence"]) for cue in kept] == [
        (before[1]["first_sentence"], str(border)),
        (before[3]["first_sentence"], before[3]["last_sentence"]),
    ]
    for one, following in pairwise(after):
        assert int(following["first_sentence"]) == int(one["last_sentence"]) + 1
        assert following["track"] != one["track"]
    again = scorer("run", STORY, "--index", index, "--keep", tmp_path / "new.csv", "-o", tmp_path / "again.csv")
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "new.csv").read_bytes()


def test_keeping_what_was_found_changes_nothing_but_the_lock(scored: Path, index: Path, tmp_path: Path) -> None:
    before = rows(scored / "cues.csv")
    sheet = edited(scored, tmp_path / "edited.csv", lock=dict.fromkeys(range(0, len(before), 2), "yes"))
    assert scorer("run", STORY, "--index", index, "--keep", sheet, "-o", tmp_path / "new.csv").exit_code == 0
    assert [{**cue, "lock": ""} for cue in rows(tmp_path / "new.csv")] == before


def test_a_track_that_is_not_in_the_index_is_kept_and_said(scored: Path, index: Path, tmp_path: Path) -> None:
    sheet = edited(scored, tmp_path / "edited.csv", track={2: "/elsewhere/own.flac"}, lock={2: "yes"})
    result = scorer("run", STORY, "--index", index, "--keep", sheet, "--json")
    assert result.exit_code == 0, result.output
    assert "kept, though not in the index: /elsewhere/own.flac" in result.stderr
    assert [cue["track"] for cue in json.loads(result.stdout) if cue["lock"]] == ["/elsewhere/own.flac"]
    assert [cue["track"] for cue in json.loads(result.stdout)].count("/elsewhere/own.flac") == 1


def test_a_sheet_of_another_book_is_not_kept(scored: Path, index: Path, tmp_path: Path) -> None:
    book = tmp_path / "short.txt"
    book.write_text("She wept. The grave was small.\n", encoding="utf-8")
    result = scorer("run", book, "--index", index, "--keep", scored / "cues.csv")
    assert result.exit_code == 2
    assert "the book has 2" in result.stderr


def test_wishes_beside_the_book_are_granted_and_options_win_over_them(index: Path, tmp_path: Path) -> None:
    book, wishes = tmp_path / STORY.name, tmp_path / "scorer.yaml"
    book.write_bytes(STORY.read_bytes())
    wishes.write_text(
        "pins:\n  - chapter: 2\n    track: market-morning.ogg\nsilence: 0.9\nmin-cue: 60\n", encoding="utf-8"
    )
    result = scorer("run", book, "--index", index, "--silence", "0", "--json")
    assert result.exit_code == 0, result.output
    assert f"settings: {wishes}" in result.stderr
    cues = json.loads(result.stdout)
    assert all(cue["track"] for cue in cues)
    assert all(cue["end_s"] - cue["start_s"] >= 60 for cue in cues)
    # a cue bears the chapter that it begins in, and the pinned one may begin before
    assert Path([cue for cue in cues if cue["chapter"] <= 2][-1]["track"]).stem == "market-morning"
    wishes.write_text("pins:\n  - chapter: 9\n    track: market-morning.ogg\n", encoding="utf-8")
    wrong = scorer("run", book, "--index", index)
    assert wrong.exit_code == 2
    assert "scorer.yaml: line 2: no chapter 9; the book has 3" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (
            "max-cue: 30\n\nmin-cue: 60\n",
            (),
            "scorer.yaml: max-cue, 30 s (line 1), is shorter than min-cue, 60 s (line 3);",
        ),
        ("wpm: 150\nmax-cue: 30\n", (), "scorer.yaml: max-cue, 30 s (line 2), is shorter than min-cue, 45 s;"),
        ("max-cue: 90\n", ("--min-cue", "99"), "max-cue, 90 s (line 1), is shorter than min-cue, 99 s;"),
        ("max-cue: 90\n", ("--max-cue", "9"), "Error: max-cue, 9 s, is shorter than min-cue, 45 s;"),
    ],
)
def test_cues_that_cannot_be_long_enough_are_said_with_the_lines_that_ask_for_them(
    index: Path, tmp_path: Path, text: str, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "book.txt").write_text("It rained.", encoding="utf-8")
    (tmp_path / "scorer.yaml").write_text(text, encoding="utf-8")
    result = scorer("run", tmp_path / "book.txt", "--index", index, *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_cue_is_explained_by_its_sentences_and_its_windows(scored: Path, index: Path) -> None:
    cue = next(cue for cue in rows(scored / "cues.csv") if "no right" in cue["excerpt"])
    arguments = ("explain", scored / "cues.csv", STORY, "--cue", cue["cue"], "--index", index)
    told = json.loads(scorer(*arguments, "--json").stdout)
    assert told["cue"]["track"] == cue["track"]
    assert told["score"] == pytest.approx(float(cue["score"]), abs=1e-3)
    assert [track for track, _ in told["runners_up"]] == cue["alternatives"].split(" | ")
    assert sum(share for _, share in told["alone"]) == pytest.approx(1.0)
    assert sum(share for _, share in told["moods"]) == pytest.approx(1.0)
    assert cue["mood"] == next(mood for mood, _ in told["moods"] if mood != "neutral")
    first, last = int(cue["first_sentence"]), int(cue["last_sentence"])
    assert all(first <= sentence["sentence"] <= last for sentence in told["sentences"])
    assert all(word in sentence["text"] for sentence in told["sentences"] for word, _ in sentence["words"])
    effects = [abs(sentence["effect"]) for sentence in told["sentences"]]
    assert effects == sorted(effects, reverse=True)
    said = scorer(*arguments).stdout
    assert Path(cue["track"]).name in said
    assert told["sentences"][0]["text"] in said


def test_an_explanation_counts_all_that_it_reads(scored: Path, index: Path) -> None:
    told: list[tuple[int, int]] = []
    sheet = scored / "cues.csv"
    cue = read_cues(sheet)[1]
    Desk.open(index).explain(STORY, sheet, cue, Settings(), progress=lambda *one: told.append(one))
    done, totals = zip(*told, strict=True)
    assert sum(done) == totals[-1]
    assert totals[0] == len(rows(scored / "arc.csv"))  # the windows of the book
    assert totals[-1] > totals[0]  # and those that are read again without a sentence or a word


def test_a_book_is_read_once_and_after_that_remembered(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "short.txt").write_text("She wept. The grave was small.\n", encoding="utf-8")

    def sheet() -> str:
        result = scorer("run", tmp_path / "short.txt", "--index", index)
        assert result.exit_code == 0, result.output
        return result.stdout

    first = sheet()
    (kept,) = (tmp_path / "cache").rglob("readings/*.npz")
    good = kept.read_bytes()
    with monkeypatch.context() as patch:
        patch.delattr("scorer.nets.text_encoder.TextEncoder.load")
        assert sheet() == first
        (tmp_path / "short.txt").write_text("She laughed. The sun was high.\n", encoding="utf-8")
        assert scorer("run", tmp_path / "short.txt", "--index", index).exit_code == 1  # other words are read
    (tmp_path / "short.txt").write_text("She wept. The grave was small.\n", encoding="utf-8")
    for bad in (b"", b"no archive", good[: len(good) // 2]):
        kept.write_bytes(bad)
        assert sheet() == first
        assert kept.read_bytes() == good


def test_where_nothing_can_be_remembered_a_book_is_read_all_the_same(
    scored: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = scorer("run", STORY, "--index", index, "-o", tmp_path / "cues.csv")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "cues.csv").read_bytes() == (scored / "cues.csv").read_bytes()


def test_words_that_mean_nothing_of_their_own_explain_nothing(scored: Path, index: Path) -> None:
    result = scorer("explain", scored / "cues.csv", STORY, "--cue", "2", "--index", index, "--json")
    words = {word.lower() for sentence in json.loads(result.stdout)["sentences"] for word, _ in sentence["words"]}
    assert words
    assert not words & {"a", "the", "of", "and", "he", "she", "was", "his", "her", "in"}


def test_a_pipe_is_no_book(index: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "book.txt")
    result = scorer("run", tmp_path / "book.txt", "--index", index)
    assert result.exit_code == 2
    assert "give - to read a book from stdin" in result.stderr


def test_a_cue_that_is_not_there_cannot_be_explained(scored: Path, index: Path) -> None:
    result = scorer("explain", scored / "cues.csv", "no-book.epub", "--cue", "99", "--index", index)  # said first
    assert result.exit_code == 2
    assert "no cue 99" in result.stderr


def test_many_books_do_not_become_a_folder_with_the_name_of_a_sheet(index: Path, tmp_path: Path) -> None:
    result = scorer("run", STORY, STORY, "--index", index, "-o", tmp_path / "cues.csv")
    assert result.exit_code == 2
    assert "looks like a file" in result.stderr
    assert not list(tmp_path.iterdir())


def test_of_many_books_a_bad_one_costs_only_itself(scored: Path, index: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.epub").write_bytes(b"hello")
    (tmp_path / "short.txt").write_text("She wept. The grave was small.\n", encoding="utf-8")
    books = [STORY, tmp_path / "bad.epub", tmp_path / "short.txt"]
    named = (
        "-o",
        tmp_path / "cues",
        "-o",
        tmp_path / "{book}" / "cues.json",
        "--plot",
        tmp_path / "{book}" / "arc.png",
    )
    result = scorer("run", *books, "--index", index, *named)
    assert result.exit_code == 2
    assert "bad.epub: not an EPUB" in result.stderr
    assert result.stderr.strip().splitlines()[-2:] == ["2 of 3 books scored", f"failed: {tmp_path / 'bad.epub'}"]
    assert sorted(path.name for path in (tmp_path / "cues").iterdir()) == ["short.csv", f"{STORY.stem}.csv"]
    assert (tmp_path / "cues" / f"{STORY.stem}.csv").read_bytes() == (scored / "cues.csv").read_bytes()
    assert read_cues(tmp_path / STORY.stem / "cues.json") == read_cues(scored / "cues.csv")
    assert (tmp_path / "short" / "arc.png").read_bytes().startswith(b"\x89PNG")
    assert not list((tmp_path / "bad").iterdir())
    twins = scorer("run", STORY, STORY, "--index", index, "-o", tmp_path / "cues")
    assert twins.exit_code == 2
    assert "named for two outputs" in twins.stderr
    assert scorer("run", *books, "--index", index).exit_code == 2
