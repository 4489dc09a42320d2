"""What a teacher says of texts is learned, kept, and found again in the right rows."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

pytest.importorskip("sklearn", reason="training needs the extra 'train'")

from tokenizers import Tokenizer

from scorer.nets.labels import LABEL_COUNT, LABELS, label_slice
from scorer.nets.registry import models_folder
from scorer.nets.text_encoder import TOKENIZER_FILE
from scorer.nets.text_net import TextNet
from train.text_examples import Example
from train.text_lessons import NOWHERE, give_lessons, read_lessons

TEXTS = [
    "The sun was out.",
    "A long and winding sentence about nothing at all, which goes on.",
    "Dark.",
    "She wept.",
] * 20


class Body(nn.Module):
    """Hidden states that are the word pieces' numbers, spread by a random matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(30522, 12)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> "Body":
        self.last_hidden_state = self.table(input_ids)
        return self


@pytest.fixture
def teacher() -> TextNet:
    torch.manual_seed(0)
    return TextNet(body=Body(), width=12).eval()


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(models_folder() / TOKENIZER_FILE))


def test_each_text_finds_its_own_lesson_whatever_its_length(
    teacher: TextNet, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    texts = [Example(text, None, NOWHERE) for text in TEXTS]
    give_lessons(tmp_path / "lessons.safetensors", teacher, tokenizer, texts)
    lessons = read_lessons(tmp_path / "lessons.safetensors").rows(range(len(texts)))
    for row in (0, 1, 2, 3):
        ids = torch.tensor([tokenizer.encode(TEXTS[row]).ids])
        with torch.no_grad():
            said = teacher(ids, torch.ones_like(ids))
        assert torch.allclose(lessons.moods[row], torch.softmax(said.moods, dim=1)[0], atol=0.02)
        assert torch.allclose(lessons.valence_arousal[row], said.valence_arousal[0], atol=0.02)
        assert torch.equal(lessons.features[row], lessons.features[row + 40]), "equal texts have equal lessons"
    assert lessons.labels.shape == (len(texts), LABEL_COUNT)
    for name in LABELS:
        assert np.allclose(lessons.labels[:, label_slice(name)].sum(dim=1), 1.0, atol=1e-4)
    assert float(lessons.features.mean().abs()) < 0.05
