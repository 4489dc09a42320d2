"""`train/RESULTS.md`: the table of all strategies beside the papers' figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final

from scorer.emotion import MOODS
from scorer.evaluate import STRATEGIES
from scorer.evaluate.mappings import MAPPINGS
from scorer.files import whole_file

RESULTS: Final = Path(__file__).parents[1] / "RESULTS.md"
# The best figure of Won et al. (2021) in each column, over their six strategies: P@5, MRR.
PAPER: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "alm": {"VA": (0.4325, 0.6282), "W2V": (0.5095, 0.5863), "Manual": (0.6100, 0.7398)},
    "isear": {"VA": (0.3440, 0.5247), "W2V": (0.4317, 0.4953), "Manual": (0.6218, 0.7668)},
}
# AmbianceNet's published micro- and macro-averaged precision, mean and deviation of ten trainings.
AMBIANCE: Final = {
    "text": ((0.559, 0.004), (0.408, 0.028)),
    "music, signed": ((0.548, 0.014), (0.554, 0.010)),
    "connection, signed": ((0.365, 0.057), (0.422, 0.036)),
}
INTRODUCTION: Final = """# Results

Written by `python -m train benchmark --data DIR`; do not edit. Text-to-music retrieval as Won et al. (ISMIR 2021)
measure it: for each text of a test side all 420 mood clips of AudioSet's evaluation part are ranked; P@5 and mean
reciprocal rank, averaged per text class, then over classes, under three mappings from text labels to moods. *default*
is the pair of models in the box: one text encoder and one VGGish tower for all data sets and mappings. The strategies
are trained a data set at a time from five seeds, with frozen MiniLM sentence vectors and a small convolutional tower
on VGGish features, on AudioSet's balanced training part; ± is the deviation over seeds, and brackets hold the 95 %
bootstrap interval over queries (of the first seed).

The paper's figures are the best of its six strategies in each column. They are not strictly comparable: the paper
tested on another draw of AudioSet clips (its code lists 344), with an end-to-end audio encoder, and chose on the same
author's texts that it tested on. GoEmotions is not in the paper; its mappings are ours
(`scorer/evaluate/mappings.py`).
"""

AMBIANCE_TEXT: Final = """\
Micro- and macro-averaged precision, ten trainings. Text: the label nearest in VAD, lumped to Ekman's emotions and
neutral, on comments with one label. Music: the nearest mood, in five lumps. Connection: the nearest clip to a
comment is of the lump that is nearest in VAD to the comment's label. *signed* reads AudioSet's bytes as AmbianceNet
did, *unsigned* as they are. The default is measured by its likeliest label, lump and clip."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training: its data set, strategy, seed, and its result as `scorer evaluate --json` gives it."""

    dataset: str
    strategy: str
    seed: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Within:
    """What a space looks like from within; see `train/strategies/spaces.py`. None where text has no place in it."""

    separation: float
    mixing: float | None
    mapped: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Table:
    """All that is reported.

    The runs, the default's result a data set, AmbianceNet's trials, our models' precision, and of each data set's
    spaces the separation of moods, the mixing of text and music, and how many labels find a mood of theirs.
    """

    runs: Sequence[Run]
    default: Mapping[str, Mapping[str, Any]]
    trials: Sequence[Mapping[str, Any]]
    ours: Mapping[str, Mapping[str, float]]
    spaces: Mapping[str, Mapping[str, Within]]


def write_results(table: Table) -> Path:
    """Write the report; return its path."""
    parts = [
        INTRODUCTION,
        *(_dataset(table, dataset) for dataset in MAPPINGS),
        _spaces(table),
        _ambiance(table),
        _classes(table),
    ]
    with whole_file(RESULTS) as part:
        part.write_text("\n".join(parts), encoding="utf-8")
    return RESULTS


def _dataset(table: Table, dataset: str) -> str:
    default = table.default[dataset]
    maps = list(default["mappings"])
    lines = [f"## {dataset}: {default['queries']} queries, {default['clips']} clips", ""]
    lines.append("| strategy | " + " | ".join(f"{name} P@5 | {name} MRR" for name in maps) + " |")
    lines.append("|---" * (1 + 2 * len(maps)) + "|")
    lines.append(_row("**default**", [_interval(default["mappings"][name], key) for name in maps for key in KEYS]))
    for strategy in STRATEGIES:
        results = [run.result for run in table.runs if (run.dataset, run.strategy) == (dataset, strategy)]
        cells = []
        for name in maps:
            for key in KEYS:
                values = [float(result["mappings"][name][key]) for result in results]
                cells.append(f"{mean(values):.3f} ± {stdev(values):.3f}")
        lines.append(_row(strategy, cells))
    for name in ("random", "oracle"):
        lines.append(_row(name, [f"{default[name][which][key]:.3f}" for which in maps for key in KEYS]))
    if dataset in PAPER:
        lines.append(_row("Won et al., best", [f"{value:.3f}" for which in maps for value in PAPER[dataset][which]]))
        ahead = sum(
            default["mappings"][which][key] > PAPER[dataset][which][n] for which in maps for n, key in enumerate(KEYS)
        )
        lines += ["", f"The default is ahead of the paper's best in {ahead} of {2 * len(maps)} columns."]
    return "\n".join([*lines, ""])


