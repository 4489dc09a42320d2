"""How well text finds music, on published benchmarks."""

from typing import Final

# The emotion spaces of Won et al. (2021), see `scorer.nets.strategy`; here, so that help can name them without torch.
STRATEGIES: Final = ("classification", "multi-head", "valence-arousal", "word2vec", "two-branch", "three-branch")
