"""Selection of the sample words that a lesson shows, by deterministic rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.similarity import mean_of_best
from lraln_core.text.characters import has_letter

from .data import CSLS_K, Lesson, Texts

SEVERAL_MEANINGS = frozenset({"order", "current", "train", "iron", "state", "left", "leaves", "light", "court"})
"""English words that the samples use in several senses."""

LEAST = 3  # occurrences of a word that is compared
SHORT = 4  # letters; shorter words are mostly function words
OPTIONS = 4
QUESTIONS = 8
LONG = 22  # words; longer sentences are hard to read when projected


def meanings(lesson: Lesson) -> dict[str, list[int]]:
    """English words of several meanings and their rows, by how much their vectors differ."""
    rows = occurrences(lesson.trg)
    found = {word: rows[word] for word in SEVERAL_MEANINGS if len(rows.get(word, [])) >= LEAST}
    units = lesson.trg.units
    return dict(sorted(found.items(), key=lambda item: (float((units[item[1]] @ units[item[1]].T).min()), item[0])))


def occurrences(texts: Texts) -> dict[str, list[int]]:
    """Rows of every word with a letter, in lower case, leaving out words without a vector."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, token in enumerate(texts.tokens):
        if texts.words.valid[row] and has_letter(token):
            rows[token.lower()].append(row)
    return dict(rows)


def words_to_ask(lesson: Lesson, *, most: int = 300) -> dict[str, list[int]]:
    """Source words with an entry in the word list, and their rows: frequent ones first, then in alphabetical order."""
    rows = occurrences(lesson.src)
    known = [word for word in rows if word in lesson.lexicon and len(word) >= SHORT]
    frequent = sorted(known, key=lambda word: (-len(rows[word]), word))[:most]
    return {word: rows[word] for word in sorted(frequent)}


@dataclass(frozen=True)
class Question:
    """One word to guess; options are target rows of different word forms."""

    row: int  # of the source word
    options: tuple[int, ...]
    right: int  # number of the option that the word list gives
    machine: int  # number of the option that is nearest


