"""`python -m train sounds`: the head of the music encoder that tells music from speech and other sounds.

It is a logistic regression on the features of the network in the box, whose other weights stay as they are. Clips of
speech and of sounds are strung together from short files; voices and packages of the check are not learned from.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.signal import butter, sosfilt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.decode import decode
from scorer.errors import AudioError
from scorer.files import whole_file
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.registry import Entry, load_weights, pair
from scorer.nets.resnet import FEATURES
from train import music
from train.export import MODELS, export
from train.music_cache import LABELLED
from train.recipe import RECIPES, RUNS, read_recipe

RECIPE: Final = RECIPES / "sounds.yaml"
SUFFIXES: Final = (".wav", ".ogg", ".mp3", ".flac", ".opus", ".g722")
MUSIC_FROM_S: Final = 20.0
CLIPS_A_TRACK: Final = 4  # of a game's music
RUN: Final = RUNS / "sounds"
Floats = NDArray[np.float32]
Recipe = Mapping[str, Any]


@click.command("sounds")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--debian", type=click.Path(path_type=Path), required=True, help="Folder of unpacked Debian packages.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), default=RECIPE, help="Another recipe.")
def command(data: Path, debian: Path, recipe_file: Path) -> None:
    """Fit the head that tells music from other sounds, put it into models/ and print its figures."""
    torch.set_num_threads(1)
    recipe = read_recipe(recipe_file)
    known = pair(recipe["pair"]).music
    encoder = MusicEncoder.load(model=recipe["pair"], device="cpu")
    heard = {side: _hear_all(encoder, data, debian, recipe, side) for side in ("learn", "check")}
    x = np.concatenate([features for kinds in heard["learn"].values() for features in kinds.values()])
    y = np.concatenate(
        [np.full(len(f), kind == "music") for kind, groups in heard["learn"].items() for f in groups.values()]
    )
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-4
    model = LogisticRegression(C=recipe["strength"], class_weight="balanced", max_iter=2000)
    model.fit((x - mean) / deviation, y)
    weight = model.coef_ / deviation
    bias = model.intercept_ - weight @ mean
    found = figures(heard["check"], weight[0], float(bias[0]))
    _store(weight, bias, known, recipe)
    click.echo(json.dumps(found, indent=1))


def figures(heard: Mapping[str, Mapping[str, Floats]], weight: Floats, bias: float) -> Mapping[str, Any]:
    """Return the area under the curve and, group by group, the share of clips that are taken for music."""
    logits = {kind: {name: x @ weight + bias for name, x in groups.items()} for kind, groups in heard.items()}
    flat = {kind: np.concatenate(list(groups.values())) for kind, groups in logits.items()}
    others = np.concatenate([values for kind, values in flat.items() if kind != "music"])
    truth = np.concatenate([np.ones(len(flat["music"])), np.zeros(len(others))])
    return {
        "auc": float(roc_auc_score(truth, np.concatenate([flat["music"], others]))),
        "taken for music": {
            kind: {name: [round(float((values > 0.0).mean()), 3), len(values)] for name, values in groups.items()}
            for kind, groups in logits.items()
        },
    }


def _hear_all(
    encoder: MusicEncoder, data: Path, debian: Path, recipe: Recipe, side: str
) -> dict[str, dict[str, Floats]]:
    heard: dict[str, dict[str, Floats]] = {"speech": {}, "sound": {}, "music": {}}
    for kind, groups in recipe[side].items():
        for group in groups:
            heard[kind][group] = _hear(encoder, kind, group, data, debian, recipe, side)
    rng = np.random.default_rng([recipe["seed"], side == "check"])
    noise = [_noise(rng) for _ in range(recipe["noise"][side])]
    heard["sound"]["synthetic noise"] = encoder.features(np.stack(noise))
    return heard


def _hear(encoder: MusicEncoder, kind: str, group: str, data: Path, debian: Path, recipe: Recipe, side: str) -> Floats:
    """Return the features of a group's clips; they are kept, so that a run that was stopped goes on."""
    what = [_network(recipe), FEATURES, kind, group, side, *(recipe[key] for key in ("seed", "clips", "gap_s"))]
    kept = RUN / f"{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}.npy"
    if not kept.exists():
        clips = list(_clips(kind, group, data, debian, recipe, side))
        if not clips:
            raise click.ClickException(f"{group}: no sound there; unpack that package in {debian}")
        RUN.mkdir(parents=True, exist_ok=True)
        with whole_file(kept) as part:
            np.save(part, encoder.features(np.stack(clips)))
    found: Floats = np.load(kept)
    return found


def _network(recipe: Recipe) -> str:
    """Return a hash that tells the network, whatever its heads are."""
    weights = load_weights(pair(recipe["pair"]).music)
    heads = ("moods.", "valence_arousal.", "music.")
    told = [(name, tensor.float().numpy().tobytes()) for name, tensor in weights.items() if not name.startswith(heads)]
    return hashlib.sha256(b"".join(name.encode() + data for name, data in sorted(told))).hexdigest()


