"""`scorer explain`: why a cue is what it is."""

import json
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from scorer.cli.options import json_option, scoring_options, settings_option
from scorer.cues.wishes import SILENCE

if TYPE_CHECKING:
    from scorer.book import Reading
    from scorer.cues.explain import Explanation


@click.command()
@click.argument("cues", type=click.Path(path_type=Path))
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--cue", "number", type=int, required=True, metavar="N", help="The number of the cue.")
@settings_option
@scoring_options
@json_option
def command(
    cues: Path,
    book: Path,
    number: int,
    wish_file: Path | None,
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    as_json: bool,
    **settings: float,
) -> None:
    """Say why a cue of CUES, a cue sheet of BOOK, is what it is.

    Give the settings that made the sheet, so that its windows are cut and weighed as they were then. The influence of a
    sentence or word is what the passage's similarity with the music loses without it.
    """
    from scorer.cli.scoring import windows_bar, wishes_for
    from scorer.cues.keep import cue_numbered

    cue = cue_numbered(number, cues)
    from scorer.cues.score import Desk

    wishes, chosen = wishes_for(book, settings, wish_file)
    desk = Desk.open(index_folder, model)
    with windows_bar() as advance:
        found = desk.explain(book, cues, cue, chosen, reading=reading, wishes=wishes, progress=advance)
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else "\n".join(_lines(found)))


def _lines(found: "Explanation") -> list[str]:
    cue = found.cue
    settled = ", locked" if cue.lock else ""
    heard = ", ".join(f"{mood} {share:.0%}" for mood, share in found.moods[:4])
    score = "none, as it is not in the index" if cue.track else "none, as it is silence"
    if found.score is not None:
        score = f"{found.score:.3f}, {found.score - max([0.0, *(s for _, s in found.runners_up)]):+.3f} on the others"
    alone = ", ".join(f"{_name(track)} {share:.0%}" for track, share in found.alone)
    others = ", ".join(f"{_name(track)} {score:.3f}" for track, score in found.runners_up)
    lines = [
        f"cue {cue.cue}: {_name(cue.track) or SILENCE}{settled}, sentences {cue.first_sentence} to {cue.last_sentence}",
        f"  feels like   {heard}; valence {found.valence:.2f}, arousal {found.arousal:.2f}",
        f"  similarity   {score}",
        f"  runners-up   {others or 'none'}",
        f"  alone        its windows would have {alone}",
        "  moved by" if found.score is not None else "  moved towards silence by",
    ]
    for sentence in found.sentences:
        words = ", ".join(f"{word} {effect:+.3f}" for word, effect in sentence.words)
        lines += [f"    {sentence.effect:+.3f}  {sentence.sentence}: {sentence.text}", f"            {words}"]
    return lines


def _name(track: str) -> str:
    return PurePath(track).name
