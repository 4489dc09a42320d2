"""The strategies of Won et al.: their losses, their answers, and that they learn."""

from pathlib import Path

import pytest
import torch

from scorer.audio.clip import SAMPLE_RATE
from scorer.emotion import MOODS
from scorer.evaluate import STRATEGIES
from scorer.nets.mel_resnet import CROP, MELS, MelResNet, log_mels
from scorer.nets.strategy import StrategyNet, answer
from scorer.nets.towers import VggishTower
from train.recipe import RECIPES, read_recipe
from train.strategies.data import Music, Tags
from train.strategies.loop import LOSSES, Side, Vocabulary, fit
from train.strategies.losses import MARGIN, negative_weights, triplet_loss
from train.strategies.run import strategy_recipe

LABELS = ("angry-disgusted", "fearful", "happy", "sad", "surprised")
NEAREST = torch.tensor([MOODS.index(mood) for mood in ("angry", "scary", "happy", "sad", "exciting")])


def words() -> Vocabulary:
    generator = torch.Generator().manual_seed(0)

    def tags(count: int) -> Tags:
        return Tags(torch.rand(count, 2, generator=generator), torch.randn(count, 300, generator=generator))

    return Vocabulary(tags(len(LABELS)), tags(len(MOODS)), NEAREST)


def side(seed: int) -> Side:
    """Texts and clips whose features tell their labels, but for some noise."""
    generator = torch.Generator().manual_seed(seed)
    labels, moods = torch.arange(60) % len(LABELS), torch.arange(70) % len(MOODS)
    features = torch.nn.functional.one_hot(labels, 16) + 0.1 * torch.randn(60, 16, generator=generator)
    sounds = torch.full((70, 10, 128), 100.0) + 5.0 * torch.randn(70, 10, 128, generator=generator)
    for row, mood in enumerate(moods.tolist()):
        sounds[row, :, 10 * mood : 10 * mood + 10] += 80.0
    return Side([""] * 60, features, labels, Music(sounds, moods))


def test_a_triplet_costs_what_the_negative_is_too_near() -> None:
    anchors, others = torch.tensor([[1.0, 0.0, 0.0, 0.0]]), torch.eye(4)[:2]
    apart = triplet_loss(anchors, others, torch.tensor([[True, False]]))
    assert float(apart) == pytest.approx(0.0)  # positive at cosine one, negative at zero: the margin is kept
    wrong = triplet_loss(anchors, others, torch.tensor([[False, True]]))
    assert float(wrong) == pytest.approx(MARGIN + 1.0)


def test_anchors_without_a_positive_or_a_negative_cost_nothing() -> None:
    anchors = torch.ones(2, 4, requires_grad=True)
    loss = triplet_loss(anchors, torch.eye(4), torch.stack([torch.zeros(4), torch.ones(4)]).bool())
    loss.backward()
    assert loss.item() == 0.0


def test_negatives_are_drawn_against_their_density() -> None:
    # On a sphere of many dimensions most points lie at a right angle, so the rare near ones weigh more.
    cosines = torch.tensor([[0.8, 0.4, 0.05, 0.9]])
    weights = negative_weights(cosines, torch.tensor([[True, True, True, False]]), 64)[0]
    assert weights[0] > weights[1] > weights[2] > 0.0
    assert weights[3] == 0.0
    far = negative_weights(torch.tensor([[-0.5, -0.9]]), torch.tensor([[True, True]]), 64)[0]
    assert (far > 0.0).all()  # where all are too far, any will do


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_learns_to_find_the_music_of_a_text(strategy: str) -> None:
    torch.manual_seed(0)
    hear = VggishTower()
    train = side(1)
    hear.standardise(train.music.sounds)
    net = StrategyNet(strategy=strategy, labels=LABELS, text_width=16, hear=hear)
    recipe = {**strategy_recipe(strategy), "steps": 200, "check_every": 100}
    vocabulary = words()
    if strategy in ("valence-arousal", "word2vec"):  # a label lies where its nearest mood does
        vocabulary.labels.points[:] = vocabulary.moods.points[NEAREST]
        vocabulary.labels.vectors[:] = vocabulary.moods.vectors[NEAREST]
    fit(net, train, side(2), vocabulary, recipe, dataset="alm", seed=1)
    test = side(3)
    with torch.inference_mode():
        scores = net.scores(net.embed_text(test.features), net.embed_music(test.music.sounds))
    known = torch.tensor([answer(LABELS[label]) is not None for label in test.labels.tolist()])
    if strategy == "classification":
        assert scores[~known].isnan().all()
    else:
        known[:] = True
    if strategy == "multi-head":
        return  # nothing pulls text and music together there: the paper's weakest space
    found = test.music.moods[scores[known].argmax(dim=1)]
    assert float((found == NEAREST[test.labels[known]]).float().mean()) > 0.8


