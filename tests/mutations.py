"""Seeded mutations of books.

Members of EPUBs are cut, doubled, swapped, renamed, re-encoded and salted, and the archive's bytes changed; so are the
bytes of books that are one file, with the marks of their own kinds as salt.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

Members = dict[str, bytes]

SALT = (
    b"<", b">", b"&", b'"', b"\x00", b"\xff\xfe", b"]]>", b"<!--", b"<![CDATA[", b"&#0;", b"&#x110000;", b"&nbsp;", b"&x;",
    b"<p>", b"</body>", b"<nav>", b"<svg>", b"<script>", b"<!DOCTYPE x [", b"<?xml version='1.0' encoding='utf-7'?>",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xe2\x80\x9c", b"../../../../etc/passwd", b"file:///dev/zero", b"%00", b"%2e%2e/",
    b"#", b"//", b"-1", b"9" * 40, b"a" * 5000, b"<i>" * 400, b"</i>" * 400, b" epub:type='toc'", b" hidden=''", b" id=''",
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-be", "latin-1", "utf-32", "cp037")


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def packed(members: Members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _span(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 10)))


def _cut(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def _double(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:]


def _salt(rng: random.Random, data: bytes) -> bytes:
    start, _ = _span(rng, data)
    return data[:start] + rng.choice(SALT) + data[start:]


def _noise(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + rng.randbytes(end - start) + data[end:]


def _value(rng: random.Random, data: bytes) -> bytes:
    """Give the value of an attribute to another, or salt to it."""
    quoted = data.split(b'"')
    if len(quoted) > 3:
        quoted[rng.randrange(1, len(quoted))] = rng.choice((rng.choice(SALT), rng.choice(quoted), b""))
    return b'"'.join(quoted)


def _recoded(rng: random.Random, data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _double, _salt, _noise, _value, _value, _recoded)


def mutated(rng: random.Random, members: Members) -> bytes:
    """Return an EPUB of changed members, or of changed bytes of the archive."""
    changed = dict(members)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(sorted(changed))
        kind = rng.randrange(12)
        if kind == 0 and len(changed) > 1:
            del changed[name]
        elif kind == 1:
            changed[rng.choice((f"../{name}", name.upper(), f"/{name}", name + "\u0301", "x" * 300))] = changed.pop(
                name
            )
        elif kind == 2:
            changed[name] = changed[rng.choice(sorted(changed))]
        else:
            changed[name] = rng.choice(CHANGES)(rng, changed[name])
    data = packed(changed)
    return rng.choice((_cut, _noise, _salt))(rng, data) if rng.random() < 0.15 else data


def mutations(seed: int, count: int, sources: list[Members]) -> Iterator[bytes]:
    """Yield `count` mutated EPUBs; the same seed gives the same."""
    rng = random.Random(seed)
    for _ in range(count):
        yield mutated(rng, rng.choice(sources))


WEB_SALT = (
    b"<h1>", b"</h2>", b"<table><tr><td>", b"<ruby>a<rt>b</rt></ruby>", b"<style>", b"<textarea>", b"<plaintext>", b"<title>",
    b"<meta charset='utf-16'>", b"<section>" * 300, b"</section>", b"<body>", b"<body name='notes'>", b"<a type='note'>", b"<binary>",
    b"<stanza><v>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;" * 50, b"<?xml version='1.1'?>", b" xmlns='x'", b"<div " + b"a='b' " * 200,
)  # fmt: skip
PLAIN_SALT = (
    b"\n\n", b"\r", b"\f", b"# ", b"###### ", b"***", b"_" * 300, b"*" * 300, b"* _ " * 200, b"[" * 300, b"](", b"![a](b)", b"[a][b]",
    b"`" * 99, b"---\n", b"\n===\n", b"> " * 300, b"<!--", b"-->", b"CHAPTER I\n\n", b"\n\nContents\n\n", b"Title: x\n",
    b"*** START OF THE PROJECT GUTENBERG EBOOK X ***\n", b"*** END OF THE PROJECT GUTENBERG EBOOK X ***\n", b"\xfe\xff", b"\xef\xbb\xbf",
    b" " * 2000, b"\t" * 2000, b"\n \n" * 500, "\u201c\u2018".encode() * 200, b"!?" * 500, b"... . . . " * 100, "\u2014".encode() * 500,
)  # fmt: skip


def altered(rng: random.Random, data: bytes) -> bytes:
    """Return the changed bytes of a book that is one file."""
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.4:
            start, _end = _span(rng, data)
            data = data[:start] + rng.choice(WEB_SALT + PLAIN_SALT) + data[start:]
        else:
            data = rng.choice(CHANGES)(rng, data)
    return data
