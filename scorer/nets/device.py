"""Where the networks run."""

import torch


def best_device() -> str:
    """Return CUDA or MPS where there is one, else the CPU."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