KEYS: Final = ("p_at_5", "mrr")


def _interval(figures: Mapping[str, Any], key: str) -> str:
    low, high = figures[f"{key}_interval"]
    return f"**{figures[key]:.3f}** [{low:.3f}, {high:.3f}]"


# What bridges the two vocabularies in each space.
BRIDGE: Final = {
    "default": "learned: soft affinities of labels and moods",
    "classification": "given: equal words",
    "multi-head": "none",
    "valence-arousal": "given: valence and arousal of words",
    "word2vec": "given: word vectors",
    "two-branch": "given: the nearest word vector's mood",
    "three-branch": "learned from word vectors, and the nearest one's mood",
}
SPACES_TEXT: Final = """\
After the paper's Table 4. *Retrieval*: the mean of P@5 and MRR over the three mappings (strategies: over the seeds
too). *Distribution*: the silhouette of clips by mood (1: apart, 0: mixed), and text and music as neighbours: clips
among the ten nearest of a text, against an even mixture (1: one cloud, 0: two). *Mapping*: labels whose nearest mood,
by the mean over its clips, is one that people would allow, and what bridges the vocabularies. The towers are those in
the box, of seed 1.
Drawn: [figures/spaces-alm.png](figures/spaces-alm.png), by `python -m train figure --data DIR`."""


def _spaces(table: Table) -> str:
    lines = ["## What each space gives", "", SPACES_TEXT, ""]
    names = list(table.spaces)
    heads = [f"{name} {what}" for name in names for what in ("retrieval", "silhouette", "neighbours", "mapping")]
    lines.append("| space | " + " | ".join(heads) + " | bridge |")
    lines.append("|---" * (2 + len(heads)) + "|")
    for strategy, bridge in BRIDGE.items():
        cells = []
        for name in names:
            within = table.spaces[name][strategy]
            cells += [f"{_retrieval(table, name, strategy):.3f}", f"{within.separation:.2f}"]
            cells.append("" if within.mixing is None else f"{within.mixing:.2f}")
            cells.append("" if within.mapped is None else f"{within.mapped[0]} of {within.mapped[1]}")
        lines.append(_row(strategy, [*cells, bridge]))
    return "\n".join([*lines, ""])


def _retrieval(table: Table, dataset: str, strategy: str) -> float:
    results = [run.result for run in table.runs if (run.dataset, run.strategy) == (dataset, strategy)]
    results = results or [table.default[dataset]]
    return mean(float(each[key]) for result in results for each in result["mappings"].values() for key in KEYS)


def _ambiance(table: Table) -> str:
    lines = ["## AmbianceNet", ""]
    lines.append(AMBIANCE_TEXT)
    lines += ["", "| | published | rebuilt | default |", "|---|---|---|---|"]
    for name in table.trials[0]:
        published = AMBIANCE.get(name)
        left = " / ".join(f"{m:.3f} ± {d:.3f}" for m, d in published) if published else ""
        values = {key: [float(trial[name][key]) for trial in table.trials] for key in ("micro", "macro")}
        rebuilt = " / ".join(f"{mean(each):.3f} ± {stdev(each):.3f}" for each in values.values())
        own = table.ours.get(name)
        right = f"{own['micro']:.3f} / {own['macro']:.3f}" if own else ""
        lines.append(_row(name, [left, rebuilt, right]))
    return "\n".join([*lines, ""])


def _classes(table: Table) -> str:
    lines = ["## The default by class", "", "P@5 / MRR under each mapping, and the moods of the first five clips.", ""]
    for dataset, result in table.default.items():
        maps = list(result["mappings"])
        lines.append("| " + " | ".join([dataset, "queries", *maps, *MOODS]) + " |")
        lines.append("|---" * (2 + len(maps) + len(MOODS)) + "|")
        for label, shares in result["confusion"].items():
            rows = [result["mappings"][name]["per_class"][label] for name in maps]
            cells = [str(rows[0]["queries"]), *(f"{row['p_at_5']:.2f} / {row['mrr']:.2f}" for row in rows)]
            lines.append(_row(label, [*cells, *(f"{share:.2f}" for share in shares)]))
        lines.append("")
    return "\n".join(lines)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"
