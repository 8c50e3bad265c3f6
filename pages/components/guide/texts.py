"""The texts of the lesson: for each step its title, an explanation, a question and its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StepText:
    """The texts of one step, as trusted HTML. Names in braces are replaced by values of the lesson."""

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
        "depends on the sentence around the word, so the same word form has a different vector in each sentence. The term for such a "
        "vector is contextual cross-lingual word representation (CCWR).",
        "Find two sentences in which the word means the same, and two in which it does not. Does the similarity agree with you?",
        "Mostly, but not always: the context and the position in the sentence count too, not the meaning alone. And all similarities are "
        "high: two words picked at random have {random} here, because the vectors of this model all point in roughly the same direction. "
        "So the rank of the neighbours matters, not the size of the number.",
    ),
    StepText(
        "Neighbours",
        "Neighbours in the other language",
        "The model was trained on text in about 100 languages at once. Words that are used alike therefore get similar vectors even "
        "across languages, although no dictionary was given. Choose a {language} word and see which English words are nearest.",
        "Which neighbours are translations and which are only related? Why are related words so near?",
        "The model was trained on the contexts of words. Words of one topic occur in similar sentences, so their vectors are similar "
        "although they do not mean the same. Mining finds such pairs too.",
    ),
    StepText(
        "Guess",
        "Mining by hand",
        "Do what mining does: which English word belongs to the marked {language} word? The program takes the word with the nearest "
        "vector. The correct answer comes from the word list of the samples, which the program does not use.",
        "When was the program wrong? Was its answer far off?",
        "Usually it chose a word of the same topic or of the same kind. It compares vectors and nothing else, and in a small collection "
        "the correct word may occur only in sentences that are very different.",
    ),
    StepText(
        "Both directions",
        "Why both directions are stricter",
        "Every word has an arrow to its most similar word in the other language: {language} words to the right (→), English words to the "
        "left (←). <b>Forward-backward</b> (union) keeps every arrow; the <b>intersection</b> keeps only pairs whose arrows meet (⇄). "
        "It finds fewer pairs, and more of them are correct.",
        "Which correct pair does the strict method lose? Does it keep a wrong one?",
        "A word without a counterpart has an arrow too, and this arrow is seldom returned. But a correct pair is lost as soon as "
        "a third word is a little nearer. In the whole corpus of this lesson the word list confirms {mutual} of the pairs found in both "
        "directions and {one_way} of those found in one direction only (words of four letters and more that are in the list).",
    ),
    StepText(
        "One step",
        "What one training step does",
        "Each language gets a <b>map</b>, a matrix that moves all its vectors at once (a linear layer). At first the maps change nothing. "
        "Each step changes them a little, so that the squared distance within the mined pairs shrinks: Σ ‖W<sub>1</sub>x − "
        "W<sub>2</sub>y‖² (equation 2 of the paper).",
        "The similarity of two words that do not form a pair changes as well. Why?",
        "A map moves every word of its language. Reducing the distance within the pairs rotates and shifts all vectors, and words "
        "that were in no pair move with them. That is the purpose: words that were never mined improve too. Training helps as long "
        "as correct pairs gain more than wrong ones.",
    ),
    StepText(
        "Hubs",
        "Hubs, and what CSLS does about them",
        "Some words are the nearest of very many others. They are called <b>hubs</b>, and most of their pairs are wrong. <b>CSLS</b> takes "
        "twice the similarity and subtracts the mean similarity of each of the two words to its ten nearest. A word that is close to "
        "every word must then be closer still to be chosen.",
        "Why does mining in both directions help against hubs too?",
        "A hub may be the nearest of sixty words, but it has only one nearest word itself. Of its sixty arrows at most one is returned.",
    ),
    StepText(
        "What goes wrong",
        "What can go wrong",
        "Nothing in equation 2 prevents the trivial solution: shrink everything to one point (<b>collapse</b>). And some mined pairs are "
        "wrong (<b>noise</b>). Here the steps are 40 times larger than in a run, so that both can be seen within a second.",
        "The distance falls in every case. Which value shows whether the training succeeded?",
        "Only the test. The distance also falls when everything shrinks, right or wrong. A run has no test during training, so it checks "
        "other values: the norm and the rank of the maps, and the agreement of both languages on held-out sentences. Pulling the maps back "
        "is done only in this lesson; a run takes small steps and keeps the latest maps whose agreement is within 5 % of the highest. "
        "Wrong pairs may even help a little at first: they still move the two sets of vectors as a whole towards each other.",
    ),
    StepText(
        "Tables",
        "What the tables say",
        "These are the paper's results for {language}, beside the results of the sample runs of this workspace. The two cannot be compared "
        "directly: another language model, other texts, another test. What can be compared is whether training helps.",
        "Where does training on mined pairs improve on the unchanged model, and what would parallel text add?",
        "{tables}",
    ),
    StepText(
        "Pictures",
        "How to misread a picture",
        "A vector has {dimensions} numbers, a screen two. <b>UMAP</b> places words so that near words stay near where it can. Much of a "
        "picture is made by the method: the sizes of clouds, the gaps between them and the axes mean nothing, and another seed or "
        "another number of neighbours gives another picture of the same words. Choose a picture and compare.",
        "The last picture shows random numbers without any language. It has clumps too. What does that say about clumps?",
        "A clump alone shows nothing: UMAP makes them from noise. Ask of every picture: does it look the same with another seed, are the "
        "words of a clump near each other in the full space, and what share of the true neighbours is kept? Measures of the full space, "
        "such as retrieval, do not depend on a picture.",
    ),
    StepText(
        "A better recipe",
        "What helps more than the paper's recipe",
        "The one-button run does more than the paper did. Each part below was added to those before it and measured on the test sentences "
        "of this lesson: how many words find their translation among <b>all</b> words of the other side.",
        "The last part learns from glosses that are partly wrong. Why does it help all the same?",
        "Wrong glosses point in all directions and cancel out; right ones agree. What is learned from thousands of pairs is which "
        "directions of the space both languages share, weighted by how well they agree (canonical correlation analysis). And a tenth of "
        "the glossed sentences is held out: if their words find each other less often with the new maps, the maps are not used.",
    ),
)
COUNT = len(STEPS)
