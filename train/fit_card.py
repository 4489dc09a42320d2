"""The card of a model on the user's own labels."""

import json
from collections.abc import Mapping
from typing import Any

from scorer.nets.registry import Entry


def card(notes: Mapping[str, Any], known: Entry, tracks: int) -> str:
    """Return the card as Markdown."""
    recipe = "\n".join(f"    {key}: {json.dumps(value)}" for key, value in notes["recipe"].items())
    figures = "\n".join(f"    {name}: {json.dumps(values)}" for name, values in notes["figures"].items())
    return f"""# music: a music encoder on labels of your own

Made by `python -m train fit`. The network is that of `{known.name}` (SHA-256 {known.sha256[:16]}…); its two heads,
moods and valence-arousal, were fitted to {tracks} labelled tracks with a pull of {notes["strength"]} to what they were.

## Recipe

{recipe}

## Figures

`before` is the encoder that it starts from; `after` is measured across folds, each group of tracks by heads that were
fitted without it, at the strength that did best there. `loss` is the mean cross-entropy, the lower the better;
`mood_auc` is the area under each mood's ROC curve; `mean_error` is that of valence and arousal.

{figures}

## Licence

{notes["recipe"]["licence"]}; of the weights that it starts from: {known.licence}.

## Limits and ethics

Those of the model that it starts from: see {known.name}.md beside its weights.
"""
