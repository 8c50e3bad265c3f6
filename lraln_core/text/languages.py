"""The languages the project knows by name: code, script, family, and which tokeniser they take."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lraln_core.errors import LanguageError

UNSPACED_SCRIPTS = frozenset({"CJK", "HIRAGANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})


@dataclass(frozen=True)
class Language:
    """One language; `script` is the first word of its letters' Unicode names."""

    code: str  # ISO 639-1, or 639-3 where there is none
    name: str
    script: str
    family: str
    indic: bool  # takes the Indic tokeniser: the languages of the Indian subcontinent (paper, section 4.1)
    in_paper: bool  # one of the paper's thirteen low-resource languages

    @property
    def spaced(self) -> bool:
        """Whether words are written with spaces between them."""
        return self.script not in UNSPACED_SCRIPTS


_PAPER = frozenset("bn eu mk ml af sw kn gu ne sd fo hsb mi".split())
_INDIC = frozenset("as awa bho bn brx doi gom gu hi kn kok ks mai ml mr ne new or pa pnb sa sd skr ta te ur".split())

# code, name, script, family
_TABLE = """
en|English|LATIN|Germanic
bn|Bengali|BENGALI|Indo-Aryan
eu|Basque|LATIN|Basque
mk|Macedonian|CYRILLIC|Slavic
ml|Malayalam|MALAYALAM|Dravidian
af|Afrikaans|LATIN|Germanic
sw|Swahili|LATIN|Bantu
kn|Kannada|KANNADA|Dravidian
gu|Gujarati|GUJARATI|Indo-Aryan
ne|Nepali|DEVANAGARI|Indo-Aryan
sd|Sindhi|ARABIC|Indo-Aryan
fo|Faroese|LATIN|Germanic
hsb|Upper Sorbian|LATIN|Slavic
mi|Maori|LATIN|Polynesian
am|Amharic|ETHIOPIC|Semitic
an|Aragonese|LATIN|Romance
ar|Arabic|ARABIC|Semitic
arz|Egyptian Arabic|ARABIC|Semitic
as|Assamese|BENGALI|Indo-Aryan
ast|Asturian|LATIN|Romance
awa|Awadhi|DEVANAGARI|Indo-Aryan
az|Azerbaijani|LATIN|Turkic
ba|Bashkir|CYRILLIC|Turkic
bar|Bavarian|LATIN|Germanic
be|Belarusian|CYRILLIC|Slavic
bg|Bulgarian|CYRILLIC|Slavic
bho|Bhojpuri|DEVANAGARI|Indo-Aryan
bo|Tibetan|TIBETAN|Sino-Tibetan
br|Breton|LATIN|Celtic
brx|Bodo|DEVANAGARI|Sino-Tibetan
bs|Bosnian|LATIN|Slavic
ca|Catalan|LATIN|Romance
ce|Chechen|CYRILLIC|Northeast Caucasian
ceb|Cebuano|LATIN|Philippine
ckb|Central Kurdish|ARABIC|Iranian
co|Corsican|LATIN|Romance
cs|Czech|LATIN|Slavic
cv|Chuvash|CYRILLIC|Turkic
cy|Welsh|LATIN|Celtic
da|Danish|LATIN|Germanic
de|German|LATIN|Germanic
doi|Dogri|DEVANAGARI|Indo-Aryan
dsb|Lower Sorbian|LATIN|Slavic
dv|Dhivehi|THAANA|Indo-Aryan
ee|Ewe|LATIN|Kwa
el|Greek|GREEK|Hellenic
eo|Esperanto|LATIN|Constructed
es|Spanish|LATIN|Romance
et|Estonian|LATIN|Uralic
fa|Persian|ARABIC|Iranian
fi|Finnish|LATIN|Uralic
fr|French|LATIN|Romance
fy|Western Frisian|LATIN|Germanic
ga|Irish|LATIN|Celtic
gd|Scottish Gaelic|LATIN|Celtic
gl|Galician|LATIN|Romance
gn|Guarani|LATIN|Tupian
gom|Goan Konkani|DEVANAGARI|Indo-Aryan
ha|Hausa|LATIN|Chadic
haw|Hawaiian|LATIN|Polynesian
he|Hebrew|HEBREW|Semitic
hi|Hindi|DEVANAGARI|Indo-Aryan
hr|Croatian|LATIN|Slavic
ht|Haitian Creole|LATIN|Creole
hu|Hungarian|LATIN|Uralic
hy|Armenian|ARMENIAN|Armenian
id|Indonesian|LATIN|Malayic
ig|Igbo|LATIN|Volta-Niger
ilo|Ilocano|LATIN|Philippine
is|Icelandic|LATIN|Germanic
it|Italian|LATIN|Romance
ja|Japanese|HIRAGANA|Japonic
jv|Javanese|LATIN|Javanese
ka|Georgian|GEORGIAN|Kartvelian
kab|Kabyle|LATIN|Berber
kk|Kazakh|CYRILLIC|Turkic
km|Khmer|KHMER|Austroasiatic
ko|Korean|HANGUL|Koreanic
kok|Konkani|DEVANAGARI|Indo-Aryan
ks|Kashmiri|ARABIC|Indo-Aryan
ku|Kurdish|LATIN|Iranian
ky|Kyrgyz|CYRILLIC|Turkic
la|Latin|LATIN|Italic
lb|Luxembourgish|LATIN|Germanic
lg|Ganda|LATIN|Bantu
ln|Lingala|LATIN|Bantu
lo|Lao|LAO|Kra-Dai
lt|Lithuanian|LATIN|Baltic
lv|Latvian|LATIN|Baltic
mai|Maithili|DEVANAGARI|Indo-Aryan
mg|Malagasy|LATIN|Malagasic
mn|Mongolian|CYRILLIC|Mongolic
mr|Marathi|DEVANAGARI|Indo-Aryan
ms|Malay|LATIN|Malayic
mt|Maltese|LATIN|Semitic
my|Burmese|MYANMAR|Sino-Tibetan
nb|Norwegian Bokmål|LATIN|Germanic
nds|Low German|LATIN|Germanic
new|Newari|DEVANAGARI|Sino-Tibetan
nl|Dutch|LATIN|Germanic
nn|Norwegian Nynorsk|LATIN|Germanic
no|Norwegian|LATIN|Germanic
ny|Chewa|LATIN|Bantu
oc|Occitan|LATIN|Romance
om|Oromo|LATIN|Cushitic
or|Odia|ORIYA|Indo-Aryan
os|Ossetian|CYRILLIC|Iranian
pa|Punjabi|GURMUKHI|Indo-Aryan
pcm|Nigerian Pidgin|LATIN|Creole
pl|Polish|LATIN|Slavic
pnb|Western Punjabi|ARABIC|Indo-Aryan
ps|Pashto|ARABIC|Iranian
pt|Portuguese|LATIN|Romance
qu|Quechua|LATIN|Quechuan
rm|Romansh|LATIN|Romance
ro|Romanian|LATIN|Romance
ru|Russian|CYRILLIC|Slavic
rw|Kinyarwanda|LATIN|Bantu
sa|Sanskrit|DEVANAGARI|Indo-Aryan
sah|Yakut|CYRILLIC|Turkic
sc|Sardinian|LATIN|Romance
scn|Sicilian|LATIN|Romance
se|Northern Sami|LATIN|Uralic
si|Sinhala|SINHALA|Indo-Aryan
sk|Slovak|LATIN|Slavic
skr|Saraiki|ARABIC|Indo-Aryan
sl|Slovenian|LATIN|Slavic
sm|Samoan|LATIN|Polynesian
sn|Shona|LATIN|Bantu
so|Somali|LATIN|Cushitic
sq|Albanian|LATIN|Albanian
sr|Serbian|CYRILLIC|Slavic
ss|Swati|LATIN|Bantu
st|Southern Sotho|LATIN|Bantu
su|Sundanese|LATIN|Sundanese
sv|Swedish|LATIN|Germanic
szl|Silesian|LATIN|Slavic
ta|Tamil|TAMIL|Dravidian
te|Telugu|TELUGU|Dravidian
tg|Tajik|CYRILLIC|Iranian
th|Thai|THAI|Kra-Dai
ti|Tigrinya|ETHIOPIC|Semitic
tk|Turkmen|LATIN|Turkic
tl|Tagalog|LATIN|Philippine
tn|Tswana|LATIN|Bantu
to|Tongan|LATIN|Polynesian
tr|Turkish|LATIN|Turkic
ts|Tsonga|LATIN|Bantu
tt|Tatar|CYRILLIC|Turkic
tw|Twi|LATIN|Kwa
ug|Uyghur|ARABIC|Turkic
uk|Ukrainian|CYRILLIC|Slavic
ur|Urdu|ARABIC|Indo-Aryan
uz|Uzbek|LATIN|Turkic
vi|Vietnamese|LATIN|Austroasiatic
war|Waray|LATIN|Philippine
wo|Wolof|LATIN|Atlantic
xh|Xhosa|LATIN|Bantu
yi|Yiddish|HEBREW|Germanic
yo|Yoruba|LATIN|Volta-Niger
zh|Chinese|CJK|Sinitic
zu|Zulu|LATIN|Bantu
"""


