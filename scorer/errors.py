"""The error tree.

    ScorerError                 anything that scorer reports in one line
    ├── UserError               bad use or bad input; the program exits 2
    │   ├── BookError           a book that cannot be read
    │   ├── AudioError          a sound file that cannot be decoded or written
    │   ├── LibraryError        an index that is missing, empty, or made by another model
    │   ├── CueSheetError       a cue sheet that does not fit its format, book or library
    │   ├── WishError           a scorer.yaml that is malformed, or asks for what is not there
    │   ├── DatasetError        an evaluation data set that is missing or malformed
    │   ├── ClockError          a narration that does not fit its text, or a clock that is not to be had
    │   └── OwnModelError       a model of the user's own that is missing, damaged or of another kind
    └── InternalError           a failure of ours; the program exits 1
        └── ModelError          weights that are missing, or fail their hash

A message says what is wrong, where, and what to do about it, on one line.
"""


class ScorerError(Exception):
    """Anything that scorer reports in one line."""

    exit_code = 1


class UserError(ScorerError):
    """Bad use or bad input."""

    exit_code = 2


class BookError(UserError):
    """A book that cannot be read."""


class AudioError(UserError):
    """A sound file that cannot be decoded or written."""


class LibraryError(UserError):
    """An index that is missing, empty, or made by another model."""


class CueSheetError(UserError):
    """A cue sheet that does not fit its format, its book or its library."""


class WishError(UserError):
    """A scorer.yaml that is malformed, or asks for what is not there."""


class DatasetError(UserError):
    """An evaluation data set that is missing or malformed."""


class ClockError(UserError):
    """A narration that does not fit its text, or a clock that is not to be had."""


class OwnModelError(UserError):
    """A model of the user's own that is missing, damaged or of another kind."""


class InternalError(ScorerError):
    """A failure of ours."""


class ModelError(InternalError):
    """Weights that are missing or fail their hash."""
