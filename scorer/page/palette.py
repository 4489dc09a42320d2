"""Colours of moods and lines: Okabe and Ito's palette, told apart with all kinds of colour vision."""

from typing import Final

MOOD_COLOURS: Final = {
    "happy": "#f0e442",
    "funny": "#e69f00",
    "sad": "#56b4e9",
    "tender": "#cc79a7",
    "exciting": "#009e73",
    "angry": "#d55e00",
    "scary": "#0072b2",
}
SILENCE_COLOUR: Final = "#bbbbbb"
