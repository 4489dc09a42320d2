"""Training of the models in the box; run from a checkout."""
