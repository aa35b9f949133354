"""Chatbot: a conversation, here kept as the session's state."""

import quickdemo as gr


def spell(word: str, history: list) -> tuple[list, list]:
    """The conversation with one more exchange: a word, and how it is spelled."""
    answer = " · ".join(word.upper()) + f"\n\nThese are **{len(word)}** letters."
    history = [*history, (word, answer)]
    return history, history


demo = gr.Interface(
    spell,
    [gr.Textbox(label="Word"), gr.State([])],
    [gr.Chatbot(label="Conversation"), gr.State()],
    examples=[["quay"], ["syzygy"]],
)

if __name__ == "__main__":
    demo.launch()
