"""Languages by BCP-47 tag, ISO 639 code, FLORES code or English name; each has one canonical code.

Names, aliases and the usual script of a language come from langcodes and language_data (IANA registry and CLDR), offline.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import langcodes
from langcodes.data_dicts import LIKELY_SUBTAGS
from langcodes.registry_parser import parse_registry

from lraln_core.errors import LanguageError

from .characters import count_scripts

UNSPACED_SCRIPTS = frozenset({"CJK", "HIRAGANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
INDIC_SCRIPTS = frozenset("DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM".split())
PAPER = tuple("bn eu mk ml af sw kn gu ne sd fo hsb mi".split())  # the paper's thirteen low-resource languages
MAX_CODE = 60  # characters
# Languages of the Indian subcontinent, for which the paper takes the Indic tokeniser (section 4.1), in whatever script.
_INDIC = frozenset("as awa bho bn brx doi gom gu hi kn kok ks mai ml mr ne new or pa pnb sa sd skr ta te ur".split())
# Codes that were stored before CLDR's aliases were followed stay canonical, so that old corpora and runs keep matching.
_STORED = {"fil": "tl", "tl": "tl", "tw": "tw", "pnb": "pnb"}
_NAMES = {"bn": "Bengali", "mi": "Maori", "tl": "Tagalog", "ny": "Chewa"}  # as the paper and earlier versions write them
# ISO 15924 script codes whose CLDR name does not begin like the names of their letters in Unicode.
_UNICODE_WORDS = {
    "Aran": "ARABIC",
    "Beng": "BENGALI",
    "Brai": "BRAILLE",
    "Cans": "CANADIAN",
    "Hanb": "CJK",
    "Hani": "CJK",
    "Hans": "CJK",
    "Hant": "CJK",
    "Jpan": "HIRAGANA",
    "Hrkt": "HIRAGANA",
    "Kore": "HANGUL",
    "Lana": "TAI",
    "Latf": "LATIN",
    "Latg": "LATIN",
    "Lisu": "LISU",
    "Mand": "MANDAIC",
    "Mtei": "MEETEI",
    "Nkoo": "NKO",
    "Nshu": "NUSHU",
    "Orya": "ORIYA",
    "Plrd": "MIAO",
    "Syre": "SYRIAC",
    "Syrj": "SYRIAC",
    "Syrn": "SYRIAC",
    "Wara": "WARANG",
}
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+", re.ASCII)


@dataclass(frozen=True)
class Language:
    """One language, perhaps in a script or region of its own."""

    code: str  # canonical BCP-47 tag without what is usual for the language: sw, luo, zh-Hant, qaa, x-village
    name: str
    script: str  # first word of its letters' Unicode names (LATIN, CYRILLIC); "" where only the text can tell

    @property
    def base(self) -> str:
        """The code without script and region; "" for codes of private use (x-...)."""
        return "" if self.code.startswith("x-") else self.code.partition("-")[0]

    @property
    def indic(self) -> bool:
        """Whether the language takes the Indic tokeniser (see `is_indic`)."""
        return is_indic(self.base, self.script)

    @property
    def in_paper(self) -> bool:
        return self.code in PAPER

    @property
    def spaced(self) -> bool:
        """Whether words are written with spaces between them."""
        return self.script not in UNSPACED_SCRIPTS


def is_indic(base: str, script: str) -> bool:
    """Whether text takes the Indic tokeniser: a language of the Indian subcontinent, or any other one in an Indic script."""
    return base in _INDIC or script in INDIC_SCRIPTS


@functools.lru_cache(maxsize=20_000)
def get_language(text: str) -> Language:
    """The language of a BCP-47 tag, ISO 639-1 or -3 code, FLORES code (swh_Latn) or English name, in any case of letters.

    Aliases give one language: swh, swa and swh_Latn are sw, because CLDR counts the individual language as its macrolanguage.
    Private codes (qaa to qtz, x-...) are taken as they are. Raises LanguageError that names the closest languages.
    """
    if isinstance(text, str) and not text.strip():
        raise LanguageError("No language is given; write a code such as en, sw or luo_Latn.")
    found = _find(text.strip()) if isinstance(text, str) and len(text) <= MAX_CODE else None
    if found is None:
        raise LanguageError(_unknown(text))
    return found


def language_name(code: str) -> str:
    """The English name of a stored code; the code itself where it has none, "unknown" where it is empty."""
    try:
        return get_language(code).name
    except LanguageError:
        return str(code) or "unknown"


def canonical_code(text: str) -> str:
    """The code under which a language is stored and compared. Raises LanguageError."""
    return get_language(text).code


def same_language(first: str, second: str) -> bool:
    """Whether two codes name one language: swh and sw. A code that is not known is the same as itself only."""
    try:
        return canonical_code(first) == canonical_code(second)
    except LanguageError:
        return first == second


@functools.cache
def language_choices() -> dict[str, str]:
    """Canonical code to "name (code)" of all languages of ISO 639: English and the paper's first, then by name."""
    names = {code: f"{get_language(code).name} ({code})" for code in ("en", *PAPER)}
    rest: dict[str, str] = {}
    for item in parse_registry():
        code = item.get("Subtag", "")
        if item["Type"] == "language" and "Deprecated" not in item and item.get("Scope") in (None, "macrolanguage") and code != "en":
            language = _find(code)
            if language and language.code not in names:
                rest[language.code] = f"{language.name} ({language.code})"
    return names | dict(sorted(rest.items(), key=lambda item: _letters(item[1])))


