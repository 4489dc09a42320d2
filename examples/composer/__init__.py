"""A small composer: scales and chords, phrases and textures, and the MIDI file that they become."""
