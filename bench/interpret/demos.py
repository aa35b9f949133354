"""Demos that run unchanged on Gradio 3.50.2 and here: what an explanation takes, and how near it comes.

`python -m bench.interpret.demos gradio` (or `quickdemo`) prints a line of JSON for each demo and method; this module is
imported by both environments, so it knows neither our package nor shapiq.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.interpret.games import Game, Values, tabulated
from bench.interpret.suites import REVIEWS, negated_sentences

SIDE = 64  # pixels
PICTURES = TEXTS = 6

Floats = NDArray[Any]


class Sample(NamedTuple):
    """A value, and its game where both tools play the same one."""

    value: Any
    game: Game | None


class Answer(NamedTuple):
    """values: (n,). game: theirs, where only the tool knows it."""

    values: Floats
    calls: int
    seconds: float
    game: Game | None = None


def sentiment(text: str) -> dict[str, float]:
    """VADER, from 0 to 1."""
    score = (analyzer().polarity_scores(text)["compound"] + 1) / 2
    return {"good": score, "bad": 1 - score}


@cache
def analyzer() -> Any:
    """VADER's lexicon, read once."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@cache
def forest() -> tuple[Any, Any]:
    """Counts of words in a row, and a forest of 100 trees over them: a batch takes little longer than one text."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_extraction.text import CountVectorizer

    sentences, good = negated_sentences(np.random.default_rng(5), 1500)
    counts = CountVectorizer(ngram_range=(1, 3), max_features=1500, token_pattern=r"\S+")
    return counts, RandomForestClassifier(100, random_state=0).fit(counts.fit_transform(sentences), good)


def praise(texts: list[str]) -> list[dict[str, float]]:
    """The forest on a batch of texts."""
    counts, model = forest()
    return [{"good": float(p), "bad": float(1 - p)} for p in model.predict_proba(counts.transform(texts))[:, 1]]


@cache
def longer_texts() -> list[str]:
    """Of 10 to 12 words, which the forest has not seen."""
    sentences, _ = negated_sentences(np.random.default_rng(6), 200)
    return [sentence for sentence in sentences if 10 <= len(sentence.split()) <= 12][:TEXTS]


@cache
def reader() -> tuple[Any, Floats]:
    """A network that reads digits of 8 x 8, and digits it has not seen."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    pictures, names = load_digits(return_X_y=True)
    model = MLPClassifier((64,), max_iter=300, random_state=0).fit(pictures[:1500] / 16, names[:1500])
    return model, pictures[1500 : 1500 + PICTURES]


