"""demo.explain and demo.interpret: one game over all inputs, whose scores sum to the change of what is explained."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.errors import ExplanationError

WORDS = {"good": 0.3, "not": -0.2, "very": 0.1}


def sentiment(text: str) -> dict[str, float]:
    positive = 0.5 + sum(score for word, score in WORDS.items() if word in text.split())
    return {"negative": 1 - positive, "positive": positive}


def demo(fn: Any = sentiment, inputs: Any = "text", outputs: Any = "label", **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, allow_flagging="never", **{"interpretation": "default", **options})


def close(values: Any, wanted: Any) -> bool:
    return bool(np.allclose(values, wanted, atol=1e-12))


def test_scores_are_those_of_the_surest_class_with_their_signs() -> None:
    made = demo().explain("a very good film")

    assert close(made.values[0], [0, 0.1, 0.3, 0])
    assert made.labels == [["a", "very", "good", "film"]]
    assert close([made.base, made.full], [0.5, 0.9])
    assert made.target is not None and (made.target.kind, made.target.name) == ("class", "positive")
    assert made.calls == 10


def test_a_class_is_chosen_by_its_name_and_one_that_is_missing_counts_as_0() -> None:
    made = demo(lambda text: {"cat": 0.8, "dog": 0.2} if "paw" in text else {"dog": 1.0}).explain("a paw", target="cat")

    assert close(made.values[0], [0, 0.8]) and close(made.base, 0)


def test_parts_of_all_inputs_are_players_of_one_game() -> None:
    made = demo(lambda a, b: len(a.split()) * len(b.split()), ["text", "text"], "number").explain("x y", "z")

    assert close(sum(x.sum() for x in made.values if x is not None), 2) and close(made.totals, [1, 1])


@pytest.mark.parametrize("kind", ["plain", "async", "generator", "async_generator", "batch"])
def test_functions_of_every_kind_are_explained(kind: str) -> None:
    async def coroutine(text: str) -> Any:
        return sentiment(text)

    def generator(text: str) -> Iterator[Any]:
        yield {}
        yield sentiment(text)

    async def async_generator(text: str) -> AsyncIterator[Any]:
        yield sentiment(text)

    sizes: list[int] = []

    def batch(texts: list[str]) -> list[Any]:
        sizes.append(len(texts))
        return [[sentiment(text) for text in texts]]

    fns = {"plain": sentiment, "async": coroutine, "generator": generator, "batch": batch}
    options = {"batch": True, "max_batch_size": 3} if kind == "batch" else {}
    made = demo({**fns, "async_generator": async_generator}[kind], **options).explain("a not good")

    assert close(made.values[0], [0, -0.2, 0.3])
    assert max(sizes, default=3) == 3


def test_each_choice_of_parts_is_asked_once_and_progress_is_told() -> None:
    seen: list[str] = []
    told: list[tuple[int, int]] = []

    def fn(text: str) -> float:
        seen.append(text)
        return len(text)

    demo(fn, outputs="number").explain("one", on_progress=lambda done, total: told.append((done, total)))

    assert sorted(seen) == ["", "one"]
    assert told[-1][0] == 2


def test_a_budget_is_kept_and_parts_that_are_too_many_are_explained_together() -> None:
    made = demo(lambda text: len(text.split()), outputs="number", interpretation_budget=6).explain("a b c d e f g h")

    assert made.calls <= 6 and close(made.values[0], [4, 4])
    assert made.labels[0] == ["a b c d (4 words)", "e f g h (4 words)"] and made.inputs[0].sizes == [4, 4]
    assert demo().explain("a b c d", budget=2).calls == 2


@pytest.mark.parametrize("method", ["default", "shap"])
@pytest.mark.parametrize("budget", [2, 3, 10, 20, 40])
def test_curves_are_made_with_the_calls_that_the_parts_leave(budget: int, method: str) -> None:
    seen: list[tuple[float, float, str]] = []

    def fn(number: float, slider: float, choice: str) -> float:
        seen.append((number, slider, choice))
        return number * slider + len(choice)

    inputs = [gr.Number(), gr.Slider(0, 10), gr.Radio(["a", "bcd", "ef"])]
    made = demo(fn, inputs, "number").explain(3, 7, "ef", budget=budget, method=method)

    curves = sum(len(one.sweep["x"]) for one in made.inputs if one.sweep)
    assert len(seen) == made.calls <= budget and curves == {2: 0, 3: 0, 10: 2, 20: 8, 40: 16}[budget]


@pytest.mark.parametrize("method", ["default", "shap"])
def test_a_long_text_is_looked_into_where_it_matters(method: str) -> None:
    words = [f"w{n}" + ("." if n % 12 == 11 else "") + ("\n\n" if n % 120 == 119 else "") for n in range(2000)]
    words[700], words[1500] = "good", "not"

    made = demo(interpretation_budget=256).explain(" ".join(words), method=method)
    scores = dict(zip(made.labels[0], made.values[0].tolist(), strict=True))  # type: ignore[union-attr]

    assert made.calls <= 256 and close([scores["good"], scores["not"]], [0.3, -0.2])


def test_what_was_not_looked_into_is_one_unit_of_a_text() -> None:
    text = "\n\n".join(f"Here is paragraph {n}. It has {'good ' * (n == 2)}words." for n in range(12))

    made = demo().explain(text, budget=60)

    labels, (scores,) = made.labels[0], made.values
    assert labels[:2] == ["Here is paragraph 0. It… (7 words)", "Here is paragraph 1. It… (7 words)"]
    assert labels[2:5] == ["Here is paragraph 2. (4 words)", "It", "has"] and made.calls == 26 + 4 + 8
    assert scores is not None and close(scores[labels.index("good")], 0.3)
    [one] = made.to_json()["inputs"]
    assert sum(one["sizes"]) == len(text.split()) and len(one["labels"]) == len(one["scores"]) == len(one["sizes"])
    assert [part for _, part in one["parts"]["tokens"] if part is not None] == list(range(len(labels)))
    assert "".join(token for token, _ in one["parts"]["tokens"]) == text
    assert "".join(token for token, _ in made.to_2022()[0]) == text + " "


SPOT = np.zeros((90, 120, 3), np.uint8)
SPOT[...] = np.random.default_rng(0).integers(60, 140, (9, 12, 3)).repeat(10, 0).repeat(10, 1)
SPOT[18:28, 48:58] = (250, 20, 20)  # in one quarter of one cell of a grid of 12, each of 30 x 30 pixels


def redness(picture: Any) -> dict[str, float]:
    """How red the spot is."""
    red = float(picture[18:28, 48:58, 0].mean() - picture[18:28, 48:58, 1].mean()) / 255
    return {"red": red, "other": 1 - red}


def photo_demo(**options: Any) -> gr.Interface:
    how = {"segments": 12, "fill": "black", "regions": "grid"}
    return demo(redness, gr.Image().set_interpret_parameters(**how), **options)  # type: ignore[arg-type]


def test_a_picture_is_explained_by_its_coarse_regions_and_no_call_more() -> None:
    made = photo_demo().explain(SPOT)

    assert made.labels == [[f"region {n + 1}" for n in range(12)]] and made.calls == 2 * 12 + 2
    assert made.estimator == "averaged ends" and close(made.values[0].sum(), made.full - made.base)  # type: ignore
    assert made.closer == {"calls": 8, "inside": 8, "budget": None, "method": "default"}


@pytest.mark.parametrize("method", ["default", "shap"])
def test_more_calls_look_into_the_regions_that_matter(method: str) -> None:
    made = photo_demo(num_shap=4).explain(SPOT, method=method, budget=26 + 24)

    name, score = made.ranked()[0][1:]
    assert name.startswith("region ") and ", part " in name and made.calls <= 50
    assert close(score, made.full - made.base) and len(made.labels[0]) == 12 + 3  # type: ignore[operator]
    picture = made.to_2022()[0]
    assert np.shape(picture) == (90, 120) and close(picture[22][52], score) and close(picture[80][5], 0)
    assert made.closer is None, "nothing is in the others"


def test_what_a_closer_look_offers_is_what_it_takes() -> None:
    text = demo(interpretation_budget=40)
    first = text.explain("a very good film")
    assert first.closer == {"calls": 6, "inside": None, "budget": 16, "method": "shap"}, "all combinations"
    assert text.explain("a very good film", method="shap", budget=16).closer is None
    assert demo(interpretation_budget=10).explain("a very good film").closer is None, "no more calls may be made"
    assert photo_demo().explain(SPOT, method="exact", budget=4096).closer is None


@pytest.mark.parametrize("budget", [2, 5, 9, 30, 60, 200])
@pytest.mark.parametrize("method", ["default", "shap"])
def test_units_of_several_inputs_share_out_all_of_the_difference(method: str, budget: int) -> None:
    both = demo(
        lambda picture, text: redness(picture)["red"] * len(text.split()), [photo_demo().inputs[0], "text"], "number"
    )
    made = both.explain(SPOT, "a b c", method=method, budget=budget)

    assert made.calls <= budget and close(sum(made.totals), made.full - made.base)  # type: ignore[arg-type,operator]
    assert [sum(one.sizes or [1] * len(one.labels)) for one in made.inputs] == [48, 3]


@pytest.mark.parametrize("method", ["default", "shap", "exact"])
def test_a_function_that_never_changes_gives_no_part_a_score(method: str) -> None:
    made = demo(lambda text: 1, outputs="number", num_shap=16).explain("a b c d e", method=method)

    assert close(made.values[0], np.zeros(5)) and made.base == made.full == 1


def test_shap_makes_num_shap_calls_a_part_at_most() -> None:
    made = demo(interpretation="Shapley", num_shap=4).explain("a very very good not bad film")

    assert made.method == "shap" and made.calls <= 28
    assert close(made.values[0][3], 0.3)  # type: ignore[index]


def test_the_same_input_gives_the_same_bytes() -> None:
    def made() -> Any:
        found = demo(interpretation="shap").explain("a very good but not good film").to_json()
        return json.dumps({**found, "seconds": 0})

    assert made() == made()


def test_an_explanation_is_json_and_reads_well() -> None:
    made = demo().explain("not good")
    wire = json.loads(json.dumps(made.to_json()))

    assert wire["inputs"][0]["scores"] == [-0.2, 0.3] and wire["inputs"][0]["total"] == 0.1
    assert wire["target"]["classes"] == ["positive", "negative"] and wire["final"] is True
    assert "+0.3000  good" in repr(made) and "'positive'" in repr(made)


def test_a_notebook_shows_words_in_colours_and_runs_nothing() -> None:
    two = demo(lambda text, n: sentiment(text), ["text", "number"])
    shown = two.explain("not <script>alert(1)</script> good", 3)._repr_html_()

    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert '<span title="+0.3" style="background:rgb(231, 76, 60)' in shown and "rgb(52, 152, 219)" not in shown
    assert 'title="-0.2"' in shown and "dashed" in shown and "<th scope=" in shown
    assert shown.index(">good</th>") < shown.index(">not</th>") and ">n</td>" not in shown, (
        "the strongest, of any input"
    )
    assert (
        demo(lambda text: 1.0, outputs="number").explain("a b")._repr_html_().endswith("makes a difference.</p></div>")
    )


def test_interpret_gives_the_form_of_2022() -> None:
    (made,) = demo().interpret(["not good"])

    assert made["original"] == "not good"
    assert [text for text, _ in made["interpretation"]] == ["not", " ", "good", " "]
    assert close([score for _, score in made["interpretation"]], [-0.2, 0, 0.3, 0])


def test_inputs_without_parts_are_passed_on_and_named() -> None:
    made = demo(lambda text, file: len(text.split()), ["text", "file"], "number").explain("a b", None)

    assert made.values[1] is None and "empty" in made.to_json()["inputs"][1]["why"]


def test_none_in_the_list_leaves_an_input_out() -> None:
    two = demo(lambda a, b: len(a + b), ["text", "text"], "number", interpretation=["default", None])

    assert two.explain("a", "b").values[1] is None
    assert two.interpret(["a", "b"])[1]["interpretation"] is None


def test_state_is_given_and_left_as_it_is() -> None:
    def fn(text: str, seen: list[str]) -> tuple[float, list[str]]:
        seen.append(text)
        return len(text) * len(seen), seen

    made = demo(fn, ["text", gr.State([])], ["number", gr.State()]).explain("ab")

    assert close(made.values[0], [2]) and len(made.values) == 1


def test_unified_interfaces_are_explained() -> None:
    box = gr.Textbox(label="text")

    assert close(demo(str.upper, box, box).explain("a").values[0], [1])


@pytest.mark.parametrize(
    ("outputs", "fn", "scores"),
    [
        ("number", lambda text: len(text.split()), [1, 1]),
        ("label", lambda text: "many" if len(text.split()) > 1 else "few", [0.5, 0.5]),
        ("text", lambda text: str("good" in text), [0, 1]),
        ("json", lambda text: {"n": "good" in text}, [0, 1]),
        ("image", lambda text: np.full((2, 2, 3), 9 * ("good" in text), np.uint8), [0, 1]),
    ],
)
def test_outputs_of_every_kind_have_a_score(outputs: str, fn: Any, scores: list[float]) -> None:
    assert close(demo(fn, outputs=outputs).explain("a good").values[0], scores)


def test_an_author_gives_a_score_with_or_without_the_original_answer() -> None:
    one = demo(str.upper, outputs="text", score=len).explain("ab c")
    two = demo(str.upper, outputs="text", score=lambda answer, first: len(answer) / len(first)).explain("ab c")

    assert one.target is not None and one.target.kind == "score" and close(one.full, 4)
    assert close(two.full, 1) and close(two.base, 0)


def test_another_output_is_chosen_by_its_place() -> None:
    both = demo(lambda text: (sentiment(text), len(text)), outputs=["label", "number"])

    assert close(both.explain("good", target=1).values[0], [4])
    assert close(both.explain("good", target={"output": 0, "class": "negative"}).values[0], [-0.3])


def test_the_first_label_or_number_is_explained() -> None:
    made = demo(lambda text: (text, len(text)), outputs=["text", "number"]).explain("abc")

    assert made.target is not None and made.target.output == 1


def nan(text: str) -> Any:
    return {"cat": 1.0} if text == "a b" else {"cat": float("nan")}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: demo().explain(""), "There is nothing to explain: text is empty"),
        (lambda: demo(lambda: 1, None, "number").explain(), "has no inputs, so there is nothing to explain"),
        (lambda: demo(lambda t: None, "text", None).explain("a"), "has no outputs, so there is nothing to explain"),
        (lambda: gr.ChatInterface(lambda m, h: m).explain("a"), "is a conversation"),
        (lambda: demo(nan).explain("a b"), "gave NaN for the class 'cat'"),
        (lambda: demo(lambda t: 1 / len(t), outputs="number").explain("a"), "with every part left out: ZeroDivision"),
        (lambda: demo(lambda t: {}, outputs="label").explain("a"), "gave no class at all"),
        (lambda: demo(lambda t: 1 if t else "x", outputs="label").explain("a"), "gave 'x' for output, where a number"),
        (lambda: demo().explain("a", target="cat"), "gave no class 'cat' for output; there is 'negative'"),
        (lambda: demo(len, outputs="number").explain("a", target="cat"), "gives no classes for output"),
        (lambda: demo().explain("a", target=4), "There is no output 4"),
        (lambda: demo().explain("a", budget=1), "budget must be a whole number of calls, from 2"),
        (lambda: demo().explain("a", method="lime"), "There is no interpretation 'lime'; there is 'default'"),
        (lambda: demo().explain("a b c d", method="exact", budget=9), "'exact' tries all 16 choices of 4 parts"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(make: Any, said: str) -> None:
    with pytest.raises(ExplanationError) as caught:
        make()
    assert said in caught.value.message


def test_what_to_do_next_is_said_too() -> None:
    two = demo(lambda text: ({"cat": 1.0}, len(text)), outputs=["label", gr.Number(label="Size")])
    cases: list[tuple[Any, str]] = [
        (lambda: two.explain(""), "Give it a value first."),
        (lambda: two.explain("a", target="Size"), "by its place: 0 (output 0), 1 (Size)."),
    ]
    for make, hint in cases:
        with pytest.raises(ExplanationError) as caught:
            make()
        assert hint in caught.value.hint
        assert sys.version_info < (3, 11) or hint in "".join(traceback.format_exception(caught.value))
    with pytest.raises(
        TypeError, match=r"interpret takes a list with a value for each input, such as \['a good film'\]"
    ):
        two.interpret("a good film")


def test_silence_is_explained_by_one_call() -> None:
    made = demo(lambda sound: 1.0, "audio", "number").explain((8000, np.zeros(8000, np.int16)))

    assert "1 call)" in repr(made) and "1 call)" in made._repr_html_()


def test_a_call_that_fails_says_which_parts_were_away() -> None:
    def fn(text: str) -> float:
        if "very" not in text:
            raise KeyError("very")
        return 1.0

    with pytest.raises(ExplanationError, match="fn failed with .* left out: KeyError: 'very'"):
        demo(fn, outputs="number").explain("a very good film")


def test_the_whole_input_fails_as_a_prediction_does() -> None:
    with pytest.raises(ZeroDivisionError):
        demo(lambda text: 1 / 0, outputs="number").explain("a")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"interpretation": "lime"}, "There is no interpretation 'lime'"),
        ({"interpretation": ["default", "shap"]}, "one entry for each of the 1 inputs"),
        ({"interpretation": 3}, "Invalid value for parameter: interpretation"),
        ({"num_shap": 0}, "num_shap is a number of calls"),
        ({"score": 3}, "score must be a function"),
        ({"interpretation_budget": 1}, "interpretation_budget is a whole number of calls from 2"),
    ],
)
def test_parameters_are_checked_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        demo(**options)
