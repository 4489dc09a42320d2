"""`scorer.yaml`: wishes and settings for a book, read strictly; every error names its line."""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from scorer.cues.settings import CHOICES
from scorer.cues.wishes import SILENCE, Ban, Leitmotif, Pin, Wishes
from scorer.emotion import MOODS
from scorer.errors import WishError

FILE_NAME: Final = "scorer.yaml"
BANS: Final = {"tracks": "track", "albums": "album", "artists": "artist", "moods": "mood", "licences": "licence"}
KEYS: Final = ("pins", "bans", "leitmotifs", "moods", *(choice.name for choice in CHOICES))


@dataclass(frozen=True, slots=True)
class Wished:
    """A setting of a file, and where it stands."""

    value: float
    line: int


def read_wishes(path: Path) -> tuple[Wishes, dict[str, Wished]]:
    """Return the wishes of a file, and its settings by their field's name.

    Raises `WishError` with the line where it cannot be read, a key is unknown or a value makes no sense.
    """
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            text = path.read_text(encoding="utf-8-sig")
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except OSError as error:
            raise WishError(f"{path}: cannot read the settings ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise WishError(f"{path}: not UTF-8 text") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise WishError(f"{path}: line {line}: not YAML ({error.problem})") from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise WishError(f"{path}: line {line}: not YAML ({error.reason})") from error
        except RecursionError as error:
            raise WishError(f"{path}: nested too deeply") from error

    def read(self) -> tuple[Wishes, dict[str, Wished]]:
        told = self._entries(self._root, KEYS) if self._root else {}
        wishes = Wishes(
            source=str(self._path),
            pins=tuple(self._pin(node) for node in self._items(told.get("pins"))),
            bans=tuple(self._bans(told.get("bans"))),
            leitmotifs=tuple(self._leitmotif(node) for node in self._items(told.get("leitmotifs"))),
            moods=tuple(self._moods(told.get("moods"))),
        )
        settings = {
            choice.field: Wished(
                self._number(told[choice.name], choice.low, choice.high, whole=choice.kind is int),
                _line(told[choice.name]),
            )
            for choice in CHOICES
            if choice.name in told
        }
        return wishes, settings

    def _pin(self, node: yaml.Node) -> Pin:
        told = self._entries(node, ("chapter", "passage", "track"))
        if ("chapter" in told) == ("passage" in told) or "track" not in told:
            self._fail(node, "a pin has a track, and either a chapter or a passage")
        chapter = None
        if "chapter" in told:
            number = self._value(told["chapter"])
            chapter = number if type(number) is int else self._text(told["chapter"])
        passage = self._text(told["passage"]) if "passage" in told else None
        return Pin(_line(node), chapter, passage, self._text(told["track"]))

    def _bans(self, node: yaml.Node | None) -> Iterable[Ban]:
        for key, names in (self._entries(node, tuple(BANS)) if node else {}).items():
            for name in self._items(names):
                text = self._mood(name) if key == "moods" else self._text(name)
                yield Ban(_line(name), BANS[key], text)

    def _leitmotif(self, node: yaml.Node) -> Leitmotif:
        told = self._entries(node, ("name", "track", "mood"))
        if ("track" in told) == ("mood" in told) or "name" not in told:
            self._fail(node, "a leitmotif has a name, and either a track or a mood")
        track = self._text(told["track"]) if "track" in told else None
        mood = self._mood(told["mood"]) if "mood" in told else None
        if track == SILENCE:
            self._fail(node, "a leitmotif is a track or a mood, not silence")
        return Leitmotif(_line(node), self._text(told["name"]), track, mood)

    def _moods(self, node: yaml.Node | None) -> Iterable[tuple[str, float]]:
        for mood, offset in (self._entries(node, MOODS) if node else {}).items():
            yield mood, self._number(offset, -1.0, 1.0)

    def _mood(self, node: yaml.Node) -> str:
        mood = self._text(node)
        if mood not in MOODS:
            self._fail(node, f"'{mood}' is no mood; there are {', '.join(MOODS)}")
        return mood

    def _entries(self, node: yaml.Node, known: tuple[str, ...]) -> dict[str, yaml.Node]:
        """Return a mapping's values by their keys, all of which are known and there once."""
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, f"keys with values are expected here: {', '.join(known)}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name not in known:
                near = difflib.get_close_matches(name, known, 1, 0.5)
                advice = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
                self._fail(key, f"unknown key '{name}'; {advice}")
            if name in found:
                self._fail(key, f"'{name}' is there twice")
            found[name] = value
        return found

    def _items(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, "a list is expected here: lines that begin with a dash")
        return list(node.value)

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._fail(node, "some text is expected here")
        return str(node.value).strip()

    def _number(self, node: yaml.Node, low: float, high: float, *, whole: bool = False) -> float:
        value = self._value(node)
        kinds = (int,) if whole else (int, float)
        if type(value) not in kinds or not low <= value <= high:
            what = "a whole number" if whole else "a number"
            least = f"{what} from {low:g} to {high:g}" if math.isfinite(high) else f"{what} of {low:g} or more"
            self._fail(node, f"{least} is expected here")
        return value if whole else float(value)

    def _value(self, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self._fail(node, "a single value is expected here")
        try:
            return yaml.SafeLoader("").construct_object(node)
        except ValueError:
            return node.value

    def _fail(self, node: yaml.Node, message: str) -> NoReturn:
        raise WishError(f"{self._path}: line {_line(node)}: {message}")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
