"""Books that mean harm, or are broken past repair: each costs one clear message and little memory."""

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scorer.book import read_book
from scorer.book.epub import extract, extract_cover
from scorer.book.overlay import read_overlay
from scorer.errors import BookError
from tests.conftest import ROOT
from tests.epubs import CONTAINER, members, page, write
from tests.mutations import members_of, mutated, mutations, packed
from tests.test_book_whole import assert_tiled

STORY = "<p>" + "The fog came in from the river and lay down in the streets. " * 8 + "</p>"
GOOD = members({"a.xhtml": page(f"<h1>One</h1>{STORY}"), "b.xhtml": page(f"<h1>Two</h1>{STORY}")})
LAUGHS = "<!DOCTYPE x [" + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(12)) + "]>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/hostname">]>'


def read(tmp_path: Path, changes: dict[str, str | bytes | None]) -> str:
    """Return the text of a good EPUB with some members changed, or taken away."""
    contents = {name: data for name, data in {**GOOD, **changes}.items() if data is not None}
    book = read_book(write(tmp_path / "x.epub", contents))  # type: ignore[arg-type]
    return "\n\n".join(chapter.text for chapter in book.chapters)


def refusal(tmp_path: Path, changes: dict[str, str | bytes | None]) -> str:
    with pytest.raises(BookError) as caught:
        read(tmp_path, changes)
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path / "x.epub") in message
    return message


def opf(old: str, new: str) -> dict[str, str | bytes | None]:
    assert old in GOOD["OPS/book.opf"]
    return {"OPS/book.opf": GOOD["OPS/book.opf"].replace(old, new)}


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("name", ["OPS/a.xhtml", "OPS/book.opf", "OPS/nav.xhtml", "META-INF/container.xml"])
def test_entities_are_never_expanded_wherever_they_stand(tmp_path: Path, name: str, head: str) -> None:
    text = head + GOOD[name].replace("The Fog", "&a11;").replace("river", "&a11;")
    try:
        told = read(tmp_path, {name: text})
    except BookError as error:
        assert "\n" not in str(error)
    else:
        assert len(told) < 3000
        assert Path("/etc/hostname").read_text().strip() not in told


def test_the_first_of_two_renditions_is_read(tmp_path: Path) -> None:
    second = '<rootfile full-path="OPS/other.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    two = CONTAINER.replace("</rootfiles>", second)
    assert "river" in read(tmp_path, {"META-INF/container.xml": two})
    wrong = CONTAINER.replace("application/oebps-package+xml", "text/plain")
    assert "river" in read(tmp_path, {"META-INF/container.xml": wrong})
    nowhere = CONTAINER.replace("OPS/book.opf", "../../book.opf")
    assert "package document is missing" in refusal(tmp_path, {"META-INF/container.xml": nowhere})


def test_a_name_that_leads_out_of_the_archive_stays_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.xhtml").write_text(page(STORY), encoding="utf-8")
    outside = opf('href="a.xhtml"', f'href="../../../../../../..{tmp_path}/a.xhtml"') | {"OPS/a.xhtml": None}
    assert "One" not in read(tmp_path, outside)
    assert "One" in read(tmp_path, opf('href="a.xhtml"', 'href="../../OPS/a.xhtml"'))
    evil = write(tmp_path / "evil.epub", {**GOOD, "../../evil.mp3": "sound", "x." + "y" * 300: "sound"})
    (tmp_path / "out").mkdir()
    found = extract(evil, ["../../evil.mp3", "x." + "y" * 300], tmp_path / "out")
    assert {file.parent for file in found.values()} == {tmp_path / "out"}
    assert len(found) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1", "cp1252", "koi8-r"])
def test_documents_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    word = "Дождь" if encoding == "koi8-r" else "naïve"
    text = page(f"<h1>One</h1>{STORY}<p>{word}</p>").replace('encoding="utf-8"', f'encoding="{encoding}"')
    assert word in read(tmp_path, {"OPS/a.xhtml": text.encode(encoding)})
    lying = page(f"{STORY}<p>naïve</p>").replace('encoding="utf-8"', 'encoding="no-such"')
    assert "naïve" in read(tmp_path, {"OPS/a.xhtml": lying})


def test_a_wrong_or_missing_mimetype_is_no_matter(tmp_path: Path) -> None:
    assert "river" in read(tmp_path, {"mimetype": None})
    with zipfile.ZipFile(tmp_path / "x.epub", "w") as archive:
        for name, data in {"mimetype": "text/html\n", **GOOD}.items():
            archive.writestr(name, data)
    assert read_book(tmp_path / "x.epub").chapters


def test_tags_that_nest_deep_cost_nothing_and_those_past_all_measure_only_their_document(tmp_path: Path) -> None:
    deep = page(f"{'<div><font>' * 900}{STORY}{'</font></div>' * 900}<p>The last.</p>")
    assert "The last." in read(tmp_path, {"OPS/a.xhtml": deep})
    unclosed = page("".join(f"<font><p>Line {number}.</p>" for number in range(600)))
    assert "Line 599." in read(tmp_path, {"OPS/a.xhtml": unclosed})
    path = write(tmp_path / "x.epub", {**GOOD, "OPS/a.xhtml": page("<i>" * 5000 + STORY)})
    book = read_book(path)
    assert [(omitted.href, omitted.reason) for omitted in book.omitted] == [("OPS/a.xhtml", "nested too deeply")]
    (tmp_path / "deep.html").write_text(page("<i>" * 5000 + STORY), encoding="utf-8")
    with pytest.raises(BookError, match="nested too deeply"):
        read_book(tmp_path / "deep.html")