def features(picture: Floats) -> Floats:
    """(..., 64, 64, 3) of 0 to 255 -> (..., 64) of 0 to 1: means of 8 x 8 pixels."""
    grey = np.asarray(picture, float).mean(-1) / 255
    blocks = grey.reshape(*grey.shape[:-2], 8, SIDE // 8, 8, SIDE // 8)
    return blocks.mean((-3, -1)).reshape(*grey.shape[:-2], 64)


def digit(picture: Floats) -> dict[str, float]:
    """The chance of each digit."""
    return {str(n): float(p) for n, p in enumerate(reader()[0].predict_proba(features(picture)[None])[0])}


def words_game(score: Callable[[list[str]], Values], text: str) -> Game:
    """The game that both tools play on a text: words are there or left out."""
    words = np.array(text.split(), object)
    return tabulated(len(words), lambda masks: score([" ".join(words[mask]) for mask in masks]))


def sentiment_game(text: str) -> Game:
    """Of the surer class, as both tools choose it."""
    name = max(sentiment(text), key=sentiment(text).__getitem__)
    return words_game(lambda texts: np.array([sentiment(one)[name] for one in texts]), text)


def praise_game(text: str) -> Game:
    """Of the surer class."""
    first = praise([text])[0]
    name = max(first, key=first.__getitem__)
    return words_game(lambda texts: np.array([found[name] for found in praise(texts)]), text)


def pictures() -> list[Floats]:
    """(64, 64, 3) of 0 to 255."""
    large = [np.kron(flat.reshape(8, 8) * 255 / 16, np.ones((SIDE // 8, SIDE // 8))) for flat in reader()[1]]
    return [np.repeat(one[:, :, None], 3, 2).astype(np.uint8) for one in large]


class Noting:
    """A function that keeps the values it was called for."""

    def __init__(self, function: Callable[[Any], Any], batch: bool) -> None:
        self.function, self.batch = function, batch
        self.seen: list[Any] = []

    def __call__(self, value: Any) -> Any:
        self.seen += value if self.batch else [value]
        return self.function(value)


class Demo(NamedTuple):
    """component: "text" or "picture". batched: what takes a list, for who can use it. methods: (name, num_shap)."""

    name: str
    function: Callable[[Any], Any]
    batched: Callable[[Any], Any] | None
    component: str
    methods: list[tuple[str, float]]
    samples: Callable[[], list[Sample]]


DEMOS = [
    Demo(
        "VADER",
        sentiment,
        None,
        "text",
        [("default", 2), ("shap", 2), ("shap", 8)],
        lambda: [Sample(text, sentiment_game(text)) for text in REVIEWS],
    ),
    Demo(
        "a forest over words, in batches",
        lambda text: praise([text])[0],
        lambda texts: [praise(texts)],
        "text",
        [("default", 2), ("shap", 2), ("shap", 8)],
        lambda: [Sample(text, praise_game(text)) for text in longer_texts()],
    ),
    Demo(
        "digits, pictures",
        digit,
        None,
        "picture",
        [("default", 2)],
        lambda: [Sample(picture, None) for picture in pictures()],
    ),
]


def ours(demo: Demo, method: str, num_shap: float) -> Callable[[Any], Answer]:
    """Here: in one process, without a page."""
    import quickdemo as gr

    function = Noting(demo.batched or demo.function, bool(demo.batched))
    form = gr.Textbox() if demo.component == "text" else gr.Image(shape=(SIDE, SIDE))
    batch = {"batch": True, "max_batch_size": 64} if demo.batched else {}
    app = gr.Interface(function, form, gr.Label(), interpretation=method, num_shap=num_shap, **batch)

    def explain(value: Any) -> Answer:
        function.seen.clear()
        start = time.perf_counter()
        found = app.explain(value)
        seconds = time.perf_counter() - start
        values = np.asarray(found.values[0])
        if demo.component == "text":
            return Answer(values, len(function.seen), seconds)
        # regions that are what replaces them are no players: they are 0 in both
        return Answer(values[values != 0], len(function.seen), seconds, regions_game(function.seen))

    return explain


def regions_game(seen: list[Floats]) -> Game:
    """The game that quickdemo plays on a picture, from what it showed to the function: the whole, then each region left
    out. The features are linear in the regions, soft edges included.
    """
    whole = features(seen[0])
    steps = whole - features(np.stack(seen[1 : len(seen) // 2]))
    return linear_game(whole - steps.sum(0), steps, whole)


def linear_game(empty: Floats, steps: Floats, whole: Floats) -> Game:
    """empty: (64,) features without any part. steps: (n, 64) what each adds."""
    model = reader()[0]
    leading = int(model.predict_proba(whole[None])[0].argmax())
    return tabulated(len(steps), lambda masks: model.predict_proba(empty + masks @ steps)[:, leading])


def theirs(demo: Demo, method: str, num_shap: float) -> Callable[[Any], Answer]:
    """Gradio 3.50.2: what its queue calls, in one process, without a page."""
    import asyncio

    import gradio as gr
    from gradio.interpretation import run_interpret
    from gradio.processing_utils import encode_array_to_base64

    told: list[Any] = []

    def telling(form: Any) -> Any:
        arranged = form.get_interpretation_scores

        def scores(x: Any, neighbors: Any, values: Any, *args: Any, **more: Any) -> Any:
            told[:] = [values]
            return arranged(x, neighbors, values, *args, **more)

        form.get_interpretation_scores = scores
        return form

    function = Noting(demo.function, False)
    form = telling(gr.Textbox() if demo.component == "text" else gr.Image(shape=(SIDE, SIDE)))
    app = gr.Interface(function, form, gr.Label(), interpretation=method, num_shap=num_shap)

    def explain(value: Any) -> Answer:
        raw = value if demo.component == "text" else encode_array_to_base64(value)
        function.seen.clear()
        start = time.perf_counter()
        asyncio.run(run_interpret(app, [raw]))
        seconds = time.perf_counter() - start
        game = None if demo.component == "text" else segments_game(form, raw)
        return Answer(np.asarray(told[0]), len(function.seen), seconds, game)

    return explain


def segments_game(form: Any, raw: str) -> Game:
    """The game that Gradio plays on a picture: its segments, or the mean colour. The features are linear in them."""
    segments, picture = form._segment_by_slic(raw)
    picture, mean = np.asarray(picture, float), np.mean(picture, axis=(0, 1))
    empty = features(np.broadcast_to(mean, picture.shape))
    steps = np.stack([features((picture - mean) * (segments == s)[:, :, None]) for s in np.unique(segments)])
    return linear_game(empty, steps, features(picture))


def error(found: Answer, game: Game) -> float:
    """Squared, relative to the exact values."""
    return float(((found.values - game.shapley) ** 2).sum() / (game.shapley**2).sum())


def measured(which: str) -> Iterator[dict[str, Any]]:
    """A row for each demo and method: medians over the samples."""
    for demo in DEMOS:
        samples = demo.samples()
        for method, num_shap in demo.methods:
            explain = {"quickdemo": ours, "gradio": theirs}[which](demo, method, num_shap)
            explain(samples[0].value)
            answers = [explain(sample.value) for sample in samples]
            games = [sample.game or answer.game for sample, answer in zip(samples, answers, strict=True)]
            yield {
                "demo": demo.name,
                "method": method if method == "default" else f"{method}, num_shap={num_shap:g}",
                "ms": 1000 * statistics.median(answer.seconds for answer in answers),
                "calls": statistics.median(answer.calls for answer in answers),
                "error": statistics.median(error(a, g) for a, g in zip(answers, games, strict=True) if g),
            }


if __name__ == "__main__":
    for row in measured(sys.argv[1]):
        print(json.dumps(row), flush=True)
