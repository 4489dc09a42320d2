"""A scored book as a picture: its cues as bands above the arc of valence and arousal, chapters marked."""

import warnings
from collections.abc import Sequence
from pathlib import Path, PurePath
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from scorer.errors import UserError
from scorer.files import whole_file
from scorer.page.palette import MOOD_COLOURS, SILENCE_COLOUR
from scorer.page.uncertainty import ERRORS, overlap, scatter, standard_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from scorer.cues.cue import Cue
    from scorer.cues.passage import Passage
    from scorer.cues.score import Score

PICTURES: Final = (".png", ".svg")
SIZE: Final = (12.0, 5.0)  # inches
DPI: Final = 120
LINES: Final[dict[str, tuple[str, Any]]] = {"valence": ("#0072b2", "solid"), "arousal": ("#c04f00", (0, (4, 1.5)))}
SMOOTHED: Final = 1 / 200  # of the book's time: the standard deviation of the mean that is drawn
LETTER: Final = 0.0058  # of the picture's width
STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "scorer",
    "text.parse_math": False,  # a dollar in a title begins no formula
}
Floats = NDArray[np.float64]


def require_picture(path: Path) -> None:
    """Raise `UserError` where a file's suffix names no kind of picture that is drawn."""
    if path.suffix.lower() not in PICTURES:
        raise UserError(f"{path}: cannot draw '{path.suffix}'; end the name in one of {', '.join(PICTURES)}")


def write_plot(path: Path, score: "Score") -> None:
    """Draw a scored book, whole or not at all. Raises `UserError` as `require_picture` and `whole_file` do."""
    require_picture(path)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    kind = path.suffix.lower()[1:]
    with mpl.rc_context(STYLE), whole_file(path) as part, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # of a title in another script
        figure = Figure(figsize=SIZE, layout="constrained")
        _draw(figure, score)
        figure.savefig(part, dpi=DPI, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})


def _draw(figure: "Figure", score: "Score") -> None:
    passage = score.passage
    bands, arc = figure.subplots(2, 1, sharex=True, height_ratios=(1, 5))
    seconds = float(passage.times[-1])
    _bands(bands, score.cues, seconds)
    for column, name in enumerate(LINES):
        _line(arc, passage, column, name)
    _chapters(bands, arc, passage)
    bands.set(ylim=(0, 1), yticks=[], xlim=(0, seconds))
    bands.spines[:].set_visible(False)
    bands.tick_params(bottom=False)
    arc.grid(axis="y", color="#dddddd", linewidth=0.6)
    arc.set_ylabel("valence, arousal (0 to 1)")
    form, unit = ("h:mm", 60) if seconds >= 3600 else ("m:ss", 1)
    arc.set_xlabel(f"time, read aloud ({form})")
    arc.xaxis.set_major_locator(_ticks(seconds))
    arc.xaxis.set_major_formatter(lambda time, _: f"{time // unit // 60:.0f}:{time // unit % 60:02.0f}")
    author = f" by {passage.book.author}" if passage.book.author else ""
    figure.suptitle(shorten(passage.book.title + author, 110, placeholder="…"), fontsize=12, x=0.01, ha="left")
    _legend(figure, score)


def _bands(axes: "Axes", cues: Sequence["Cue"], seconds: float) -> None:
    """Draw each cue in its mood's colour, named where there is room."""
    colours = [MOOD_COLOURS.get(cue.mood, SILENCE_COLOUR) if cue.track else SILENCE_COLOUR for cue in cues]
    wide = [(cue.end_s - cue.start_s) / seconds > LETTER for cue in cues]
    axes.broken_barh(
        [(cue.start_s, cue.end_s - cue.start_s) for cue in cues],
        (0, 1),
        facecolors=colours,
        edgecolors=["white" if room else "none" for room in wide],
        linewidth=0.5,
    )
    for cue, colour in zip(cues, colours, strict=True):
        name = PurePath(cue.track).stem if cue.track else "silence"
        if lines := _wrapped(name, int((cue.end_s - cue.start_s) / seconds / LETTER)):
            ink = "white" if colour == MOOD_COLOURS["scary"] else "black"  # whichever contrasts more
            middle = (cue.start_s + cue.end_s) / 2
            axes.text(middle, 0.5, "\n".join(lines), ha="center", va="center", fontsize=7.5, color=ink)


