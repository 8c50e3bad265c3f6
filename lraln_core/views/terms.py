"""The terms of the pages, each explained once: the plain word first, the term of the field beside it.

The pages show these explanations as help, and docs/glossary.md is made from them: `python -m lraln_core.views.terms > docs/glossary.md`.
"""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A concept as the pages name it."""

    plain: str  # its name on the pages
    field: str  # what papers call it; '' where the plain name is that term already
    meaning: str

    @property
    def title(self) -> str:
        """Found in both directions (intersection)."""
        return f"{self.plain} ({self.field})" if self.field else self.plain


TERMS: dict[str, Term] = {
    # texts
    "corpus": Term(
        "Corpus",
        "",
        "A collection of sentences in one language. The two corpora of a run need not be translations of each other: similar topics are "
        "enough.",
    ),
    "tokenised": Term("Tokenised", "", "Split into words and punctuation marks."),
    "types": Term("Distinct words", "types", "The number of different word forms, as they are spelled."),
    "fertility": Term(
        "Subwords per word",
        "fertility",
        "Into how many subwords the language model splits a word, on average. The more subwords, the less the model knows the language.",
    ),
    "language_model": Term(
        "Language model",
        "encoder",
        "A neural network trained on text in about 100 languages that turns words into vectors. Here it is frozen: it is used and never "
        "changed.",
    ),
    "layer_criterion": Term(
        "Mutual nearest words",
        "mutual CSLS neighbours",
        "Share of the words of the first language that have a most similar word in the second language whose own most similar word they "
        "are. Each language is normalised first. The more such words, the better the two languages fit together in that layer.",
    ),
    "vector": Term(
        "Word vector",
        "contextual cross-lingual word representation, CCWR",
        "A list of numbers that the language model computes for one word in one sentence. Words used alike get similar vectors.",
    ),
    # mining
    "mining": Term(
        "Finding word pairs",
        "mining",
        "For every word, the most similar word of the other language is searched for among all words of the sampled sentences.",
    ),
    "pair": Term(
        "Word pair",
        "mined pair",
        "One word of the first language and one of the second whose vectors are close, so that they probably mean the same in their "
        "sentences. The two sentences are not translations of each other.",
    ),
    "place": Term(
        "Distinct place",
        "",
        "One occurrence of a source word together with one occurrence of a target word. All counts of pairs are counts of distinct places: "
        "a pair that several iterations found at the same place counts once.",
    ),
    "mutual": Term(
        "Found in both directions",
        "intersection",
        "Each of the two words is the most similar word of the other (mutual pairs). Fewer pairs, but more of them are correct.",
    ),
    "either": Term(
        "Found in either direction",
        "union, forward-backward",
        "At least one of the two words is the most similar word of the other. More pairs, but fewer of them are correct.",
    ),
    "one-way": Term(
        "Found in one direction only",
        "forward or backward",
        "The second word is the most similar word of the first, but not the other way round. Forward: searched from the first language to "
        "the second. Backward: from the second to the first.",
    ),
    "iteration": Term(
        "Iteration",
        "",
        "One cycle of the algorithm: sample sentences, find word pairs, train the maps on them. Later iterations search with the maps "
        "trained so far.",
    ),
    "several": Term(
        "Several pairs",
        "",
        "The two sentences share more than one word pair. In the paper this holds for about a quarter of the sentence pairs.",
    ),
    "similarity": Term(
        "Similarity",
        "cosine similarity",
        "How close two word vectors are: 1 is the same direction, 0 is unrelated. When a pair is found, it is measured "
        "with the maps of that iteration; afterwards, for all pairs alike, with the final maps.",
    ),
    "csls": Term(
        "Similarity corrected for hubs",
        "CSLS",
        "Twice the cosine similarity, minus the mean similarity of each of the two words to its ten nearest words of the other language. "
        "So a word that is close to every word does not answer every search.",
    ),
    "hub": Term(
        "Hub",
        "hubness",
        "A word that is among the ten nearest words of very many words of the other language, ten times as many as the average word or "
        "more. Most pairs with a hub are wrong.",
    ),
    "expected_precision": Term(
        "Expected precision",
        "",
        "How often pairs of word types with such a CSLS can be expected to be right. It is measured without a dictionary: on words whose "
        "translation is known because both languages spell them alike.",
    ),
    # training
    "maps": Term(
        "Map",
        "linear layer",
        "A matrix that transforms all word vectors of one language at once. There is one for each language, and only these two are "
        "trained.",
    ),
    "loss": Term(
        "Distance within pairs",
        "loss, equation 2",
        "The mean squared distance between the two words of a pair. It should fall during training.",
    ),
    "checks": Term(
        "Collapse and agreement checks",
        "unsupervised model selection",
        "Measured during training without any translation: the agreement of the two languages on held-out sentences, and the norm and "
        "effective rank of the maps.",
    ),
    "held_out": Term(
        "Held-out sentences", "", "Sentences that are kept out of mining and training, so that checks can be measured on them."
    ),
    "criterion": Term(
        "Agreement on held-out sentences",
        "unsupervised criterion",
        "The mean CSLS of every held-out word and its nearest word of the other language, in both directions. The maps that are kept are "
        "the latest ones whose agreement is within 5 % of the highest value.",
    ),
    "norm": Term(
        "Norm of the maps",
        "",
        "1 at the start. If it fell towards 0, all words would shrink to one point and look similar although nothing was learned "
        "(collapse). The run stops before that.",
    ),
    "rank": Term(
        "Effective rank",
        "",
        "The number of independent directions that a map still uses. If it fell far, differences between words would be lost. The run "
        "stops before that.",
    ),
    "seed": Term("Seed", "", "The start value of the random numbers. The same seed and texts give the same result."),
    "system": Term(
        "System",
        "",
        "One way to bring two languages closer, or to leave them as they are. linear_unsup is the paper's method; systems ending in sup "
        "learn from translations, those ending in unsup do not.",
    ),
    "suite": Term("Suite", "", "Many runs as one job: every chosen system on every chosen language; what the runs share is computed once."),
    # measuring
    "retrieval": Term(
        "Word retrieval",
        "",
        "The test. Given a word in a test sentence, find its translation among all words of all test sentences of the other language. The "
        "right word in the wrong sentence counts as wrong.",
    ),
    "accuracy": Term("Accuracy", "", "The share of test words for which exactly their translation is found. 63 % means 63 of 100."),
    "gold": Term("Gold answer", "", "The translation that a person or a word aligner marked as correct."),
    "aer": Term(
        "Error rate of word links",
        "alignment error rate, AER",
        "How far the found links are from those that people made: 0 % means the same links, 100 % none in common. Wrong links and missed "
        "links both count.",
    ),
    "links_sure": Term(
        "Sure and possible links",
        "",
        "People mark a link as sure, or as possible where opinions differ. A found link that is possible counts as right, and a possible "
        "link that is not found is no error.",
    ),
    "interval": Term(
        "95 % interval",
        "bootstrap confidence interval",
        "The range of values to expect with other test sentences of the same kind. It is computed by drawing the test sentences again "
        "1,000 times. To compare two values, use the interval of their difference.",
    ),
    "paired": Term(
        "Difference on the same test",
        "paired bootstrap",
        "Both are measured on the same test words. The test sentences are drawn again 1,000 times, for both alike, and each time the "
        "difference is computed.",
    ),
    "holds": Term(
        "Significant",
        "at 95 %, paired bootstrap",
        "A difference is significant when its 95 % interval does not contain zero. Both are measured on the same test sentences, which are "
        "drawn again 1,000 times.",
    ),
    "lexicon": Term(
        "Lexicon",
        "bilingual dictionary",
        "A list of words with their translations. A pair is correct by the lexicon when it lists the second word as a translation of the "
        "first. A lexicon lacks most inflected forms, so this share is too low; use it to compare runs, not as an absolute value.",
    ),
    "judgement": Term(
        "Judgement",
        "annotation",
        "The verdict of a person on a pair in its sentences: correct, similar meaning, wrong, or unsure. Unsure does not count.",
    ),
    "precision": Term(
        "Precision",
        "",
        "The share of the found pairs that are correct. Strict: the words translate each other. Lenient: their meanings are at least "
        "similar. Pairs judged unsure do not count.",
    ),
    "wilson": Term(
        "95 % interval of a precision",
        "Wilson score interval",
        "Only a random sample of the pairs was judged. The range of values to expect with another sample. The more pairs are judged, the "
        "narrower it is.",
    ),
    "kappa": Term(
        "Agreement of annotators",
        "Cohen's kappa",
        "How much more often two people give the same verdict than by chance: 1 is always, 0 is what chance would give. Computed from the "
        "pairs that both judged, over all four verdicts.",
    ),
    "overlap": Term("Shared pairs", "", "Pairs that both runs found at the same distinct place of the corpora."),
    "mixing": Term(
        "Mixing",
        "",
        "Of each word's 10 nearest words, the share that belongs to the other language, divided by the share that chance would give. "
        "Measured in the full space, not on the picture. 0: the languages are separate; 1: random mixing; more than 1: words are closer to "
        "the other language than to their own.",
    ),
    "matched_distance": Term(
        "Distance of matched words",
        "",
        "1 minus the similarity, averaged over matched words, divided by the same average over all pairs of a word of one language with a "
        "word of the other. If training only pulled all words together, this ratio would not fall.",
    ),
    "pca": Term(
        "PCA",
        "principal component analysis",
        "A flat view of the space along its two widest directions. Fast, and distances are true to scale, but most directions are left "
        "out.",
    ),
    "umap": Term(
        "UMAP",
        "",
        "A flat view that tries to keep neighbours together. Groups are easier to see than with PCA; distances between groups mean little. "
        "Before and after are laid out together (AlignedUMAP), so that a word keeps its position unless it moved.",
    ),
    # named entities
    "ner": Term(
        "Named entities",
        "zero-shot NER",
        "Names of persons, places and organisations. A tagger is trained to find them in English and then tested on the other language, "
        "without any training example of it.",
    ),
    "f1": Term(
        "F1",
        "harmonic mean of precision and recall",
        "One number for how well named entities are found: 100 % when every entity is found with its exact boundaries and class, and "
        "nothing else is.",
    ),
    "ner_precision": Term("Precision", "", "Of the names that the tagger marked, the share that is correct."),
    "recall": Term("Recall", "", "Of the names in the text, the share that the tagger found."),
    "selection": Term(
        "How the tagger is chosen",
        "model selection",
        "Training passes over the sentences many times (epochs). With tagged sentences of the tested language (as in the paper), the epoch "
        "that does best on them is used. Without them, the weights of the last half of the epochs are averaged, and nothing about the "
        "tested language is used. A third tagger, where it was asked for, also learns from text of the tested language without tags.",
    ),
    "confusion": Term(
        "Confusion matrix",
        "",
        "Rows: the correct class; columns: what the tagger marked. Names with the same first and last word are compared by class; a name "
        "with other boundaries counts as missed and as invented.",
    ),
}


def glossary() -> str:
    """All terms as a Markdown document, in alphabetical order."""
    lines = [f"**{term.title}**: {term.meaning}" for term in sorted(TERMS.values(), key=lambda term: term.title.lower())]
    head = "# Glossary\n\nThe terms of the pages, the plain word first. Made from `lraln_core/views/terms.py`; edit them there.\n\n"
    return head + "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    print(glossary(), end="")
