"""The text network: MiniLM with two small heads."""

from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from scorer.emotion import MOODS

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
    """Pooled features (n, 384), logits of seven moods and neutral (n, 8), valence and arousal in [0, 1] (n, 2)."""

    features: Tensor
    moods: Tensor
    valence_arousal: Tensor


class TextNet(nn.Module):
    """all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), its tokens averaged, and a linear head each."""

    def __init__(self) -> None:
        super().__init__()
        self.body = BertModel(BertConfig(**CONFIG), add_pooling_layer=False)
        self.moods = nn.Linear(WIDTH, len(MOODS) + 1)
        self.valence_arousal = nn.Linear(WIDTH, 2)

    def forward(self, tokens: Tensor, mask: Tensor) -> TextOutput:
        """Read token ids (n, t) whose `mask` (n, t) is one where there is a token and zero where there is padding."""
        hidden = self.body(input_ids=tokens, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        features = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
        return TextOutput(features, self.moods(features), torch.sigmoid(self.valence_arousal(features)))