def test_the_same_seed_trains_the_same_towers() -> None:
    def trained() -> torch.Tensor:
        torch.manual_seed(4)
        net = StrategyNet(strategy="two-branch", labels=LABELS, text_width=16, hear=VggishTower())
        recipe = {**strategy_recipe("two-branch"), "steps": 20, "check_every": 10}
        return fit(net, side(1), side(2), words(), recipe, dataset="alm", seed=4).embed_text(side(3).features)

    assert torch.equal(trained(), trained())


def test_the_raw_audio_tower_hears_a_clip_as_the_mean_of_its_crops() -> None:
    torch.manual_seed(0)
    tower = MelResNet(4).eval()
    sounds = log_mels(torch.randn(2, 20 * SAMPLE_RATE))
    assert sounds.shape[1] == MELS
    with torch.inference_mode():
        whole = tower(sounds)
        parts = torch.stack([tower(sounds[:, :, first : first + CROP]) for first in range(0, 4 * CROP, CROP)])
    assert whole.shape == (2, tower.width)
    assert torch.allclose(whole, parts.mean(dim=0), atol=1e-5)


def test_the_raw_audio_tower_learns_to_find_the_music_of_a_text() -> None:
    torch.manual_seed(0)
    noise = torch.randn(14, MELS, CROP + 20, generator=torch.Generator().manual_seed(1))
    moods = torch.arange(14) % len(MOODS)
    for row, mood in enumerate(moods.tolist()):
        noise[row, 18 * mood : 18 * mood + 12] += 4.0
    texts = side(1)
    clips = Side(texts.texts, texts.features, texts.labels, Music(noise, moods))
    net = StrategyNet(strategy="two-branch", labels=LABELS, text_width=16, hear=MelResNet(4))
    recipe = {
        **read_recipe(RECIPES / "strategies" / "two-branch-audio.yaml"),
        "steps": 150,
        "check_every": 20,
        "batch": 12,
    }
    fit(net, clips, clips, words(), {**recipe, "fine_tune_rate": 3e-3}, dataset="alm", seed=1)
    with torch.inference_mode():
        scores = net.scores(net.embed_text(texts.features), net.embed_music(noise))
    found = moods[scores.argmax(dim=1)]
    assert float((found == NEAREST[texts.labels]).float().mean()) > 0.6


def test_every_strategy_has_a_loss_and_a_recipe() -> None:
    assert set(LOSSES) == set(STRATEGIES)
    for strategy in STRATEGIES:
        assert strategy_recipe(strategy)["strategy"] == strategy
        assert len(strategy_recipe(strategy)["seeds"]) >= 5


def test_vocabularies_meet_only_where_a_label_names_a_mood() -> None:
    assert [answer(label) for label in LABELS] == ["angry", None, "happy", "sad", None]


def test_towers_in_the_box_beat_chance(shared_data: Path) -> None:
    from scorer.evaluate.strategies import evaluate_strategies

    for result in evaluate_strategies("alm", shared_data, ("word2vec", "two-branch", "three-branch")):
        for name, figures in result.mappings.items():
            assert figures.p_at_5 > 1.5 * result.random[name].p_at_5
