"""The mix: a bed under the narration, block by block, the narration untouched."""