def _wrapped(name: str, letters: int) -> list[str]:
    """Return a name in at most three lines of so many letters, or nothing where it does not fit."""
    lines: list[str] = []
    for word in name.replace("-", " ").replace("_", " ").split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines if len(lines) <= 3 and all(len(line) <= letters for line in lines) else []


def _line(axes: "Axes", passage: "Passage", column: int, name: str) -> None:
    middles = np.array([(passage.times[w.core_first] + passage.times[w.core_last + 1]) / 2 for w in passage.windows])
    mean, error = smoothed(
        passage.emotions.valence_arousal[:, column].astype(np.float64),
        middles,
        passage.seconds,
        SMOOTHED * float(passage.times[-1]),
        overlap(passage.windows),
    )
    colour, style = LINES[name]
    low, high = (np.clip(mean + side * ERRORS * error, 0, 1) for side in (-1, 1))
    axes.fill_between(middles, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(middles, mean, color=colour, linestyle=style, linewidth=1.6)


def smoothed(values: Floats, at: Floats, weights: Floats, width: float, shared: float) -> tuple[Floats, Floats]:
    """Return the means of values (n,) around each, by a Gaussian of `width` over `at`, and their standard errors.

    `shared` is the windows' overlap, as in `scorer.page.uncertainty`.
    """
    mean, error, deviations = np.empty_like(values), np.empty_like(values), scatter(values, shared)
    for i, centre in enumerate(at):
        first, stop = np.searchsorted(at, (centre - 3 * width, centre + 3 * width))
        near = slice(min(first, i), max(stop, i + 1))
        share = weights[near] * np.exp(-0.5 * ((at[near] - centre) / max(width, 1e-9)) ** 2)
        mean[i] = np.average(values[near], weights=share)
        error[i] = standard_error(float(deviations[i]), share, shared)
    return mean, error


def _chapters(bands: "Axes", arc: "Axes", passage: "Passage") -> None:
    """Mark where chapters begin, and name them by what fits: title, number or nothing."""
    starts = [float(passage.times[first]) for first in passage.book.first_sentences]
    seconds, free = float(passage.times[-1]), 0.0
    for number, (chapter, start, end) in enumerate(
        zip(passage.book.chapters, starts, [*starts[1:], seconds], strict=True), 1
    ):
        arc.axvline(start, color="#999999", linewidth=0.7, linestyle=(0, (1, 3)))
        bands.plot([start, start], [1, 1.12], color="#999999", linewidth=0.7, clip_on=False)
        fits = len(chapter.title) + 2 <= (end - start) / seconds / LETTER
        label = chapter.title if fits and chapter.title else str(number)
        if start >= free:
            bands.annotate(
                label,
                (start, 1.1),
                (3, 0),
                textcoords="offset points",
                fontsize=7.5,
                color="#444444",
                annotation_clip=False,
            )
            free = start + (len(label) + 1.5) * LETTER * seconds


def _ticks(seconds: float) -> Any:
    from matplotlib.ticker import MultipleLocator

    steps = (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
    return MultipleLocator(next((step for step in steps if seconds / step <= 14), 36000))


def _legend(figure: "Figure", score: "Score") -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    heard = {cue.mood for cue in score.cues if cue.track}
    handles: list[Any] = [Line2D([], [], color=c, linestyle=s, label=name) for name, (c, s) in LINES.items()]
    handles.append(Patch(facecolor="#888888", alpha=0.3, label=f"uncertainty (± {ERRORS:g} standard errors)"))
    handles += [Patch(facecolor=colour, label=mood) for mood, colour in MOOD_COLOURS.items() if mood in heard]
    handles.append(Patch(facecolor=SILENCE_COLOUR, label="silence"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8.5)
