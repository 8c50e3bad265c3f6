"""Every technical word of the screens in plain words, in one place."""

from __future__ import annotations

import streamlit as st

TERMS: dict[str, tuple[str, str]] = {  # name: (as it is called, what it means)
    "corpus": (
        "Corpus",
        "A collection of sentences in one language. The two collections need not be translations of each other: similar topics are enough.",
    ),
    "vector": (
        "Word vector",
        "A list of numbers that a language model gives to one word in one sentence. Words used alike get similar lists. In "
        "papers: contextual cross-lingual word representation, CCWR.",
    ),
    "encoder": (
        "Language model",
        "A program trained on text in about 100 languages that turns words into vectors. Here it is frozen: it is only used, "
        "never changed. In papers: encoder.",
    ),
    "pair": (
        "Word pair",
        "One word of the first language and one of the second whose vectors are close, so that they probably mean the same where "
        "they stand. The sentences around them are not translations of each other.",
    ),
    "mining": (
        "Finding pairs",
        "Every word looks for its most similar word in the other language, among all words of the sampled sentences. In papers: mining.",
    ),
    "similarity": (
        "Similarity",
        "How close two word vectors are: 1 is the same direction, 0 is unrelated. In papers: cosine similarity. It is measured "
        "at the time of mining, with the maps as they were then.",
    ),
    "mutual": (
        "Found both ways",
        "Each of the two words is the other's most similar word. Fewer pairs, but more often right. In papers: intersection.",
    ),
    "one-way": ("Found one way", "The second word is the first one's most similar word, but not the other way round."),
    "iteration": (
        "Iteration",
        "One turn of: draw sentences, find word pairs, move the languages closer. Later iterations see languages that were already moved.",
    ),
    "several": (
        "Several pairs",
        "The two sentences share more than one word pair. In the paper this is so for about a quarter of the sentence pairs.",
    ),
    "maps": (
        "Map",
        "A table of numbers (a linear layer) that turns and stretches all word vectors of one language at once. There is one for "
        "each language; only these are trained.",
    ),
    "retrieval": (
        "Word retrieval",
        "The test. Given a word in a test sentence, find its translation among all words of all test sentences of the other "
        "language. The right word in the wrong sentence counts as wrong.",
    ),
    "accuracy": ("Accuracy", "The share of test words that find exactly their translation. 63 % means 63 of 100."),
    "interval": (
        "95 % interval",
        "If other test sentences of the same kind had been taken, the value would mostly lie in this range. It is computed by "
        "drawing the test sentences again 1,000 times (bootstrap). Ranges that barely overlap are a sign of a real difference.",
    ),
    "csls": (
        "CSLS",
        "A similarity that is corrected for words that are close to everything (hubs), so that these do not answer every question.",
    ),
    "gold": ("Gold answer", "The translation that a person, or a word aligner, marked as right."),
    "loss": (
        "Distance",
        "How far apart the two words of a pair are, on average (squared distance; in papers: loss, equation 2). It should fall.",
    ),
    "criterion": (
        "Agreement",
        "How well the two languages fit together on sentences that are kept out of mining: the average closeness (CSLS) of every "
        "word to its nearest counterpart. It needs no translations. The maps from the step with the highest agreement are kept.",
    ),
    "norm": (
        "Size of the maps",
        "1 at the start. If it fell towards 0, all words would shrink to one point and look similar: a false success. The run "
        "stops before that.",
    ),
    "rank": (
        "Effective rank",
        "How many independent directions a map still uses. If it fell far, differences between words would be lost. The run "
        "stops before that.",
    ),
    "fertility": (
        "Pieces per word",
        "Into how many pieces the language model cuts a word, on average. The more pieces, the less the model knows the "
        "language. In papers: fertility.",
    ),
    "mixing": (
        "Mixing",
        "Of each word's 10 nearest words, the share that belongs to the other language, divided by the share that chance would give. "
        "It is measured in the full space, not on the picture. 0: the languages lie apart; 1: as mixed as chance; more than 1: words "
        "lie closer to the other language than to their own.",
    ),
    "matched_distance": (
        "Distance of matched words",
        "1 minus the similarity, averaged over matched words, as a share of the same for all pairs of a word of one language with a "
        "word of the other. If learning only pulled everything together, this share would not fall.",
    ),
    "pca": (
        "PCA",
        "A flat view of the space along its two widest directions (principal components). Quick, and distances are true to scale, but "
        "most directions are left out.",
    ),
    "umap": (
        "UMAP",
        "A flat view that tries to keep neighbours together. Groups are easier to see than with PCA; distances between groups mean "
        "little. Before and after are laid out together (AlignedUMAP), so that a word keeps its place unless it moved.",
    ),
    "types": ("Different words", "How many different word forms occur, as they are written."),
    "tokenised": ("Tokenised", "Cut into words and punctuation marks."),
    "overlap": (
        "Shared pairs",
        "Pairs that both runs found at the same two places of the corpora. A place that several iterations found counts once.",
    ),
    "lexicon": (
        "Lexicon",
        "A list of words with their translations. A pair is right by the lexicon when it lists the second word as a translation of "
        "the first. A lexicon lacks most inflected forms, so the share it calls right is too low; compare runs by it, and do not "
        "take it for the truth.",
    ),
    "judgement": (
        "Judgement",
        "What a person said about a pair where it stands: right, similar meaning, wrong, or unsure. Unsure does not count.",
    ),
    "paired": (
        "Paired comparison",
        "Both runs answered the same test words. The test sentences are drawn again 1,000 times, for both runs alike, and each time "
        "the difference is taken (paired bootstrap). When 95 % of these differences leave out zero, the difference holds.",
    ),
    "f1": (
        "F1",
        "One number for how well named entities are found: 100 % when every entity is found with its exact ends and kind, and nothing "
        "else is. In papers: the harmonic mean of precision and recall.",
    ),
    "precision": (
        "Precision",
        "The share of the found pairs that are right. Strict: the words translate each other. Lenient: or their meanings are "
        "similar. Pairs judged unsure do not count.",
    ),
    "wilson": (
        "95 % interval of a precision",
        "Only some pairs were judged, drawn by chance. If others had been drawn, the share would mostly lie in this range. The "
        "more pairs are judged, the narrower it gets. In papers: Wilson score interval.",
    ),
    "kappa": (
        "Agreement (Cohen's kappa)",
        "How much more often two people give the same verdict than they would by chance: 1 is always, 0 is as chance would have "
        "it. It is reckoned from the pairs that both judged, over all four verdicts.",
    ),
    "seed": ("Seed", "The number that all chance in a run starts from. The same seed and texts give the same result."),
    "suite": ("Suite", "Many runs as one job: every chosen system on every chosen language, sharing all that can be shared."),
    "system": (
        "System",
        "One way of bringing two languages closer, or of leaving them as they are. linear_unsup is the paper's own; those ending "
        "in sup learn from translations, those ending in unsup do not.",
    ),
    "holds": (
        "Holds",
        "A difference holds when its 95 % interval leaves out zero. Both systems are measured on the same test sentences, which "
        "are drawn again 1,000 times (paired bootstrap).",
    ),
    "ner": (
        "Named entities",
        "Names of persons, places and organisations. A tagger learns to find them in English and is then tested on the other "
        "language, of which it has seen no example. In papers: zero-shot NER, F1.",
    ),
    "ner_precision": ("Precision", "Of the names that the tagger marked, the share that is right."),
    "recall": ("Recall", "Of the names that are in the text, the share that the tagger found."),
    "selection": (
        "How the tagger is chosen",
        "Training passes over the sentences many times. With tagged sentences of the tested language (the paper's way), the pass that "
        "does best on them is taken. Without any, the last half of the passes is averaged: then nothing is known about the tested "
        "language, as it would be in earnest.",
    ),
    "confusion": (
        "Confusion",
        "Rows: what is right; columns: what the tagger said. Names with the same first and last word are compared by class; a name "
        "with other ends counts as missed and as invented.",
    ),
}


def meaning(name: str) -> str:
    """The explanation of a term, for `help=`."""
    return TERMS[name][1]


def what_is(*names: str, label: str = "What do the words mean?", key: str | None = None) -> None:
    """A small popover that explains some terms."""
    with st.popover(label, icon=":material/help:", type="tertiary", key=key):
        for name in names:
            title, text = TERMS[name]
            st.markdown(f"**{title}.** {text}")
