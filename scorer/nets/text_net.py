"""The text network: MiniLM with small heads."""

from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from scorer.emotion import MOODS
from scorer.nets.labels import LABEL_COUNT

MAX_TOKENS: Final = 256
WIDTH: Final = 384  # of MiniLM's hidden states
CONFIG: Final[dict[str, Any]] = {
    "vocab_size": 30522,
    "hidden_size": WIDTH,
    "num_hidden_layers": 6,
    "num_attention_heads": 12,
    "intermediate_size": 4 * WIDTH,
    "max_position_embeddings": 512,
}


class TextOutput(NamedTuple):
    """What the network makes of n passages.

    Logits of what they feel like, seven moods and neutral (n, 8), of what music suits them (n, 8), and of the data
    sets' labels (n, LABEL_COUNT); valence and arousal in [0, 1], as readers rate them (n, 2), and of the music that
    suits them (n, 2).
    """

    moods: Tensor
    suits: Tensor
    labels: Tensor
    valence_arousal: Tensor
    plane: Tensor


class TextNet(nn.Module):
    """all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), its tokens averaged, and linear heads.

    `body` is another encoder of hidden states of `width`, in its place.
    """

    def __init__(self, *, body: nn.Module | None = None, width: int = WIDTH) -> None:
        super().__init__()
        self.body: Any = body or BertModel(BertConfig(**CONFIG), add_pooling_layer=False)
        self.width = width
        self.moods = nn.Linear(width, len(MOODS) + 1)
        self.suits = nn.Linear(width, len(MOODS) + 1)
        self.labels = nn.Linear(width, LABEL_COUNT)
        self.valence_arousal = nn.Linear(width, 2)
        self.plane = nn.Linear(width, 2)

    def features(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return the mean (n, width) over the tokens of texts, which the heads are linear in."""
        hidden = self.body(input_ids=tokens, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)  # type: ignore[no-any-return]

    def forward(self, tokens: Tensor, mask: Tensor) -> TextOutput:
        """Read token ids (n, t) whose `mask` (n, t) is one where there is a token and zero where there is padding."""
        return self.read(self.features(tokens, mask))

    def read(self, features: Tensor) -> TextOutput:
        """Return what the heads make of features (n, width)."""
        return TextOutput(
            self.moods(features),
            self.suits(features),
            self.labels(features),
            torch.sigmoid(self.valence_arousal(features)),
            torch.sigmoid(self.plane(features)),
        )
