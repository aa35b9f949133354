"""How a sentence feels, by VADER's rules, and which words say so. Needs: pip install "quickdemo[examples]"."""

import re

import quickdemo as gr

try:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
except ModuleNotFoundError as error:
    raise SystemExit('This example needs vaderSentiment: pip install "quickdemo[examples]"') from error

analyzer = SentimentIntensityAnalyzer()


def sentiment(sentence: str) -> tuple[dict[str, float], list[tuple[str, float | None]]]:
    """Shares of the three classes, and each word with its own strength, -1 to 1."""
    if not sentence.strip():
        raise gr.Error("There is nothing to read yet: write a sentence, or choose an example.")
    scores = analyzer.polarity_scores(sentence)
    words = [(part, analyzer.lexicon.get(part.lower())) for part in re.findall(r"\w+|\W+", sentence)]
    strengths = [(part, None if value is None else value / 4) for part, value in words]
    return {"positive": scores["pos"], "neutral": scores["neu"], "negative": scores["neg"]}, strengths


demo = gr.Interface(
    sentiment,
    gr.Textbox(lines=3, label="Sentence", placeholder="The food was great, but the service was slow."),
    [gr.Label(label="Sentiment"), gr.HighlightedText(label="Words that count")],
    examples=[
        "The food was great, but the service was painfully slow.",
        "I have never been so happy to be wrong!",
        "The train leaves at nine.",
    ],
    title="How does it feel?",
)

if __name__ == "__main__":
    demo.launch()
