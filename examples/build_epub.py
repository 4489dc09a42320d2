"""Build the story's EPUB from its Markdown: python examples/build_epub.py [TARGET]. Same source, same bytes."""

import html
import re
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "three-strokes-and-a-rest.epub"
TITLE = "Three Strokes and a Rest"
AUTHOR = "The scorer project"
DATE = (2026, 1, 1, 0, 0, 0)

CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:6f1c8f5e-6d6a-5f0b-9a53-3a9be0f6c1d2</dc:identifier>
<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>en</dc:language>
<dc:rights>CC BY 4.0</dc:rights><meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>
</metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{manifest}</manifest>
<spine>{spine}</spine>
</package>
"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en" lang="en">
<head><title>{title}</title></head>
<body>{body}</body>
</html>
"""


def chapters() -> list[tuple[str, list[str]]]:
    """Return (title, paragraphs) of each chapter, in order."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "story").glob("*.md"))]
    parts = [[part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()] for text in texts]
    return [(heading.removeprefix("# "), paragraphs) for heading, *paragraphs in parts]


def typographic(text: str) -> str:
    """Return text escaped for XHTML, with curly quotation marks."""
    text = re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”")
    return html.escape(re.sub(r"(^|[\s(])'", r"\1‘", text).replace("'", "’"), quote=False)


def pages() -> dict[str, str]:
    """Return the XHTML documents by name, in the order of the spine."""
    made = {
        "titlepage.xhtml": PAGE.format(
            title=TITLE, body=f'<section epub:type="titlepage"><h1>{TITLE}</h1><p>{AUTHOR}</p></section>'
        ),
        "copyright.xhtml": PAGE.format(
            title="Copyright",
            body='<section epub:type="copyright-page"><p>© 2026 the scorer authors. This story is licensed under '
            "Creative Commons Attribution 4.0 International (CC BY 4.0).</p></section>",
        ),
    }
    for number, (title, paragraphs) in enumerate(chapters(), 1):
        body = "".join(f"<p>{typographic(paragraph)}</p>\n" for paragraph in paragraphs)
        section = f'<section epub:type="chapter"><h2>{typographic(title)}</h2>\n{body}</section>'
        made[f"chapter-{number}.xhtml"] = PAGE.format(title=typographic(title), body=section)
    return made


def build(target: Path) -> None:
    """Write the EPUB."""
    documents = pages()
    manifest = "".join(f'<item id="{n[:-6]}" href="{n}" media-type="application/xhtml+xml"/>' for n in documents)
    spine = "".join(f'<itemref idref="{name[:-6]}"/>' for name in documents)
    listed = [(f"chapter-{number}.xhtml", title) for number, (title, _) in enumerate(chapters(), 1)]
    toc = "".join(f'<li><a href="{name}">{typographic(title)}</a></li>' for name, title in listed)
    nav = PAGE.format(title="Contents", body=f'<nav epub:type="toc"><h1>Contents</h1><ol>{toc}</ol></nav>')
    members = {
        "META-INF/container.xml": CONTAINER,
        "EPUB/package.opf": PACKAGE.format(title=TITLE, author=AUTHOR, manifest=manifest, spine=spine),
        "EPUB/nav.xhtml": nav,
        **{f"EPUB/{name}": text for name, text in documents.items()},
    }
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", DATE), "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in members.items():
            # Stored, not deflated: compressors differ between machines, and the story is short.
            archive.writestr(zipfile.ZipInfo(name, DATE), text, zipfile.ZIP_STORED)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
