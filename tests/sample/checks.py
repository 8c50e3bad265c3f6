"""Rules the sample data keeps, as pure functions over text: each returns what breaks the rule, or a number to compare."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

MACEDONIAN_ALPHABET = frozenset("абвгдѓежзѕијклљмнњопрстќуфхцчџш" + "ѐѝ")  # ѐ and ѝ tell homographs apart in standard spelling
ENTITY_TYPES = ("PER", "LOC", "ORG")
ZERO_WIDTH_JOINERS = "\u200c\u200d"
VIRAMA = "\u094d"

Link = tuple[int, int]
Ngram = tuple[str, ...]


def is_word_character(character: str) -> bool:
    """True for letters, combining marks and numbers of any script."""
    return unicodedata.category(character)[0] in "LMN"


def has_letter(token: str) -> bool:
    return any(unicodedata.category(character)[0] == "L" for character in token)


def words(sentence: str) -> list[str]:
    """The words of a sentence in lower case, without the punctuation around them; an apostrophe or hyphen inside stays."""
    found = []
    for token in sentence.lower().split():
        inside = [place for place, character in enumerate(token) if is_word_character(character)]
        if inside:
            found.append(token[inside[0] : inside[-1] + 1])
    return found


def ngrams(tokens: Sequence[str], size: int) -> list[Ngram]:
    return [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


def wrong_lengths(sentences: Sequence[str], low: int, high: int) -> list[str]:
    """Sentences with fewer than `low` or more than `high` words."""
    return [sentence for sentence in sentences if not low <= len(words(sentence)) <= high]


def hidden_characters(text: str) -> list[str]:
    """Control, format, private and unassigned characters and odd spaces, as "U+XXXX"; line feed, tab and space are allowed.

    A zero-width joiner is allowed where Devanagari spelling needs one: between a virama and a letter (as in गर्‍यो).
    """
    hidden = []
    for place, character in enumerate(text):
        if character in "\n\t ":
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if character in ZERO_WIDTH_JOINERS and before == VIRAMA and has_letter(after):
            continue
        if unicodedata.category(character)[0] in "CZ" or character == "\ufffd":
            hidden.append(f"U+{ord(character):04X}")
    return hidden


def is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def foreign_letters(text: str, script: str) -> list[str]:
    """Letters and combining marks whose Unicode name does not begin with the script ("LATIN", "CYRILLIC", "DEVANAGARI")."""
    letters = {character for character in text if unicodedata.category(character)[0] in "LM"}
    return sorted(letter for letter in letters if not unicodedata.name(letter, "").startswith(script + " "))


def letters_outside(text: str, alphabet: Iterable[str]) -> list[str]:
    """Letters of the text, in lower case, that are not in the alphabet."""
    return sorted({character for character in text.lower() if has_letter(character)} - set(alphabet))


def duplicates(files: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Places ("file:line") that hold the same sentence, compared by its words, within and across files."""
    places: dict[Ngram, list[str]] = defaultdict(list)
    for name, sentences in files.items():
        for line, sentence in enumerate(sentences, 1):
            places[tuple(words(sentence))].append(f"{name}:{line}")
    return [found for found in places.values() if len(found) > 1]


def near_copies(held_out: Sequence[str], corpus: Sequence[str], size: int = 4, most: float = 0.5) -> list[tuple[str, str]]:
    """Pairs of a held-out and a corpus sentence where more than `most` of the held-out sentence's n-grams recur."""
    where: dict[Ngram, set[int]] = defaultdict(set)
    for number, sentence in enumerate(corpus):
        for ngram in ngrams(words(sentence), size):
            where[ngram].add(number)
    copies = []
    for sentence in held_out:
        own = set(ngrams(words(sentence), size))
        shared = Counter(number for ngram in own for number in where.get(ngram, ()))
        copies += [(sentence, corpus[number]) for number, count in shared.items() if count > most * len(own)]
    return copies


