"""How well text finds music, on published benchmarks."""
