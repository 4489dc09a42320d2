"""The seeded split of data sets that are published without one."""

import random
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

SPLIT_SEED: Final = 11
TRAIN_SHARE: Final = 0.7
DEV_SHARE: Final = 0.15
SIDES: Final = ("train", "dev", "test")

T = TypeVar("T")


def stratified(items: Iterable[T], labels: Sequence[str], groups: Sequence[str]) -> dict[str, list[T]]:
    """Return the items of each side, 70, 15 and 15 % of each label's groups (Won et al. 2021, section 3).

    Items of one group, such as copies of a text, stay on one side, that of the group's first label.
    """
    by_label: dict[str, dict[str, list[T]]] = {}
    first_label: dict[str, str] = {}
    for item, label, group in zip(items, labels, groups, strict=True):
        by_label.setdefault(first_label.setdefault(group, label), {}).setdefault(group, []).append(item)
    sides: dict[str, list[T]] = {side: [] for side in SIDES}
    for label, members in sorted(by_label.items()):
        names = sorted(members)
        random.Random(f"{SPLIT_SEED}/{label}").shuffle(names)
        first, second = round(TRAIN_SHARE * len(names)), round((TRAIN_SHARE + DEV_SHARE) * len(names))
        for side, chosen in zip(SIDES, (names[:first], names[first:second], names[second:]), strict=True):
            sides[side] += [item for name in chosen for item in members[name]]
    return sides