@functools.cache
def search_labels() -> dict[str, str]:
    """The same with the other codes of each language behind its own, "Swahili (sw, swa, swh)", for a box that is searched by typing."""
    others: dict[str, set[str]] = {}
    for item in parse_registry():
        code = item.get("Subtag", "")
        language = _find(code) if item["Type"] == "language" and ".." not in code else None
        if language:
            others.setdefault(language.code, set()).add(code)
    labels = {}
    for code, label in language_choices().items():
        codes = others.get(code, set())
        if len(code) == 2:
            with contextlib.suppress(LookupError):
                codes = codes | {langcodes.Language.get(code).to_alpha3()}
        more = ", ".join(sorted(codes - {code}))
        labels[code] = f"{label.removesuffix(')')}, {more})" if more else label
    return labels


def script_of_text(texts: Iterable[str]) -> str:
    """The script of most letters, HIRAGANA for Japanese; "" where no text has a letter."""
    scripts = count_scripts(texts)
    if not scripts:
        return ""
    return "HIRAGANA" if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts.total() else scripts.most_common(1)[0][0]


def script_for(language: Language, texts: Iterable[str]) -> str:
    """The script in which texts of the language are read: that of its tag, else the usual one, else that of the texts.

    The usual script of a language without spaces counts only where the texts are written in it: Chinese in Latin letters has spaces.
    """
    if language.script and language.spaced or _tagged_script(language.code):
        return language.script
    found = script_of_text(texts)
    if found in ("CJK", "HIRAGANA") and language.script in ("CJK", "HIRAGANA"):
        return language.script
    return found or language.script


def _find(text: str) -> Language | None:
    tag = text.replace("_", "-")
    if _PRIVATE.fullmatch(tag.lower()):
        return Language(tag.lower(), f"Private code {tag.lower()}", "")
    try:
        parsed = langcodes.Language.get(tag)
        if not (parsed.language and parsed.is_valid()):
            parsed = langcodes.find(text)
    except (LookupError, ValueError):
        try:
            parsed = langcodes.find(text)
        except LookupError:
            return None
    return _canonical(parsed)


def _canonical(parsed: langcodes.Language) -> Language | None:
    if not parsed.language or not parsed.is_valid():
        return None
    original = parsed.language
    base = _STORED.get(original) or parsed.prefer_macrolanguage().language or original
    base = _STORED.get(base, base)
    usual_script, usual_region = _usual(base)
    script = "" if parsed.script in (None, usual_script) else parsed.script
    region = "" if parsed.territory in (None, usual_region) else parsed.territory
    rest = [*(parsed.extlangs or ()), *(part for part in (script, region) if part), *(parsed.variants or ())]
    private = [parsed.private] if parsed.private else []
    name = _name(base, script, region, [*(parsed.variants or ()), *private])
    return Language("-".join([base, *rest, *private]), name, _unicode_word(parsed.script or usual_script))


def _usual(base: str) -> tuple[str, str]:
    """The script and region in which CLDR expects a language, "" where it says nothing."""
    for code in dict.fromkeys((base, langcodes.Language.make(language=base).prefer_macrolanguage().language or base)):
        if code in LIKELY_SUBTAGS:
            likely = langcodes.Language.get(LIKELY_SUBTAGS[code], normalize=False)
            return likely.script or "", "" if likely.territory in (None, "ZZ") else likely.territory
    return "", ""


def _name(base: str, script: str, region: str, more: list[str]) -> str:
    language = langcodes.Language.make(language=base)
    name = _NAMES.get(base) or language.language_name("en")
    if name.startswith("Unknown language"):
        name = f"Private code {base}"
    notes = [f"{langcodes.Language.make(script=script).script_name('en')} script"] if script else []
    notes += [langcodes.Language.make(territory=region).territory_name("en")] if region else []
    notes += more
    return f"{name} ({', '.join(notes)})" if notes else name


def _unicode_word(script: str) -> str:
    if not script:
        return ""
    return _UNICODE_WORDS.get(script) or langcodes.Language.make(script=script).script_name("en").upper().split()[0]


def _tagged_script(code: str) -> bool:
    return any(len(part) == 4 and part.isalpha() for part in code.split("-")[1:])


def _unknown(text: object) -> str:
    shown = repr(text[:30] if isinstance(text, str) else text)
    near = _close_names(str(text)[:30]) if isinstance(text, str) else []
    hint = f"did you mean {' or '.join(near)}?" if near else "use a code such as en, luo or swh_Latn, or an English name."
    return f"Unknown language {shown}; {hint}"


def _close_names(text: str) -> list[str]:
    """At most three languages, as "name (code)", whose names look like the text or whose code it extends."""
    wanted, choices = _letters(text), language_choices()
    names = {_letters(label.rpartition(" (")[0]): code for code, label in reversed(choices.items())}
    near = [re.split("[-_]", text.lower())[0]] if re.search("[-_]", text) else []
    near += [code for name, code in names.items() if len(wanted) > 3 and name.startswith(wanted)]
    near += [names[name] for name in difflib.get_close_matches(wanted, names, n=2, cutoff=0.8)]
    return [choices[code] for code in dict.fromkeys(near) if code in choices][:3]


def _letters(text: str) -> str:
    """Text for sorting and comparing: without case and accents."""
    return "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char))