def _read_table() -> dict[str, Language]:
    rows = (row.split("|") for row in _TABLE.split("\n") if row)
    return {
        code: Language(code, name, script, family, indic=code in _INDIC, in_paper=code in _PAPER) for code, name, script, family in rows
    }


LANGUAGES: dict[str, Language] = _read_table()


def get_language(code: str) -> Language:
    """The language of a lower-case ISO code. Raises LanguageError that names the closest codes."""
    if isinstance(code, str) and code in LANGUAGES:
        return LANGUAGES[code]
    if code == "":
        raise LanguageError("No language is given; write a code such as en, sw or mk.")
    shown = repr(code[:30] if isinstance(code, str) else code)
    near = [f"{language.code} ({language.name})" for language in _close_languages(str(code)[:30])]
    hint = f"did you mean {' or '.join(near)}?" if near else "use an ISO 639 code such as en, sw or mk."
    raise LanguageError(f"Unknown language code {shown}; {hint}")


def _close_languages(code: str) -> list[Language]:
    """At most three: the same code in other letters, names that begin so or look so, codes that it extends (swa: sw)."""
    wanted = code.strip().casefold()
    names = {language.name.casefold(): language.code for language in LANGUAGES.values()}
    near = [wanted, wanted.replace("_", "-").split("-")[0]]
    near += [names[name] for name in names if len(wanted) > 2 and name.startswith(wanted)]
    near += [names[name] for name in difflib.get_close_matches(wanted, names, n=2, cutoff=0.7)]
    near += [wanted[:2]] if len(wanted) == 3 else []
    return [LANGUAGES[code] for code in dict.fromkeys(near) if code in LANGUAGES][:3]
