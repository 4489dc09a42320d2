"""`python -m train figure`: text, tags and music of each emotion space, drawn in two dimensions.

UMAP (McInnes et al. 2018) is fitted on the music alone and places texts and tags; the valence-arousal plane is drawn as
it is.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS
from scorer.evaluate.mappings import MAPPINGS
from scorer.files import whole_file
from train.strategies.spaces import Space, Vectors, read_spaces

FOLDER: Final = Path(__file__).parent / "figures"
SEED: Final = 1
# Okabe and Ito's palette, told apart by the colour-blind too
COLOURS: Final = dict(
    zip(MOODS, ("#E69F00", "#F0E442", "#0072B2", "#009E73", "#D55E00", "#000000", "#CC79A7"), strict=True)
)
MARKERS: Final = "^vsDPXp"
Points = NDArray[np.float64]


@click.command("figure")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--dataset", type=click.Choice(list(MAPPINGS)), default="alm", show_default=True)
def command(data: Path, dataset: str) -> None:
    """Draw every space to train/figures/spaces-DATASET.png and .svg."""
    spaces = read_spaces(dataset, data)
    placed = [place(space) for space in spaces]
    FOLDER.mkdir(exist_ok=True)
    for path in draw(spaces, placed, dataset):
        click.echo(str(path))


def place(space: Space) -> tuple[Points, Points, Points]:
    """Return where a space's music (c, 2), texts (q, 2) and tags (k, 2) are drawn."""
    texts = np.empty((0, space.music.shape[1]), np.float32) if space.texts is None else space.texts
    tags = np.array(list(space.tags.values()), np.float32).reshape(-1, space.music.shape[1])
    if space.plane:
        return space.music.astype(np.float64), texts.astype(np.float64), tags.astype(np.float64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        from umap import UMAP

    fitted: Any = UMAP(metric="cosine", random_state=SEED, n_jobs=1).fit(space.music)
    return np.asarray(fitted.embedding_), _transformed(fitted, texts), _transformed(fitted, tags)


def _transformed(fitted: Any, vectors: Vectors) -> Points:
    return np.asarray(fitted.transform(vectors)) if len(vectors) else np.empty((0, 2))


def draw(spaces: Sequence[Space], placed: Sequence[tuple[Points, Points, Points]], dataset: str) -> list[Path]:
    """Draw one panel a space and a legend; return the files."""
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "scorer"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 4, figsize=(20, 10.5), layout="constrained")
    labels = sorted(set(spaces[0].labels))
    for panel, space, points in zip(axes.flat, spaces, placed, strict=False):
        _panel(panel, space, points, labels)
    _legend(axes.flat[len(spaces)], labels)
    files = [FOLDER / f"spaces-{dataset}.{suffix}" for suffix in ("png", "svg")]
    for path in files:
        with whole_file(path) as part:
            figure.savefig(
                part, dpi=90, format=path.suffix[1:], metadata={"Date": None} if path.suffix == ".svg" else {}
            )
    pyplot.close(figure)
    return files


def _panel(panel: Any, space: Space, points: tuple[Points, Points, Points], labels: Sequence[str]) -> None:
    music, texts, tags = points
    panel.scatter(*music.T, s=14, c=[COLOURS[mood] for mood in space.moods], alpha=0.65, linewidths=0)
    own = np.array(space.labels)
    for number, label in enumerate(labels):
        if len(texts):
            rows = texts[own == label]
            panel.scatter(
                *rows.T, s=34, marker=MARKERS[number], facecolors="none", edgecolors="#555555", linewidths=0.9
            )
    for name, spot in zip(space.tags, tags, strict=True):
        panel.annotate(name, spot, fontsize=9, weight="bold", ha="center", bbox={"fc": "white", "alpha": 0.7, "lw": 0})
    panel.set_title(space.name if space.texts is not None else f"{space.name} (music alone: no common space)")
    if space.plane:
        panel.set_xlabel("valence")
        panel.set_ylabel("arousal")
    else:
        panel.set_xticks([])
        panel.set_yticks([])


def _legend(panel: Any, labels: Sequence[str]) -> None:
    panel.axis("off")
    music = [panel.scatter([], [], s=40, c=colour, label=f"music: {mood}") for mood, colour in COLOURS.items()]
    texts = [
        panel.scatter([], [], s=40, marker=MARKERS[n], facecolors="none", edgecolors="#555555", label=f"text: {label}")
        for n, label in enumerate(labels)
    ]
    panel.legend(handles=[*music, *texts], loc="center", fontsize=12, frameon=False)