def _clips(kind: str, group: str, data: Path, debian: Path, recipe: Recipe, side: str) -> Iterator[Floats]:
    rng = np.random.default_rng([recipe["seed"], *group.encode()])
    if kind == "music":
        yield from _music(group, data, debian, side, rng)
        return
    folder = data / "narration" if group == "narration" else debian / group
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    files = [path for path in files if kind == "speech" or "music" not in str(path.relative_to(folder)).lower()]
    others = [
        debian / name for kinds in (recipe["learn"], recipe["check"]) for names in kinds.values() for name in names
    ]
    others = [other for other in others if other.is_relative_to(folder) and other != folder]  # groups of their own
    files = [path for path in files if not any(path.is_relative_to(other) for other in others)]
    rng.shuffle(files)
    yield from _strung(files, recipe, rng)


def _strung(files: Sequence[Path], recipe: Recipe, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield clips of files that follow each other with short pauses; long files give clips of their own."""
    held, made = np.zeros(0, np.float32), 0
    for path in files:
        samples = _samples(path)
        if not len(samples) or float(np.abs(samples).max()) < 1e-3:
            continue
        gap = np.zeros(int(rng.uniform(*recipe["gap_s"]) * SAMPLE_RATE), np.float32)
        held = np.concatenate([held, samples[: 3 * CLIP_SAMPLES], gap])
        while len(held) >= CLIP_SAMPLES:
            yield held[:CLIP_SAMPLES]
            held, made = held[CLIP_SAMPLES:], made + 1
            if made == recipe["clips"]:
                return


def _music(group: str, data: Path, debian: Path, side: str, rng: np.random.Generator) -> Iterator[Floats]:
    if group in ("panda", "mirex", "held"):
        settings = read_recipe(music.RECIPE)
        read = music.read_data(data, settings, LABELLED)
        held = {str(clip) for clip in read.windows.clips[read.held]}
        names = sorted({str(clip) for clip in read.windows.clips})
        chosen = [n for n in names if (n in held) == (group == "held") and (group == "held" or n.startswith(group))]
        files = [data / "music" / f"{name}.opus" for name in chosen]
    else:
        folder = debian / group
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    for path in files:
        samples = _samples(path)
        labelled = group in ("panda", "mirex", "held")
        if not labelled and len(samples) < MUSIC_FROM_S * SAMPLE_RATE:
            continue
        for _ in range(1 if labelled else CLIPS_A_TRACK):
            first = int(rng.integers(0, max(1, len(samples) - CLIP_SAMPLES)))
            clip = samples[first : first + CLIP_SAMPLES]
            if len(clip) == CLIP_SAMPLES and float(np.abs(clip).max()) > 1e-3:
                # Some voices come as over a telephone: a narrow band must not be what tells speech.
                yield _band(clip, 3600.0) if side == "learn" and rng.random() < 0.2 else clip


def _samples(path: Path) -> Floats:
    try:
        return decode(path, sample_rate=SAMPLE_RATE)
    except AudioError:
        return np.zeros(0, np.float32)


def _band(samples: Floats, high: float) -> Floats:
    return np.asarray(sosfilt(butter(4, high, fs=SAMPLE_RATE, output="sos"), samples), np.float32)


def _noise(rng: np.random.Generator) -> Floats:
    """Return a clip of noise with a random colour, perhaps pulsed, perhaps over a hum."""
    bins = np.fft.rfftfreq(CLIP_SAMPLES, 1 / SAMPLE_RATE)
    spectrum = rng.normal(size=len(bins)) + 1j * rng.normal(size=len(bins))
    spectrum *= np.maximum(bins, 20.0) ** -rng.uniform(0.0, 1.5)
    low, high = sorted(np.exp(rng.uniform(np.log(40.0), np.log(7500.0), 2)))
    if rng.random() < 0.5 and high > 2 * low:
        spectrum *= (bins > low) & (bins < high)
    noise = np.fft.irfft(spectrum, CLIP_SAMPLES)
    time = np.arange(CLIP_SAMPLES) / SAMPLE_RATE
    if rng.random() < 0.5:
        noise *= 0.55 + 0.45 * np.sin(2 * np.pi * np.exp(rng.uniform(np.log(0.1), np.log(12.0))) * time)
    noise /= np.abs(noise).max() + 1e-9
    if rng.random() < 0.3:
        base = rng.choice([50.0, 60.0, 100.0, 120.0])
        hum = sum(np.sin(2 * np.pi * base * k * time) / k for k in range(1, 8))
        noise += rng.uniform(0.3, 2.0) * hum
    return np.asarray(0.3 * noise / np.abs(noise).max(), np.float32)


def _store(weight: NDArray[np.float64], bias: NDArray[np.float64], known: Entry, recipe: Recipe) -> None:
    weights = load_weights(known)
    with safe_open(MODELS / known.file, framework="pt") as file:
        notes = {key: json.loads(value) for key, value in file.metadata().items() if key not in ("commit", "format")}
    weights["music.weight"] = torch.from_numpy(weight.astype(np.float32))
    weights["music.bias"] = torch.from_numpy(bias.astype(np.float32))
    sources = [*(row for row in known.trained_on if not row.startswith("speech and")), recipe["trained_on"]]
    export(
        known.name,
        weights,
        notes={**notes, "sounds": dict(recipe)},
        licence=known.licence,
        trained_on=sources,
        place=(recipe["pair"], "music"),
    )
