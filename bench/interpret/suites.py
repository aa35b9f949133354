"""Six suites of real models: what is explained, what a missing part is replaced by. All seeds are fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.interpret.games import Game, Masks, Payoff, Values, shapley, tabulated

CACHE = Path(__file__).parents[2] / "build" / "bench-interpret-games"
INSTANCES = 12

REVIEWS = [
    "the food was not good but the staff were really very kind",
    "I absolutely love this phone despite its terrible battery life",
    "this is hardly the worst film I have ever seen",
    "not a great book but I would happily read it again",
    "the hotel was extremely dirty and the manager was incredibly rude",
    "she was never happy with the amazing gift he bought",
    "what an utterly boring waste of a very talented cast",
    "service was slow yet friendly and the dessert was delicious",
    "I do not hate it but it is not fun either",
    "the update kind of fixed the annoying crash thank you",
    "without doubt the best and most beautiful concert this year",
    "barely acceptable quality for such an outrageously high price sadly",
]


def texts(score: Callable[[list[str]], Values], samples: list[list[str]]) -> list[tuple[int, Payoff]]:
    """Games whose parts are words; missing ones are left out."""

    def game(words: list[str]) -> tuple[int, Payoff]:
        def payoff(masks: Masks) -> Values:
            return score(
                [" ".join(word for word, present in zip(words, mask, strict=True) if present) for mask in masks]
            )

        return len(words), payoff

    return [game(words) for words in samples]


def rows(
    score: Callable[[NDArray[Any]], NDArray[Any]], samples: NDArray[Any], missing: NDArray[Any], part: NDArray[Any]
) -> list[tuple[int, Payoff]]:
    """Games over rows of numbers. score: (m, k) -> (m, classes); the leading class is explained.

    missing: (k,) replaces. part: (k,) says which part each number belongs to.
    """

    def game(row: NDArray[Any]) -> tuple[int, Payoff]:
        leading = int(score(row[None])[0].argmax())
        return int(part.max()) + 1, lambda masks: score(np.where(masks[:, part], row, missing))[:, leading]

    return [game(row) for row in samples]


def vader() -> list[tuple[int, Payoff]]:
    """Sentiment of reviews by VADER's lexicon and rules, from 0 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def score(sentences: list[str]) -> Values:
        return np.array([(analyzer.polarity_scores(s)["compound"] + 1) / 2 if s else 0.5 for s in sentences])

    return texts(score, [review.split() for review in REVIEWS])


def digits() -> list[tuple[int, Payoff]]:
    """A network reads handwritten digits; parts are 4 x 4 patches, missing ones are the mean picture."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    pictures, names = load_digits(return_X_y=True)
    pictures = pictures / 16
    model = MLPClassifier((64,), max_iter=300, random_state=0).fit(pictures[:1500], names[:1500])
    row, column = np.divmod(np.arange(64), 8)
    samples = pictures[1500 : 1500 + INSTANCES]
    return rows(model.predict_proba, samples, pictures[:1500].mean(0), row // 2 * 4 + column // 2)


def wine() -> list[tuple[int, Payoff]]:
    """A random forest tells the grower of a wine from 13 measurements; missing ones are the median."""
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier

    measured, growers = load_wine(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(measured))
    measured, growers = measured[order], growers[order]
    model = RandomForestClassifier(40, random_state=0).fit(measured[:130], growers[:130])
    return rows(model.predict_proba, measured[-INSTANCES:], np.median(measured[:130], 0), np.arange(13))


def diabetes() -> list[tuple[int, Payoff]]:
    """Boosted trees predict the progress of diabetes, a number, from 10 measurements; missing ones are the median."""
    from sklearn.datasets import load_diabetes
    from sklearn.ensemble import GradientBoostingRegressor

    measured, progress = load_diabetes(return_X_y=True)
    model = GradientBoostingRegressor(n_estimators=80, max_depth=4, random_state=0).fit(measured[:350], progress[:350])
    missing = np.median(measured[:130], 0)
    return rows(lambda x: model.predict(x)[:, None], measured[-INSTANCES:], missing, np.arange(10))


def exclusive_or() -> list[tuple[int, Payoff]]:
    """A network has learned rules with exclusive-or of two and of three of 12 inputs; missing ones are 0."""
    from sklearn.neural_network import MLPClassifier

    random = np.random.default_rng(3)
    samples = random.integers(0, 2, (4000, 12)) + random.normal(0, 0.15, (4000, 12))
    on = samples > 0.5
    two, three = on[:, 0] ^ on[:, 1], on[:, 5] ^ on[:, 6] ^ on[:, 7]
    model = MLPClassifier((48, 32), max_iter=200, random_state=0).fit(
        samples, two | (on[:, 2] & on[:, 3] & ~on[:, 4]) | three
    )
    return rows(model.predict_proba, samples[:INSTANCES], np.zeros(12), np.arange(12))


def negation() -> list[tuple[int, Payoff]]:
    """A network over one, two and three words in a row has learned that "not" turns what follows."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.neural_network import MLPClassifier

    sentences, good = negated_sentences(np.random.default_rng(5))
    counts = CountVectorizer(ngram_range=(1, 3), max_features=1500, token_pattern=r"\S+")
    model = MLPClassifier((32,), max_iter=40, random_state=0).fit(counts.fit_transform(sentences), good)
    samples = [words for sentence in sentences if 10 <= len(words := sentence.split()) <= 13][:INSTANCES]
    games = []
    for words in samples:
        leading = int(model.predict_proba(counts.transform([" ".join(words)]))[0].argmax())
        games += texts(lambda s, c=leading: model.predict_proba(counts.transform(s))[:, c], [words])  # type: ignore[misc]
    return games


def negated_sentences(random: np.random.Generator, count: int = 6000) -> tuple[list[str], list[bool]]:
    """Sentences of praise and blame, some of it negated and then weaker; and whether each is good on the whole."""
    praise, blame = "good great lovely brilliant kind fun".split(), "bad awful rude boring dull sad".split()
    no, others = "not never hardly no".split(), "the a was film food it and staff very quite this we found".split()
    sentences, good = [], []
    for _ in range(count):
        words: list[str] = []
        total = 0.0
        for _ in range(random.integers(2, 5)):
            words += list(random.choice(others, random.integers(0, 3)))
            praised, negated = random.random() < 0.5, random.random() < 0.4
            words += [random.choice(no)] if negated else []
            words += ["very"] if random.random() < 0.3 else []
            words.append(random.choice(praise if praised else blame))
            total += (1 if praised else -1) * (-0.8 if negated else 1)
        sentences.append(" ".join(words))
        good.append(total > 0)
    return sentences, good


SUITES: dict[str, Callable[[], list[tuple[int, Payoff]]]] = {
    "VADER": vader,
    "digits": digits,
    "wine": wine,
    "diabetes": diabetes,
    "exclusive or": exclusive_or,
    "negation": negation,
}


def games(name: str) -> list[Game]:
    """The suite's games; every coalition is evaluated once and kept in build/ for the next run."""
    made_by = Path(__file__).read_bytes() + version("scikit-learn").encode() + version("numpy").encode()
    kept = CACHE / f"{name.replace(' ', '-')}-{hashlib.sha256(made_by).hexdigest()[:12]}.npz"
    if not kept.exists():
        tables = [tabulated(n, payoff).table for n, payoff in SUITES[name]()]
        CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(kept, *tables)
    with np.load(kept) as file:
        return [Game(table, shapley(int(np.log2(len(table))), table)) for table in file.values()]
