"""Plain text and Markdown to a book."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scorer.book.book import Book, Omitted
from scorer.book.frontmatter import without_gutenberg_frame
from scorer.book.markup import Block
from scorer.book.outline import Part, chapters_of
from scorer.book.reading import AS_IT_IS, Reading
from scorer.book.sentence import chapters_from
from scorer.errors import BookError

MOST_BYTES: Final = 64 << 20
_NUMERAL: Final = r"(?:\d+|[IVXLC]+|[A-Z][a-z]+(?:[- ][A-Z]?[a-z]+)?|[A-Z]{3,})"
_HEADING = re.compile(
    r"^(?:(?:CHAPTER|Chapter|STAVE|Stave|BOOK|Book|PART|Part|CANTO|Canto|LETTER|Letter|ACT|Act) "
    rf"{_NUMERAL}\b[.:]?.{{0,80}}"
    r"|(?:[IVXLC]+|\d{1,3})\.?|PROLOGUE|Prologue|EPILOGUE|Epilogue|PREFACE|Preface|INTRODUCTION|Introduction)$"
)
_MARKS = re.compile(r"\*{1,3}|_{1,3}")
# Bounds and exclusions keep the time linear where a bracket is never closed.
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^)]{0,500}\)")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\([^)]{0,500}\)|\[[^\[\]]*\])")


def read_plain(path: Path, reading: Reading = AS_IT_IS) -> Book:
    """Read a .txt or .md file. Raises `BookError` where it is missing, binary or has no text.

    It raises it, too, where `reading` includes what is not left out.
    """
    text = _text(path)
    markdown = path.suffix.lower() in (".md", ".markdown")
    blocks = tuple(_markdown(text) if markdown else _paragraphs(text))
    whole = without_gutenberg_frame(blocks)
    narrated, omitted = _without_contents(whole, path.name)
    if wanted := tuple(filter(reading.wants, omitted)):
        narrated, omitted = whole, ()
    reading.require_found(path, omitted, wanted)
    drafts = chapters_of([Part(path.name, narrated)], [])
    if not drafts:
        raise BookError(f"{path}: no text in it; give a book as .epub, .txt or .md")
    title = _gutenberg(text, "Title") or (blocks[0].text if markdown and blocks[0].level == 1 else path.stem)
    return Book(title, _gutenberg(text, "Author"), _gutenberg(text, "Language"), chapters_from(drafts), omitted)


def _without_contents(blocks: tuple[Block, ...], name: str) -> tuple[tuple[Block, ...], tuple[Omitted, ...]]:
    """Leave out headings that stand again further on: they are lines of a table of contents."""
    last = {block.text.lower(): i for i, block in enumerate(blocks) if block.level}
    kept = tuple(block for i, block in enumerate(blocks) if not block.level or last[block.text.lower()] == i)
    if len(blocks) - len(kept) < 3:
        return blocks, ()
    kept = tuple(block for block in kept if block.text.strip(" .:").lower() not in ("contents", "table of contents"))
    return kept, (Omitted(name, "Contents", "table of contents"),)


def read_bytes(path: Path) -> bytes:
    """Return a file that may be a book. Raises `BookError` where it cannot be read or is far too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BookError(f"{path}: {MOST_BYTES >> 20} MB is more than a book can be; is it one?")
        return path.read_bytes()
    except OSError as error:
        raise BookError(f"{path}: cannot be read ({error.strerror or error})") from error


def _text(path: Path) -> str:
    text = _decoded(read_bytes(path)).replace("\r\n", "\n").replace("\r", "\n")
    odd = sum(1 for char in text[:20_000] if char < " " and char not in "\n\t\f")
    if odd > 0.01 * len(text[:20_000]):
        raise BookError(f"{path}: a binary file, not text; give a book as .epub, .txt or .md")
    if not any(map(str.isalnum, text)):
        raise BookError(f"{path}: the file is empty; give a book as .epub, .txt or .md")
    return re.sub("[\u00ad\u200b\u2060\ufeff\f]", "", text)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _paragraphs(text: str) -> Iterator[Block]:
    for chunk in re.split(r"\n[ \t]*\n", text):
        lines = [line.strip() for line in chunk.splitlines() if line.strip()]
        if not lines:
            continue
        level = 1 if len(lines) <= 3 and _HEADING.match(lines[0]) else 0
        # Gutenberg's frame is found by the beginning of a line, hard wraps are joined, verse keeps its lines.
        text_of = "\n".join(lines) if _is_verse(chunk, lines) else " ".join(lines)
        yield Block(" ".join(text_of.split(" ")), level)


def _is_verse(chunk: str, lines: list[str]) -> bool:
    indented = sum(line.startswith("  ") for line in chunk.splitlines() if line.strip())
    return len(lines) > 1 and indented == len(lines) and max(map(len, lines)) < 60


def _markdown(text: str) -> Iterator[Block]:
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = _without_comments(text)
    text = re.sub(
        r"^(.+)\n(=+|-{3,})[ \t]*$", lambda m: f"{'#' if m[2][0] == '=' else '##'} {m[1]}\n", text, flags=re.M
    )
    text = re.sub(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$", "", text, flags=re.M)
    text = re.sub(r"^(#{1,6} .*)$", r"\n\1\n", text, flags=re.M)
    for chunk in re.split(r"\n[ \t]*\n", text):
        if heading := re.match(r"(#{1,6}) +(.*?)[ #]*$", chunk.strip()):
            yield Block(_unmarked(heading[2]), len(heading[1]))
            continue
        lines = (re.sub(r"^\s*(?:>\s?|[-*+] +|\d+[.)] +)", "", line) for line in chunk.splitlines())
        words = _unmarked("\n".join(line + "\n" * line.endswith("  ") for line in lines))
        plain = "\n".join(" ".join(part.split()) for part in re.split(r"\n{2,}", words)).strip()
        if plain:
            yield Block(plain, 0)


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join([*kept, text[at:]])


def _unmarked(text: str) -> str:
    text = _without_emphasis(_LINK.sub(r"\1", _IMAGE.sub("", text)))
    return re.sub(r"`([^`]*)`", r"\1", text).strip()


def _without_emphasis(text: str) -> str:
    """Take off pairs of the same mark, of which the first stands before something and the second behind something."""
    opened: dict[str, tuple[int, int]] = {}
    pairs: list[tuple[int, int]] = []
    for found in _MARKS.finditer(text):
        mark, span = found[0], found.span()
        before, after = text[span[0] - 1 : span[0]], text[span[1] : span[1] + 1]
        inside = mark[0] == "_" and before.isalnum() and after.isalnum()  # a_name_in_code
        if mark in opened and before.strip() and not inside:
            pairs += [opened.pop(mark), span]
        elif after.strip() and not inside:
            opened[mark] = span
    kept, at = [], 0
    for start, end in sorted(pairs):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _gutenberg(text: str, name: str) -> str:
    found = re.search(rf"^{name}: (.+)$", text[:5000], re.M)
    return " ".join(found.group(1).split()) if found and "Gutenberg" in text[:5000] else ""
