"""Spam or not, word by word: what each word adds to the log-odds, in either classifier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutor.labs.classifier.bayes import Floats, Labels, WordNaiveBayes
from tutor.labs.classifier.logistic import Logistic
from tutor.labs.classifier.messages import HAM, SPAM

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def words_of(text: str) -> list[str]:
    """The words of a message in lower case, in their order; digits and signs are left out."""
    return _WORD.findall(text.lower().replace("’", "'"))


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Messages as counts [n, words] of a vocabulary, `labels` [n] being 1 for spam."""

    vocabulary: tuple[str, ...]
    counts: Floats
    labels: Labels

    @classmethod
    def bundled(cls) -> Messages:
        """The lab's own eighty messages."""
        vocabulary = tuple(sorted({word for text in SPAM + HAM for word in words_of(text)}))
        counts = np.stack([count(text, vocabulary) for text in SPAM + HAM])
        return cls(vocabulary, counts, np.repeat([1, 0], [len(SPAM), len(HAM)]))


def count(text: str, vocabulary: Sequence[str]) -> Floats:
    """How often each word of the vocabulary stands in the text [words]; others count nowhere."""
    place = {word: number for number, word in enumerate(vocabulary)}
    found = np.zeros(len(vocabulary))
    for word in words_of(text):
        if word in place:
            found[place[word]] += 1
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Readers:
    """Naive Bayes and logistic regression, trained on the same messages."""

    messages: Messages
    bayes: WordNaiveBayes
    logistic: Logistic

    @classmethod
    def train(cls, messages: Messages) -> Readers:
        return cls(
            messages,
            WordNaiveBayes.fit(messages.counts, messages.labels),
            Logistic.fit(messages.counts, messages.labels),
        )

    def split(self, text: str) -> list[tuple[str, float, float]]:
        """Each known word of the text, once, with what it adds to the log-odds of spam in naive
        Bayes and in logistic regression: its weight, as often as it stands there.
        """
        counts = count(text, self.messages.vocabulary)
        found = []
        for word in dict.fromkeys(words_of(text)):
            if word in self.messages.vocabulary:
                place = self.messages.vocabulary.index(word)
                times = counts[place]
                bayes, logistic = self.bayes.weights[place], self.logistic.weights[place]
                found.append((word, float(times * bayes), float(times * logistic)))
        return found

    def log_odds(self, text: str) -> tuple[float, float]:
        """ln p(spam | text) / p(ham | text) of either."""
        counts = count(text, self.messages.vocabulary)[None, :]
        return float(self.bayes.log_odds(counts)[0]), float(self.logistic.log_odds(counts)[0])

    def strongest(self, n: int) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
        """The n words that speak loudest for spam and for ham to naive Bayes, with weights."""
        order = np.argsort(self.bayes.weights, kind="stable")
        ranked = [(self.messages.vocabulary[i], float(self.bayes.weights[i])) for i in order]
        return ranked[::-1][:n], ranked[:n]

    def writes(self, label: int, length: int, rng: np.random.Generator) -> str:
        """A message drawn from naive Bayes, which being generative can write some."""
        drawn = self.bayes.sample(label, length, rng)
        return " ".join(self.messages.vocabulary[number] for number in drawn)


def held_out_accuracy(messages: Messages, folds: int, rng: np.random.Generator) -> dict[str, float]:
    """The share of messages read rightly by readers that were trained on the others."""
    part = rng.permutation(np.arange(len(messages.labels)) % folds)
    right = {"naive_bayes": 0, "logistic_regression": 0}
    for fold in range(folds):
        seen, unseen = part != fold, part == fold
        readers = Readers.train(
            Messages(messages.vocabulary, messages.counts[seen], messages.labels[seen])
        )
        wanted = messages.labels[unseen] == 1
        counts = messages.counts[unseen]
        right["naive_bayes"] += int(((readers.bayes.log_odds(counts) > 0) == wanted).sum())
        right["logistic_regression"] += int(
            ((readers.logistic.log_odds(counts) > 0) == wanted).sum()
        )
    return {name: number / len(messages.labels) for name, number in right.items()}
