"""What a person's scorer.yaml does, and what it says where it is wrong."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scorer.book import Book, windows
from scorer.book.book import Chapter, Sentence
from scorer.cues.direction import direct, directed
from scorer.cues.wish_file import read_wishes
from scorer.cues.wishes import Wishes
from scorer.emotion import MOODS, clip_vector, passage_vector
from scorer.errors import LibraryError, WishError
from scorer.library.index import Index
from scorer.library.track import Track
from scorer.match import Fit, match

CHAPTERS = {
    "The Storm": "It rained all day. The wind rose. Nobody came. The sea was black. The boats were in. They waited.",
    "The Feast": "Old Tom sang. Everyone laughed. Tom danced with Ann. They ate bread. Old Tom slept. The fire was low.",
}
TITLES = ("storm", "feast", "hush")


def book() -> Book:
    chapters = []
    for number, (title, text) in enumerate(CHAPTERS.items()):
        spans = [(found.start(), found.end()) for found in re.finditer(r"[^ ][^.]*\.", text)]
        sentences = tuple(Sentence(number, start, end, text[start:end]) for start, end in spans)
        chapters.append(Chapter(number, title, "", text, sentences))
    return Book("Tales", "", "en", tuple(chapters), ())


def library() -> Index:
    """Return an index of a scary, a happy and a tender track."""
    moods = np.full((3, 7), 0.02, np.float32)
    for row, mood in enumerate(("scary", "happy", "tender")):
        moods[row, MOODS.index(mood)] = 0.88
    tracks = [
        Track(n, f"/m/{title}.ogg", title, f"{title}-artist", "Album", "", 60.0, 1, 0.5, 0.5, 1.0, tuple(moods[n]))
        for n, title in enumerate(TITLES)
    ]
    return Index(
        tracks=tracks,
        clip_vectors=clip_vector(moods, np.full((3, 2), 0.5, np.float32)),
        clip_tracks=np.arange(3),
        clip_starts=np.zeros(3),
    )


def fitted(folder: Path, text: str) -> tuple[Fit, np.ndarray]:
    """Return the fit of a book whose every window is happy, under these wishes, and its windows' chapters."""
    (folder / "scorer.yaml").write_text(text, encoding="utf-8")
    wishes, _ = read_wishes(folder / "scorer.yaml")
    index, cut = library(), windows(book(), 4, 2)
    direction = direct(wishes, book(), cut, index)
    happy = np.zeros((len(cut), 7), np.float32)
    happy[:, MOODS.index("happy")] = 0.9
    vectors = passage_vector(happy, np.full((len(cut), 2), 0.5, np.float32))
    fit = match(vectors, np.ones(len(cut)), index, 0.0, direction.wanted)
    return directed(fit, direction), np.array([window.chapter for window in cut])


def chosen(fit: Fit) -> list[str]:
    """Return the name of each window's best state."""
    names = [TITLES[row] for row in fit.tracks] + ["silence"]
    return [names[state] for state in fit.states.argmax(axis=1)]


def test_without_wishes_the_fit_is_untouched(tmp_path: Path) -> None:
    fit, _ = fitted(tmp_path, "")
    plain = directed(fit, direct(Wishes(), book(), (), library()))
    assert (plain.states == fit.states).all()
    assert set(chosen(fit)) == {"feast"}


@pytest.mark.parametrize(
    ("banned", "left"),
    [
        ("none", {"storm", "feast"}),
        ("NC", {"feast", "hush"}),
        ("cc by", {"hush"}),
        ("CC BY 4.0", {"storm", "hush"}),
        ("nd", {"storm", "feast", "hush"}),
        ("none, nc", {"feast"}),
    ],
)
def test_a_licence_is_banned_by_the_words_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, banned: str, left: set[str]
) -> None:
    licences, plain = ("CC BY-NC-SA 3.0", "CC BY 4.0", ""), library()
    tracks = [replace(track, licence=licence) for track, licence in zip(plain.tracks, licences, strict=True)]
    monkeypatch.setitem(globals(), "library", lambda: replace(plain, tracks=tracks))
    fit, _ = fitted(tmp_path, f"bans:\n  licences: [{banned}]\n")
    assert {TITLES[row] for row in fit.tracks[fit.offered]} == left


@pytest.mark.parametrize("banned", ["NCC", "5", "'-'"])
def test_a_licence_that_can_be_nobodys_is_not_passed_over(tmp_path: Path, banned: str) -> None:
    with pytest.raises(WishError, match="line 2: no licence in the index has the word"):
        fitted(tmp_path, f"bans:\n  licences: [{banned}]\n")


@pytest.mark.parametrize("chapter", ["1", "'the storm'", "The Storm"])
def test_a_pinned_chapter_has_its_track_and_no_other_chapter(tmp_path: Path, chapter: str) -> None:
    fit, chapters = fitted(tmp_path, f"pins:\n  - chapter: {chapter}\n    track: storm.ogg\n")
    assert [name == "storm" for name in chosen(fit)] == (chapters == 0).tolist()