def test_contents_that_nest_past_all_measure_are_done_without(tmp_path: Path) -> None:
    deep = page("<nav epub:type='toc'>" + "<ol><li><a href='a.xhtml'>A</a>" * 3000 + "</nav>")
    assert "river" in read(tmp_path, {"OPS/nav.xhtml": deep})
    refusal(tmp_path, opf("<manifest>", "<metadata>" * 3000 + "<manifest>"))


def test_a_document_that_the_spine_names_twice_is_read_once(tmp_path: Path) -> None:
    again = opf("<spine>", "<spine>" + '<itemref idref="a.xhtml"/>' * 2000)
    assert read(tmp_path, again) == read(tmp_path, {})


ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>
 <enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/></enc:EncryptedData></encryption>"""


@pytest.mark.parametrize(
    ("extra", "locker"),
    [
        ({"META-INF/encryption.xml": ENCRYPTED}, "the book is locked (DRM)"),
        ({"META-INF/encryption.xml": "\x00 not XML"}, "the book is locked (DRM)"),
        ({"META-INF/encryption.xml": ENCRYPTED, "META-INF/license.lcpl": "{}"}, "by Readium LCP"),
        ({"META-INF/encryption.xml": ENCRYPTED, "META-INF/rights.xml": "<r/>"}, "by Adobe ADEPT"),
        ({"META-INF/sinf.xml": "<s/>"}, "by Apple FairPlay"),
    ],
)
def test_a_locked_book_says_by_whom_it_looks_locked(
    tmp_path: Path, extra: dict[str, str | bytes | None], locker: str
) -> None:
    assert locker in refusal(tmp_path, extra)


def zipped(path: Path, contents: dict[str, str | bytes]) -> Path:
    path.write_bytes(packed({name: d.encode() if isinstance(d, str) else d for name, d in contents.items()}))
    return path


# What each would take if it were read: 32 MB of blanks, a million elements, a hundred thousand entries or members.
BOMBS: dict[str, Callable[[], dict[str, str | bytes]]] = {
    "blanks": lambda: {**GOOD, "OPS/a.xhtml": b" " * (31 << 20)},
    "tags": lambda: {**GOOD, "OPS/a.xhtml": page(STORY + "<b/>" * 1_000_000)},
    "short-tags": lambda: {**GOOD, "OPS/a.xhtml": page(STORY + "<b/>" * 200_000)},
    "attributes": lambda: {
        **GOOD,
        "OPS/a.xhtml": page("<b " + " ".join(f"a{i}=''" for i in range(100_000)) + f">{STORY}</b>"),
    },
    "items": lambda: {**GOOD, **opf("<manifest>", "<manifest>" + '<item id="x" href="x"/>' * 40_000)},  # type: ignore[dict-item]
    "many-items": lambda: {**GOOD, **opf("<manifest>", "<manifest>" + "<i/>" * 260_000)},  # type: ignore[dict-item]
    "laughs": lambda: {**GOOD, "OPS/a.xhtml": LAUGHS + GOOD["OPS/a.xhtml"].replace("river", "&a11;")},
    "members": lambda: {**GOOD, **{f"{number:0100d}": "" for number in range(60_000)}},
}
MEASURE = """
import resource, sys
from pathlib import Path
from scorer.book import read_book
from scorer.errors import BookError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
for path in sys.argv[1:]:
    before = peak()
    try:
        said = f"{len(read_book(Path(path)).chapters)} chapters"
    except BookError as error:
        said = str(error)
    print(Path(path).stem, round(peak() - before), said, sep="\\t")
"""


def test_bombs_take_at_most_200_mb(tmp_path: Path) -> None:
    good = zipped(tmp_path / "good.epub", GOOD)
    bombs = [zipped(tmp_path / f"{name}.epub", contents()) for name, contents in BOMBS.items()]
    command = [sys.executable, "-c", MEASURE, *map(str, (good, *bombs))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["good", *BOMBS]
    assert all(int(megabytes) <= 200 for name, megabytes, _ in lines if name != "good"), done.stdout
    said = {name: words for name, _, words in lines}
    for name in ("blanks", "tags", "many-items", "members"):
        assert "bomb" in said[name]


READERS: tuple[Callable[[Path], object], ...] = (
    read_book,
    read_overlay,
    lambda path: extract_cover(path, path.parent),
)


def test_mutated_books_open_or_are_refused_in_one_line(tmp_path: Path) -> None:
    story = members_of(ROOT / "examples/three-strokes-and-a-rest.epub")
    small = {name: text.encode() for name, text in GOOD.items()}
    opened = 0
    for data in mutations(seed=11, count=300, sources=[story, small]):
        path = tmp_path / "x.epub"
        path.write_bytes(data)
        for reader in READERS:
            try:
                if reader is read_book:
                    assert_tiled(read_book(path))
                    opened += 1
                else:
                    reader(path)
            except BookError as error:
                assert "\n" not in str(error)
    assert opened > 100


def test_the_same_seed_gives_the_same_mutations() -> None:
    small = {name: text.encode() for name, text in GOOD.items()}
    assert mutated(random.Random(3), small) == mutated(random.Random(3), small)
