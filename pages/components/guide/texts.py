"""The words of the lesson: for each step its title, two or three sentences, a question and its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StepText:
    """All but the answer is HTML of our own; {language} is replaced. The answer may hold figures in braces."""

    short: str
    title: str
    text: str
    question: str
    answer: str


STEPS = (
    StepText(
        "Vectors",
        "One word, many vectors",
        "A language model reads whole sentences and gives every word a list of {dimensions} numbers, its <b>vector</b>. The vector "
        "depends on the sentence around the word, so the same word form gets another one in each sentence. In papers such a vector is "
        "called a contextual cross-lingual word representation, CCWR.",
        "Find two sentences in which the word means the same, and two in which it does not. Does the similarity agree with you?",
        "Mostly, not always: the surroundings and the place in the sentence count too, not the meaning alone. And all similarities are "
        "high. Two words picked at random have {random} here, because the vectors of this model all point roughly the same way. So "
        "what counts is who is nearest, not how large the number is.",
    ),
    StepText(
        "Neighbours",
        "Neighbours in the other language",
        "The model was trained on text in about 100 languages at once. Words that are used alike therefore get similar vectors even "
        "across languages, and nobody gave it a dictionary. Choose a {language} word and see which English words stand nearest.",
        "Which neighbours are translations and which are only related? Why do related words come so near?",
        "The model learned from the company that words keep. Words of one topic stand in similar sentences, so their vectors are "
        "similar although they do not mean the same. Mining brings up such pairs too.",
    ),
    StepText(
        "Guess",
        "Mining by hand",
        "Do what the machine does: which English word belongs to the marked {language} word? The machine takes the word with the nearest "
        "vector. The right answer comes from the word list of the samples, which the machine never sees.",
        "When was the machine wrong? Was its answer far off?",
        "Usually it chose a word of the same topic or of the same kind. It compares vectors and nothing else, and in a small collection "
        "the right word may stand only in sentences that are very different.",
    ),
    StepText(
        "Both ways",
        "Why asking both ways is stricter",
        "Every word points at its most similar word in the other language: {language} words to the right (→), English words to the left "
        "(←). <b>Forward-backward</b> keeps every arrow; the <b>intersection</b> keeps only pairs whose arrows meet (⇄). "
        "It finds fewer pairs, and more of them are right.",
        "Which right pair does the strict method lose? Does it keep a wrong one?",
        "A word without a counterpart has to point somewhere too, and its arrow is seldom returned. But a right pair is lost as soon as "
        "a third word is a little nearer. In the whole collection of this lesson the word list confirms {mutual} of the pairs found both "
        "ways and {one_way} of those found one way only (words of four letters and more that the list knows).",
    ),
    StepText(
        "One step",
        "What one step of learning does",
        "Each language gets a <b>map</b>, a table of numbers that moves all its vectors at once. At first the maps change nothing. Each "
        "step alters them a little, so that the squared distance within the mined pairs shrinks: Σ ‖W<sub>1</sub>x − "
        "W<sub>2</sub>y‖² (equation 2 of the paper).",
        "The similarity of two words that do not belong together changes as well. Why?",
        "A map moves every word of its language. Pulling the pairs together turns and shifts the whole cloud, and words that were in no "
        "pair move along. That is the point: words that were never mined profit too. Learning helps as long as right pairs gain more "
        "than wrong ones.",
    ),
    StepText(
        "Hubs",
        "Hubs, and how CSLS removes them",
        "Some words are the nearest of very many others. They are called <b>hubs</b>, and most of their pairs are wrong. <b>CSLS</b> takes "
        "twice the similarity and subtracts how near each of the two words is to its ten nearest on average. A word that is close to "
        "everything must then be closer still to win.",
        "Why does asking both ways help against hubs too?",
        "A hub may be the nearest of sixty words, but it has only one nearest word itself. Of its sixty arrows at most one is returned.",
    ),
    StepText(
        "What goes wrong",
        "What can go wrong",
        "Nothing in equation 2 forbids the shortest way to a small distance: shrink everything to one point (<b>collapse</b>). And some "
        "mined pairs are wrong (<b>noise</b>). Here the steps are 40 times larger than in a run, so that both can be seen within a second.",
        "The distance falls in every case. Which figure tells the truth?",
        "Only the test. The distance also falls when everything shrinks, right or wrong. A run has no test to look at while it learns, so "
        "it watches other things: the size of the maps, their rank, and how well both languages agree on sentences kept out of mining. "
        "Holding the maps back is a device of this lesson; a run takes small steps and keeps the best maps. And do not be surprised if "
        "even wrong pairs help a little at first: they still pull the two clouds of words as a whole towards each other.",
    ),
    StepText(
        "Tables",
        "What the tables say",
        "These are the paper's own figures for {language}, and beside them what the sample runs of this workspace found. The two cannot "
        "be compared one to one: another language model, other texts, another test. What can be compared is whether learning helps.",
        "Where does learning from mined pairs beat the untouched model, and what would parallel text add?",
        "{tables}",
    ),
)
COUNT = len(STEPS)