def test_a_pinned_passage_has_its_track_or_silence(tmp_path: Path) -> None:
    fit, _ = fitted(
        tmp_path,
        "pins:\n  - passage: “they ate bread”\n    track: hush\n  - {passage: Nobody came, track: silence}\n",
    )
    assert chosen(fit).count("hush") == 1
    assert chosen(fit).count("silence") == 1


def test_what_is_banned_is_played_only_where_it_is_pinned(tmp_path: Path) -> None:
    for ban in ("tracks: [feast.ogg]", "artists: [Feast-Artist]", "moods: [happy]"):
        fit, _ = fitted(tmp_path, f"bans:\n  {ban}\n")
        assert "feast" not in [TITLES[row] for row in fit.tracks]
    fit, chapters = fitted(tmp_path, "bans:\n  moods: [happy]\npins:\n  - chapter: 2\n    track: feast\n")
    assert [name == "feast" for name in chosen(fit)] == (chapters == 1).tolist()
    assert not fit.offered[fit.tracks.tolist().index(1)]


def test_a_ban_on_everything_is_said(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="banned"):
        fitted(tmp_path, "bans:\n  albums: [album]\n")


def test_a_leitmotif_sounds_where_its_name_dominates(tmp_path: Path) -> None:
    for music in ("track: hush", "mood: tender"):
        fit, chapters = fitted(tmp_path, f"leitmotifs:\n  - name: Tom\n    {music}\nmoods: {{tender: 0.2}}\n")
        names = np.array(chosen(fit))
        assert "hush" in names[chapters == 1]
        assert "hush" not in names[chapters == 0]


def test_moods_are_more_or_less_wanted(tmp_path: Path) -> None:
    fit, _ = fitted(tmp_path, "moods:\n  happy: -1\n  scary: 1.0\n")
    assert set(chosen(fit)) == {"storm"}


def test_settings_are_read_by_the_names_of_their_options(tmp_path: Path) -> None:
    (tmp_path / "scorer.yaml").write_text("min-cue: 60\nmax-cue: 300.5\nsilence: 0\nwindow: 8\n", encoding="utf-8")
    _, settings = read_wishes(tmp_path / "scorer.yaml")
    assert {name: one.value for name, one in settings.items()} == {
        "min_cue_s": 60.0,
        "max_cue_s": 300.5,
        "silence": 0.0,
        "window": 8,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("silence: 0.1\nmincue: 30\n", "line 2: unknown key 'mincue'; did you mean 'min-cue'?"),
        ("pins:\n  - chaptr: 1\n    track: hush\n", "line 2: unknown key 'chaptr'; did you mean 'chapter'?"),
        ("pins:\n  - track: hush\n", "line 2: a pin has a track, and either a chapter or a passage"),
        ("pins:\n  chapter: 1\n", "line 2: a list is expected"),
        ("silence: 2\n", "line 1: a number from 0 to 1 is expected"),
        ("silence: yes\n", "line 1: a number from 0 to 1 is expected"),
        ("silence: .nan\n", "line 1: a number from 0 to 1 is expected"),
        ("window: 2.5\n", "line 1: a whole number from 1 to 100 is expected"),
        ("silence: 0.1\nsilence: 0.2\n", "line 2: 'silence' is there twice"),
        ("moods:\n  gloomy: 1\n", "line 2: unknown key 'gloomy'; there are happy, funny"),
        ("bans:\n  moods:\n    - gloomy\n", "line 3: 'gloomy' is no mood"),
        ("leitmotifs:\n  - name: Tom\n", "line 2: a leitmotif has a name, and either a track or a mood"),
        ("leitmotifs:\n  - name: Tom\n    track: silence\n", "line 2: a leitmotif is a track or a mood"),
        ("pins: [\n", "line 2: not YAML"),
        ("silence: \x00\n", "line 1: not YAML"),
        ("- silence\n", "line 1: keys with values are expected"),
        ("[" * 5000, "nested too deeply"),
        ("bans:\n  tracks: [fest]\n", "line 2: no track 'fest' in the index; did you mean 'feast'?"),
        ("pins:\n  - chapter: 3\n    track: hush\n", "line 2: no chapter 3; the book has 2"),
        (
            "pins:\n  - chapter: The Strom\n    track: hush\n",
            "line 2: no chapter 'The Strom'; did you mean 'The Storm'?",
        ),
        (
            "pins:\n  - chapter: 1\n    track: husch.ogg\n",
            "line 2: no track 'husch.ogg' in the index; did you mean 'hush.ogg'?",
        ),
        ("pins:\n  - passage: they slept\n    track: hush\n", "the passage 'they slept' is not in the book"),
        ("pins:\n  - passage: Old Tom\n    track: hush\n", "is in the book 2 times; quote more of it"),
        (
            "pins:\n  - chapter: 1\n    track: hush\n  - passage: The wind rose\n    track: feast\n",
            "line 4: pins sentences to another track than line 2 does",
        ),
        ("leitmotifs:\n  - name: Thom\n    mood: sad\n", "line 2: the name 'Thom' is not in the book"),
    ],
)
def test_an_error_is_one_line_that_names_the_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WishError) as caught:
        fitted(tmp_path, text)
    assert message in str(caught.value)
    assert "scorer.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)
