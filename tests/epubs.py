"""Small EPUBs for tests, written member by member so that each can be wrong in one way."""

import zipfile
from pathlib import Path

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def page(body: str, kind: str = "") -> str:
    """Return an XHTML document; `kind` is its epub:type."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head>'
        f'<body><section epub:type="{kind}">{body}</section></body></html>'
    )


def members(pages: dict[str, str], toc: str = "", *, linear: dict[str, str] | None = None) -> dict[str, str]:
    """Return the members of an EPUB 3 whose spine is `pages` (name to XHTML) and whose nav has the <li>s of `toc`."""
    manifest = "".join(f'<item id="{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in pages)
    spine = "".join(f'<itemref idref="{n}" linear="{(linear or {}).get(n, "yes")}"/>' for n in pages)
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="u"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="u">x</dc:identifier><dc:title>The Fog</dc:title>'
        "<dc:creator>A. Writer</dc:creator><dc:language>en</dc:language></metadata><manifest>"
        f'<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{manifest}'
        f"</manifest><spine>{spine}</spine></package>"
    )
    nav = page(f'<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="toc"><ol>{toc}</ol></nav>')
    documents = {f"OPS/{name}": text for name, text in pages.items()}
    return {"META-INF/container.xml": CONTAINER, "OPS/book.opf": opf, "OPS/nav.xhtml": nav, **documents}


def write(path: Path, contents: dict[str, str]) -> Path:
    """Write an EPUB of members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in contents.items():
            archive.writestr(name, text)
    return path
