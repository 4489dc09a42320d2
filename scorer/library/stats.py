"""Figures of a whole index: what is in it, and how it is searched."""

from pathlib import Path
from typing import Any

from scorer.library.catalogue import copies_of, list_library
from scorer.library.database import meta_of, to_read
from scorer.library.index import EXACT_LIMIT


def stats_of(folder: Path) -> dict[str, Any]:
    """Return figures by name. Raises `LibraryError` where there is no index or it cannot be read.

    `recall` is that of the ten nearest clips, found through the graph with `ef` for passages of books, of those that
    exact search finds; `exact_ms` and `graph_ms` are what a passage took when the graph was built. All are None where
    search is exact.
    """
    tracks, failures = list_library(folder)
    with to_read(folder) as connection:
        meta = meta_of(connection)
    clips = sum(track.clips for track in tracks)
    graph = clips > EXACT_LIMIT
    return {
        "tracks": len(tracks),
        "hours": round(sum(track.seconds for track in tracks) / 3600, 2),
        "clips": clips,
        "no_music": sum(not track.is_music for track in tracks),
        "without_licence": sum(not track.licence for track in tracks),
        "there_twice": len(copies_of(folder)),
        "failed": len(failures),
        "model": meta.get("model"),
        "complete": bool(meta.get("complete")),
        "search": "graph" if graph else "exact",
        **{name: meta.get(name) if graph else None for name in ("ef", "recall", "exact_ms", "graph_ms")},
    }
