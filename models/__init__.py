"""The models in the box: data only; `scorer.nets.registry` reads it."""
