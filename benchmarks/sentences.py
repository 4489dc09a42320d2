"""Sentence boundaries on Alm's tales, and speed: python benchmarks/sentences.py ALM_ALL_SENTENCES.TSV [--errors N].

The sentences of each of the 176 tales are joined by spaces and split again. Prints precision, recall and F1 of the
boundaries inside the tales, by author, and megabytes a second of one core; beside them those of the peer, spaCy's
sentencizer, measured in the same run. The rules were made with Grimms' and Andersen's tales in view; Potter's were kept
apart. What is left of errors is, nearly all, what joining destroys: verses, headings and notes that had a line of their
own.
"""

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Splitter = Callable[[Sequence[str]], list[list[int]]]


def tales(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the sentences of each tale by author and story."""
    found: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            text = " ".join(row["text"].split())
            if text:
                found.setdefault(row["author"], {}).setdefault(row["story"], []).append(text)
    return found


def inner(sentences: Sequence[str]) -> set[int]:
    """Return where the sentences after the first begin, when all are joined by spaces."""
    starts, position = set(), 0
    for sentence in sentences[:-1]:
        position += len(sentence) + 1
        starts.add(position)
    return starts


def trimmed(text: str, starts: Sequence[int]) -> set[int]:
    """Return where sentences begin, past the spaces."""
    return {start + len(text[start:]) - len(text[start:].lstrip()) for start in starts[1:]}


def ours(texts: Sequence[str]) -> list[list[int]]:
    from scorer.book.sentence import sentence_starts

    return list(sentence_starts(texts))


def peer() -> Splitter:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return lambda texts: [[sentence.start_char for sentence in doc.sents] for doc in nlp.pipe(texts)]


def report(name: str, split: Splitter, authors: dict[str, dict[str, list[str]]], errors: int) -> None:
    split(["Once. Again."])
    texts = [" ".join(tale) for tale in authors["all"].values()]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    began = time.process_time()
    split(texts)
    speed = megabytes / (time.process_time() - began)
    for author, stories in authors.items():
        agreed = found = wanted = 0
        for sentences in stories.values():
            text, gold = " ".join(sentences), inner(sentences)
            got = trimmed(text, split([text])[0])
            agreed, found, wanted = agreed + len(got & gold), found + len(got), wanted + len(gold)
            for place in sorted(got ^ gold)[: max(0, errors)]:
                kind = "missed" if place in gold else "false "
                print(f"{kind} {text[max(0, place - 70) : place]}¦{text[place : place + 50]}")
        precision, recall, f1 = agreed / found, agreed / wanted, 2 * agreed / (found + wanted)
        print(f"{name:<12} {author:<12} {wanted:>7,} {precision:>9.4f} {recall:>9.4f} {f1:>9.4f} {speed:>9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tales", type=Path)
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print the first N of each of our tales")
    arguments = parser.parse_args()
    authors = tales(arguments.tales)
    everyone = {story: text for stories in authors.values() for story, text in stories.items()}
    print(f"{'splitter':<12} {'tales':<12} {'borders':>7} {'precision':>9} {'recall':>9} {'F1':>9} {'MB/s':>9}")
    for name, split, errors in (("scorer", ours, arguments.errors), ("sentencizer", peer(), 0)):
        report(name, split, {**authors, "all": everyone}, errors)


if __name__ == "__main__":
    main()
