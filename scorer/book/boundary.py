"""Where the sentences of fiction end: the sentencizer's boundaries, mended.

The sentencizer ends a sentence at every full stop, question or exclamation mark, and gives an opening quotation mark to
the sentence before. Here an opening mark goes with its speech, a closing one stays, and a sentence goes on where a
reader would: `"What!" cried I.` is one.
"""

import re
from collections.abc import Sequence
from typing import Final

TAIL, HEAD = 60, 160  # characters before and after a boundary that tell whether it is one
_LETTER = re.compile(r"[^\W_]")
_CLOSING: Final = "\"'”’“‘»«›‹)\\]"  # “ and « close what „ and » open
_SAYS: Final = (
    "said|says|say|cried|cries|cry|asked|asks|answered|answers|replied|replies|exclaimed|exclaims|whispered|whispers|"
    "shouted|shouts|called|murmured|muttered|growled|remarked|observed|added|inquired|enquired|repeated|screamed|sighed|"
    "roared|interrupted|demanded|ejaculated|gasped|groaned|snapped|stammered|yelled|wondered|insisted|suggested|"
    "thought|laughed|sobbed|urged|went on|(?:continued|began|returned|protested|declared)(?! (?:to|the|from|home)\\b)"
)
# What a capital letter begins that is no name.
_NO_NAME: Final = (
    "A|About|After|Again|All|Also|An|And|Another|Any|As|At|Away|Back|Because|Before|Both|But|By|Down|Each|Even|Every|"
    "Everybody|Everyone|Few|Finally|First|For|From|He|Hence|Her|Here|His|How|However|If|In|Instead|It|Its|Just|Last|Later|"
    "Many|Meanwhile|My|Neither|Never|Next|Nobody|No|None|Nor|Not|Nothing|Now|Of|Off|Often|On|Once|One|Only|Or|Others|"
    "Our|Out|Over|People|Perhaps|Presently|She|Since|So|Some|Somebody|Someone|Soon|Still|Such|Suddenly|That|The|Their|"
    "Then|There|Therefore|These|They|This|Those|Though|Three|Thus|Till|To|Two|Under|Until|Up|Upon|We|What|When|Whenever|"
    "Where|Which|While|Who|Why|With|Yet|You|Your"
)
_TITLE: Final = r"(?:(?:Mr|Mrs|Ms|Dr|St|Capt|Col|Rev|Prof)\. ?)"
_HOW: Final = r"(?: (?:\w+ly|then|only|again|just|had|and \w+))?"
_TAG = re.compile(
    rf"(?:I|{_TITLE}?(?!(?:{_NO_NAME})\b)[A-Z][\w’'-]*(?: (?:of |de |the )?[A-Z][\w’'-]*){{0,2}}){_HOW} (?:{_SAYS})\b"
)
_SPEAKS_NEXT = re.compile(r"[^.!?“”\"]{0,60}(?:: |, (?=\W+(?!I\b)[A-Z]))[“‘\"'„»«]+[A-Z]")
_CLOSED = re.compile(rf"[!?,…—-][{_CLOSING}]+$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"‘'—-])(?:Mr|Mrs|Ms|MR|MRS|Messrs|Mme|Mlle|Dr|DR|St|ST|Rev|Hon|Capt|Col|Gen|Lieut|Lt|Sergt|Sgt|Maj|Prof|Esq|Jr|Sr|"
    r"vs|viz|i\.e|e\.g|cf|Vol|Fig|[A-HJ-Z])\.$"
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|[\s(\[“\"‘'])(?:No|Nos|no|nos|[Pp]p?|[Vv]ol|[Cc]h|[Cc]ap|[Ff]ig|[Aa]rt|æt|[\d/½¼¾]+[sd])\.$"
)
_STAMMER = re.compile(rf"\b(\w+)(?:…|\.\.\.)[{_CLOSING}]*$")
# What spaCy takes for a part of a word may end a sentence: `cried I.`, `at five p.m.`, `and so on, etc.`, `well....`
_MISSED = re.compile(
    rf"\.(?:(?<=\bI\.)(?<![A-Z.] I\.)|(?<=\b[ap]\.m\.)|(?<=\betc\.)|(?<=&c\.)|(?<=\.\.\.)|(?<=\b[A-Z]\.)(?=[\"”’]))"
    rf"[{_CLOSING}]*\s+(?=[\"'“‘«„(]*[A-Z])(?![A-Z]\.)"
)
_OPENING = re.compile(r"(?:^|(?<=[\s—-]))(?:[“‘«„‚(\[\"'»›‹’”]+|[“‘«„‚(\[][“‘«„‚’(\[\s]*)$")
_CLOSES = re.compile(rf"[{_CLOSING}]+(?:[\s—-]|$)")
_AFTER_END = re.compile(r"[,;:)\]—–-]|[”’»](?!\w)")
_ELISION = re.compile(r"['’‘(][a-z]")


def mended(text: str, rough: Sequence[int]) -> list[int]:
    """Return better starts for the sentences of `text` than `rough` ones (the first of which is 0)."""
    starts = [0]
    missed = (found.end() for found in _MISSED.finditer(text))
    for cut in sorted({*rough[1:], *missed}):
        start = _before_opening(text, cut)
        if start <= starts[-1] or (not text[start - 1].isspace() and _CLOSES.match(text, start)):
            continue
        if not _LETTER.search(text, starts[-1], start):
            continue
        if not _goes_on(text[max(starts[-1], start - TAIL) : start].rstrip(), text[start : start + HEAD].lstrip()):
            starts.append(start)
    return starts


def _before_opening(text: str, cut: int) -> int:
    """Move a cut to before the opening quotation mark or bracket that stands before it."""
    first = max(0, cut - 6)
    found = _OPENING.search(text[first:cut])
    return first + found.start() if found else cut


def _goes_on(before: str, after: str) -> bool:
    if not _LETTER.search(after):
        return True
    tail, first = before[-12:], after[0]
    if first.islower() or _AFTER_END.match(after) or _ELISION.match(after):
        return True
    if _ABBREVIATION.search(tail) or (first.isdigit() and _BEFORE_NUMBER.search(tail)):
        return True
    if (stammer := _STAMMER.search(before)) and re.match(rf"{stammer[1]}\b", after):
        return True
    return bool(_CLOSED.search(before)) and _is_tag(after)


def _is_tag(after: str) -> bool:
    """Tell whether a speech goes on with who says it: `Hans said.` does, `Hans said, "Not I!"` is the next speaker."""
    found = _TAG.match(after)
    return bool(found) and not _SPEAKS_NEXT.match(after, found.end() if found else 0)
