"""What the music encoder's training promises: no artist on both sides, even moods, honest figures."""

import numpy as np
import pytest
import torch

pytest.importorskip("sklearn", reason="training needs the extra 'train'")


from scorer.emotion import MOODS
from scorer.nets.resnet import FEATURES, MusicNet
from train.music_cache import Label, Windows
from train.music_figures import figures
from train.music_refit import refit
from train.music_split import held_out_rows
from train.music_targets import build_targets
from train.musicnn import WORDS

WEIGHTS = {
    "teacher": 0.7,
    "word": 0.7,
    "words": {},
    "probe": 0.7,
    "label": 2.0,
    "quadrant": 0.5,
    "sharpness": 1.3,
    "own": 0.7,
    "label_share": 0.8,
}


def labelled(clips: int, seed: int) -> dict[str, Label]:
    draw = np.random.default_rng(seed)
    out = {}
    for i in range(clips):
        group, moods = int(draw.integers(clips // 3)), frozenset(draw.choice(MOODS, 2))
        name = f"panda/{i}" if i % 2 else f"mirex/{i}"
        out[name] = Label(group, i // 2 % 4 if i % 2 else None, None if i % 2 else i // 2 % 5, moods)
    return out


def windows(names: list[str], labels: dict[str, Label], seed: int) -> Windows:
    """Three windows a clip, whose teacher hears the label moods, badly."""
    draw = np.random.default_rng(seed)
    clips = np.repeat(np.array(names), 3)
    moods = np.array(
        [[m in labels[c].moods if c in labels else False for m in MOODS] for c in clips.tolist()], np.float32
    )
    logits = draw.normal(-6.0, 1.0, (len(clips), 527)).astype(np.float32)
    logits[:, 276:283] += moods - np.arange(7)  # and finds the later ones ever less likely
    embeddings = np.concatenate([moods, np.zeros((len(clips), 377))], axis=1) + draw.normal(0, 1, (len(clips), 384))
    return Windows(clips, np.zeros(len(clips), np.float32), logits, embeddings.astype(np.float32))


def test_no_artist_is_on_both_sides_and_folds_tile_the_clips() -> None:
    labels = labelled(90, 0)
    made = windows([*labels, "game/a.ogg"], labels, 1)
    folds = [held_out_rows(made, labels, folds=5, held_out=k, seed=3) for k in range(5)]
    assert (np.sum(folds, axis=0) == [clip in labels for clip in made.clips]).all()
    for held in folds:
        groups = [{labels[c].artist_group for c in made.clips[side] if c in labels} for side in (held, ~held)]
        assert not groups[0] & groups[1]


def test_targets_are_distributions_with_even_moods_and_follow_the_labels() -> None:
    labels = labelled(120, 2)
    made = windows([*labels, *(f"game/{i}.ogg" for i in range(40))], labels, 4)
    tags = np.random.default_rng(6).normal(0, 1, (len(made.clips), 200)).astype(np.float32)
    targets = build_targets(made, tags, labels, np.ones(len(made.clips), bool), WEIGHTS)
    assert np.allclose(targets.moods.sum(axis=1), 1.0, atol=1e-5)
    assert targets.moods.mean(axis=0).min() > 0.5 / len(MOODS)
    assert ((targets.valence_arousal >= 0) & (targets.valence_arousal <= 1)).all()
    known = targets.label_moods[:, 0] >= 0
    said, unsaid = (targets.moods[known][targets.label_moods[known] == value].mean() for value in (1, 0))
    assert said > 3 * unsaid


def test_a_tag_branch_that_hears_well_mends_the_targets_of_clips_without_labels() -> None:
    labels = labelled(150, 7)
    made, draw = windows([*labels], labels, 8), np.random.default_rng(9)
    seen = np.array([int(clip.split("/")[1]) % 3 > 0 for clip in made.clips])
    moods = np.array([[mood in labels[clip].moods for mood in MOODS] for clip in made.clips.tolist()], np.float32)
    noise = draw.normal(0, 1, (len(moods), 200)).astype(np.float32)
    well = np.concatenate([moods, np.zeros((len(moods), 193), np.float32)], axis=1) + 0.3 * noise
    known = {clip: label for clip, label in labels.items() if int(clip.split("/")[1]) % 3}
    deaf, mended = (build_targets(made, tags, known, seen, WEIGHTS).moods[~seen] for tags in (noise, well))
    truth = moods[~seen] / moods[~seen].sum(axis=1, keepdims=True)
    assert (mended * truth).sum() > 1.1 * (deaf * truth).sum()


def test_words_of_the_tag_branch_are_evidence_for_their_moods(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = labelled(60, 12)
    made = windows([*labels], labels, 13)
    words = np.random.default_rng(14).normal(0, 1, (len(made.clips), len(WORDS))).astype(np.float32)
    monkeypatch.setattr("train.music_targets.words_of", lambda tags: words)
    every, tags = np.ones(len(made.clips), bool), np.zeros((len(made.clips), 200), np.float32)
    told = {**WEIGHTS, "words": {"sad": ["sad"], "exciting": ["party", "dance"]}}
    with_words, without = (build_targets(made, tags, labels, every, weights).moods for weights in (told, WEIGHTS))
    moved = np.log(with_words) - np.log(without)
    sad, party = words[:, WORDS.index("sad")], words[:, WORDS.index("party")]
    assert np.corrcoef(moved[:, MOODS.index("sad")] - moved[:, MOODS.index("funny")], sad)[0, 1] > 0.6
    assert np.corrcoef(moved[:, MOODS.index("exciting")] - moved[:, MOODS.index("sad")], party - sad)[0, 1] > 0.6


def test_figures_of_a_perfect_and_of_a_constant_encoder() -> None:
    labels = list(labelled(200, 5).values())
    moods = np.array([[mood in label.moods for mood in MOODS] for label in labels], np.float32)
    points = np.full((len(labels), 2), 0.4, np.float32)
    for i, label in enumerate(labels):
        if label.quadrant is not None:
            points[i] = ((0.9, 0.9), (0.1, 0.9), (0.1, 0.1), (0.9, 0.1))[label.quadrant]
    best = figures(labels, moods, points, draws=20)
    assert best["quadrant_macro_f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert best["mood_auc_panda"]["mean"]["value"] == 1.0
    flat = figures(labels, np.ones_like(moods), np.full_like(points, 0.6), draws=20)
    assert flat["mood_auc_mirex"]["mean"]["value"] == 0.5
    assert flat["valence_sign"]["low"] < flat["valence_sign"]["value"] < flat["valence_sign"]["high"]


def test_heads_that_are_fitted_anew_read_the_features_and_a_penalty_holds_them_back() -> None:
    labels = labelled(150, 10)
    made = windows([*labels], labels, 11)
    targets = build_targets(
        made, np.zeros((len(made.clips), 200), np.float32), labels, np.ones(len(made.clips), bool), WEIGHTS
    )
    draw = torch.Generator().manual_seed(0)
    features = 30.0 + 5.0 * torch.randn(len(made.clips), FEATURES, generator=draw)
    features[:, :7] += 20.0 * torch.from_numpy(targets.moods)
    features[:, 7:9] += 20.0 * torch.from_numpy(targets.valence_arousal)
    net, spreads = MusicNet(), []
    for penalty in (0.01, 1.0):
        refit(net, features, targets, {"moods": penalty, "valence_arousal": penalty})
        moods, points = (
            net.moods(features).softmax(dim=1).detach(),
            torch.sigmoid(net.valence_arousal(features)).detach(),
        )
        spreads.append(float(moods.std(dim=0).mean()))
        for found, wanted in ((moods, targets.moods), (points, targets.valence_arousal)):
            assert np.corrcoef(found.numpy().ravel(), wanted.ravel())[0, 1] > 0.6
    assert spreads[1] < 0.5 * spreads[0]