def questions(lesson: Lesson, count: int = QUESTIONS, *, seed: int = 7) -> list[Question]:
    """Words to guess, of different forms: at most one in three is one for which the nearest word is wrong."""
    rng = np.random.default_rng(seed)
    easy: list[Question] = []
    hard: list[Question] = []
    seen: set[str] = set()
    for row in rng.permutation(len(lesson.src.tokens)):
        word = lesson.src.tokens[row].lower()
        if word in seen or len(word) <= SHORT or word not in lesson.lexicon or len(lesson.src.sentence_of(row)) > LONG:
            continue
        question = _question(lesson, int(row), rng)
        if question is None:
            continue
        seen.add(word)
        (easy if question.right == question.machine else hard).append(question)
        if len(easy) >= count and len(hard) >= count:
            break
    wrong = min(len(hard), count // 3)
    chosen = easy[: count - wrong] + hard[:wrong]
    return [chosen[at] for at in rng.permutation(len(chosen))]


def _question(lesson: Lesson, row: int, rng: np.random.Generator) -> Question | None:
    """A question about a word whose translation is among the target words; None for other words."""
    similarity = lesson.trg.units @ lesson.src.units[row]
    best: dict[str, int] = {}
    for target in np.argsort(-similarity, kind="stable"):
        token = lesson.trg.tokens[target]
        if len(token) >= SHORT and has_letter(token):
            best.setdefault(token.lower(), int(target))
        if len(best) >= 60:
            break
    right = next((form for form in best if lesson.translates(row, best[form])), None)
    nearest = next(iter(best), None)
    if right is None or nearest is None or lesson.trg.tokens[lesson.nearest.forward[row]].lower() != nearest:
        return None
    # Other forms, from the near to the far, that are neither an answer nor a form of one.
    others = [form for form in list(best)[8::12] if not lesson.translates(row, best[form]) and form[:4] != right[:4]]
    forms = list(dict.fromkeys([right, nearest, *others]))[:OPTIONS]
    if len(forms) < OPTIONS or (nearest != right and (lesson.translates(row, best[nearest]) or nearest[:4] == right[:4])):
        return None
    order = [forms[at] for at in rng.permutation(len(forms))]
    return Question(row, tuple(best[form] for form in order), order.index(right), order.index(nearest))


@dataclass(frozen=True)
class Meeting:
    """Content words of two sentences, for a table of their similarities."""

    src: tuple[int, ...]  # rows
    trg: tuple[int, ...]


def meetings(lesson: Lesson, count: int = 3, *, widest: int = 6) -> list[Meeting]:
    """Sentence pairs that share mutual pairs, those first with most translations in the word list.

    Each comes with at most `widest` of its content words a side: those with a translation in the other sentence, then the
    longest.
    """
    rows = np.flatnonzero(lesson.nearest.mutual)
    groups: Counter[tuple[int, int]] = Counter()
    for src, trg in zip(rows, lesson.nearest.forward[rows], strict=True):
        if is_content(lesson.src.tokens[src]) and is_content(lesson.trg.tokens[trg]):
            groups[lesson.src.place(int(src))[0], lesson.trg.place(int(trg))[0]] += 1
    shared = sorted((key for key, pairs in groups.items() if pairs >= 2), key=lambda key: (-groups[key], key))[:60]
    ranked = sorted(((_meeting(lesson, *key, widest), key) for key in shared), key=lambda item: (-item[0][1], item[1]))
    found: list[Meeting] = []
    used: set[tuple[str, int]] = set()
    for (meeting, _), (s, t) in ranked:
        if min(len(meeting.src), len(meeting.trg)) < 4 or used & {("src", s), ("trg", t)}:
            continue
        found.append(meeting)
        used |= {("src", s), ("trg", t)}
        if len(found) == count:
            break
    return found


def _meeting(lesson: Lesson, src: int, trg: int, widest: int) -> tuple[Meeting, int]:
    """The words of two sentences, and how many pairs of them the word list confirms."""
    rows = [_content_rows(texts, sentence) for texts, sentence in ((lesson.src, src), (lesson.trg, trg))]
    pairs = [(s, t) for s in rows[0] for t in rows[1] if lesson.translates(s, t)]
    known = [{pair[side] for pair in pairs} for side in (0, 1)]
    kept = []
    for side, texts in enumerate((lesson.src, lesson.trg)):
        ranked = sorted(rows[side], key=lambda row: (row not in known[side], -len(texts.tokens[row]), row))
        kept.append(tuple(sorted(ranked[:widest])))
    return Meeting(*kept), len(pairs)


def good_pairs(lesson: Lesson, count: int = 12) -> list[tuple[int, int]]:
    """Mutual pairs that the word list confirms, from the least similar to the most, each word form once."""
    rows = np.flatnonzero(lesson.nearest.mutual)
    pairs: dict[str, tuple[int, int]] = {}
    for src in rows[np.argsort(lesson.nearest.similarity[rows], kind="stable")]:
        trg = int(lesson.nearest.forward[src])
        if is_content(lesson.src.tokens[src]) and lesson.translates(src, trg):
            pairs.setdefault(lesson.src.tokens[src].lower(), (int(src), trg))
    every = list(pairs.values())
    return [every[at * len(every) // count] for at in range(count)] if len(every) > count else every


@dataclass(frozen=True)
class Hub:
    """A target word that is nearest to many source words."""

    row: int
    cosine: int  # how many source words it answers by cosine
    csls: int  # and by CSLS


def hubs(lesson: Lesson, count: int = 8) -> list[Hub]:
    """The target words that answer most source words by cosine, of different word forms, the largest first."""
    by_cosine = np.bincount(lesson.nearest.forward, minlength=len(lesson.trg.tokens))
    by_csls = np.bincount(lesson.nearest.csls, minlength=len(lesson.trg.tokens))
    found: dict[str, Hub] = {}
    for row in np.argsort(-by_cosine, kind="stable"):
        token = lesson.trg.tokens[row]
        if has_letter(token):
            found.setdefault(token.lower(), Hub(int(row), int(by_cosine[row]), int(by_csls[row])))
        if len(found) == count:
            break
    return list(found.values())


@dataclass(frozen=True)
class Correction:
    """A word that a hub answers by cosine and its translation by CSLS, with every number of the two sums."""

    row: int  # of the source word
    hub: int  # target row
    translation: int  # target row
    hub_cosine: float
    translation_cosine: float
    r: float  # r(x): mean cosine of the source word to its nearest target words
    hub_r: float  # r(y) of the two targets
    translation_r: float

    @property
    def hub_csls(self) -> float:
        return 2 * self.hub_cosine - self.r - self.hub_r

    @property
    def translation_csls(self) -> float:
        return 2 * self.translation_cosine - self.r - self.translation_r


def corrected(lesson: Lesson, hub: int) -> Correction | None:
    """The clearest case in which CSLS replaces this hub by a translation of the word list; None when there is none."""
    rows = [int(row) for row in np.flatnonzero(lesson.nearest.forward == hub) if lesson.nearest.csls[row] != hub]
    rows = [row for row in rows if lesson.translates(row, int(lesson.nearest.csls[row])) and not lesson.translates(row, hub)]
    found = [_correction(lesson, row, hub) for row in rows]
    return max(found, key=lambda one: (is_content(lesson.src.tokens[one.row]), one.translation_csls - one.hub_csls, -one.row), default=None)


def _correction(lesson: Lesson, row: int, hub: int) -> Correction:
    translation = int(lesson.nearest.csls[row])
    cosines = lesson.trg.units @ lesson.src.units[row]
    r = mean_of_best(cosines[None], CSLS_K)[0]
    targets = mean_of_best(lesson.trg.units[[hub, translation]] @ lesson.src.units.T, CSLS_K)
    return Correction(
        row, hub, translation, float(cosines[hub]), float(cosines[translation]), float(r), float(targets[0]), float(targets[1])
    )


def telling_hub(lesson: Lesson) -> Hub:
    """The largest hub that CSLS replaces by a right translation, of a content word if there is one; else the largest hub."""

    def rank(hub: Hub) -> tuple[bool, bool, bool]:
        one = corrected(lesson, hub.row)
        return one is None, one is None or not is_content(lesson.src.tokens[one.row]), not is_content(lesson.trg.tokens[hub.row])

    return min(hubs(lesson), key=rank)


def is_content(token: str) -> bool:
    """Whether a word has a letter and at least SHORT characters: mostly content words."""
    return len(token) >= SHORT and has_letter(token)


def _content_rows(texts: Texts, sentence: int) -> list[int]:
    start = int(texts.words.offsets[sentence])
    return [start + at for at, token in enumerate(texts.sentences[sentence]) if is_content(token)]