def repeated_ngrams(sentences: Sequence[str], size: int, at_most: int) -> list[Ngram]:
    """N-grams of words that occur in more than `at_most` sentences."""
    seen = Counter(ngram for sentence in sentences for ngram in set(ngrams(words(sentence), size)))
    return [ngram for ngram, count in seen.items() if count > at_most]


def distinct_share(sentences: Sequence[str], size: int) -> float:
    """Distinct n-grams of words divided by all n-grams of words."""
    found = [ngram for sentence in sentences for ngram in ngrams(words(sentence), size)]
    return len(set(found)) / len(found)


def one_word_apart(sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Line numbers of pairs of sentences that are equal but for the word in one position."""
    first: dict[tuple[Ngram, Ngram], tuple[int, str]] = {}
    pairs = []
    for line, sentence in enumerate(sentences, 1):
        tokens = words(sentence)
        for place, word in enumerate(tokens):
            frame = (tuple(tokens[:place]), tuple(tokens[place + 1 :]))
            earlier, filler = first.setdefault(frame, (line, word))
            if filler != word:
                pairs.append((earlier, line))
    return pairs


def frequent_openings(sentences: Sequence[str], most: float) -> list[Ngram]:
    """Pairs of words that open more than this share of the sentences."""
    openings = Counter(tuple(words(sentence)[:2]) for sentence in sentences)
    return [opening for opening, count in openings.items() if count > most * len(sentences)]


def read_links(line: str) -> list[Link]:
    """One line of a Pharaoh file: "0-0 2-1" -> [(0, 0), (2, 1)]. Raises ValueError on anything else."""
    links = []
    for item in line.split():
        src, trg = item.split("-")
        links.append((int(src), int(trg)))
    return links


def wrong_links(src: Sequence[str], trg: Sequence[str], links: Sequence[Link]) -> list[str]:
    """Links out of range, links that use a word a second time, links of tokens without a letter or digit."""
    wrong = []
    for side, tokens, indices in (("source", src, [i for i, _ in links]), ("target", trg, [j for _, j in links])):
        wrong += [f"{side} word {index} linked twice" for index, count in Counter(indices).items() if count > 1]
        for index in indices:
            if not 0 <= index < len(tokens):
                wrong.append(f"{side} word {index} of {len(tokens)}")
            elif not any(is_word_character(character) for character in tokens[index]):
                wrong.append(f"{side} word {index} is punctuation: {tokens[index]}")
    return wrong


def wrong_tags(tags: Sequence[str]) -> list[str]:
    """Tags that IOB2 over PER, LOC and ORG does not allow at their place: unknown ones and an I- that continues nothing."""
    allowed = {"O", *(f"{prefix}-{kind}" for prefix in "BI" for kind in ENTITY_TYPES)}
    wrong = [tag for tag in tags if tag not in allowed]
    for before, tag in zip(["O", *tags], tags, strict=False):
        if tag.startswith("I-") and before[2:] != tag[2:]:
            wrong.append(f"{before} {tag}")
    return wrong


def entity_shares(tags: Iterable[str]) -> dict[str, float]:
    """Share of each entity type among all entities, counted by their B- tags."""
    begun = Counter(tag[2:] for tag in tags if tag.startswith("B-"))
    return {kind: begun[kind] / max(1, begun.total()) for kind in ENTITY_TYPES}


def wrong_entries(lines: Sequence[str]) -> list[str]:
    """Lexicon lines that are not "word TAB word" in lower case, and lines that occur twice."""
    wrong = [line for line, count in Counter(lines).items() if count > 1]
    for line in lines:
        sides = line.split("\t")
        if len(sides) != 2 or line != line.lower() or any(words(side) != [side] for side in sides):
            wrong.append(line)
    return wrong


def coverage(sentences: Sequence[str], known: Iterable[str]) -> float:
    """Share of the running words with letters that are among the known words."""
    running = [word for sentence in sentences for word in words(sentence) if has_letter(word)]
    known = set(known)
    return sum(word in known for word in running) / len(running)
