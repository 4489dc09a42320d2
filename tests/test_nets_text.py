"""What a reader may expect of the text encoder, whatever the weights have learned."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

import scorer
from scorer.emotion import DIMENSIONS, MOODS
from scorer.nets.text_encoder import TextEncoder

PASSAGES = [
    "They laughed and danced in the sunshine, and everybody was merry and glad.",
    "She wept over the little grave, and her heart was heavy with grief.",
    "Something scratched at the door in the dark, and he did not dare to breathe for terror.",
    "“How dare you!” he roared, and struck the table with his fist in a rage.",
    "The road runs north for two miles, then crosses a bridge.",
]


@pytest.fixture(scope="module")
def encoder() -> Iterator[TextEncoder]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield scorer.load_text_encoder(device="cpu")
    torch.set_num_threads(threads)


def test_answers_have_the_promised_shapes_and_ranges(encoder: TextEncoder) -> None:
    moods, points, vectors = encoder.moods(PASSAGES), encoder.valence_arousal(PASSAGES), encoder.embed(PASSAGES)
    assert moods.shape == (5, len(MOODS))
    assert (moods >= 0).all()
    assert (moods.sum(axis=1) <= 1 + 1e-5).all()
    assert points.shape == (5, 2)
    assert ((points >= 0) & (points <= 1)).all()
    assert vectors.shape == (5, DIMENSIONS) == (5, encoder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_plain_words_get_the_plain_mood(encoder: TextEncoder) -> None:
    moods = encoder.moods(PASSAGES)
    likeliest = [MOODS[i] for i in moods.argmax(axis=1)]
    assert likeliest[:4] == ["happy", "sad", "scary", "angry"]
    assert moods[4].sum() < 0.3, "a road is no mood"


def test_glad_is_brighter_than_sorry_and_rage_more_aroused_than_grief(encoder: TextEncoder) -> None:
    valence, arousal = encoder.valence_arousal(PASSAGES).T
    assert valence[0] > valence[[1, 2, 3]].max() + 0.2
    assert arousal[3] > arousal[1] + 0.1


def test_order_and_company_do_not_matter(encoder: TextEncoder) -> None:
    texts = [*PASSAGES, "Yes.", "word " * 300, ""]
    together = encoder.embed(texts)
    assert np.allclose(together[::-1], encoder.embed(texts[::-1]), atol=1e-4)
    assert np.allclose(together, np.concatenate([encoder.embed([text]) for text in texts]), atol=1e-4)


def test_the_same_texts_give_the_same_bytes(encoder: TextEncoder) -> None:
    assert encoder.embed(PASSAGES).tobytes() == encoder.embed(PASSAGES).tobytes()


def test_nothing_gives_nothing_and_oddities_are_read(encoder: TextEncoder) -> None:
    assert encoder.embed([]).shape == (0, DIMENSIONS)
    assert np.isfinite(encoder.embed(["", "\x00\ufffd", "🙂" * 50, "漢字ばかり", "-" * 5000])).all()


def test_progress_adds_up(encoder: TextEncoder) -> None:
    done: list[int] = []
    encoder.encode(PASSAGES * 30, progress=done.append)
    assert sum(done) == 150
