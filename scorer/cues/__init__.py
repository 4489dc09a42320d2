"""The cue sheet: composed from a smoothed path, written, and read back."""
