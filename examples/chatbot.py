"""A listener after Weizenbaum's ELIZA (1966). The conversation is session state: each visitor has their own."""

import re

import quickdemo as gr

RULES = [
    (r"\bi need (.+)", "Why do you need {}?"),
    (r"\bi (?:am|feel) (.+)", "How long have you been {}?"),
    (r"\bi (?:can't|cannot) (.+)", "What would happen if you could {}?"),
    (r"\bbecause (.+)", "Is {} the real reason?"),
    (r"\bmy (mother|father|sister|brother|family)", "Tell me more about your {}."),
    (r"\b(hello|hi|good morning)\b", "Hello. What is on your mind?"),
    (r"\?\s*$", "What do you think yourself?"),
]
REFLECTIONS = {"i": "you", "me": "you", "my": "your", "mine": "yours", "am": "are", "you": "I", "your": "my"}
OTHERWISE = ["Please go on.", "What does that suggest to you?", "And how does that make you feel?"]


def reflect(phrase: str) -> str:
    """The phrase from the other side: "my exam" becomes "your exam"."""
    return " ".join(REFLECTIONS.get(word.lower(), word) for word in phrase.rstrip(".!?").split())


def answer(message: str, turn: int) -> str:
    """The first rule that fits, else something neutral."""
    for pattern, reply in RULES:
        if found := re.search(pattern, message, re.IGNORECASE):
            return reply.format(*(reflect(group) for group in found.groups()))
    return OTHERWISE[turn % len(OTHERWISE)]


def chat(message: str, history: list | None) -> tuple[list, list]:
    """The conversation so far with one more exchange: once for the page, once as the state."""
    history = history or []
    history = [*history, (message, answer(message, len(history)))]
    return history, history


demo = gr.Interface(
    chat,
    [gr.Textbox(label="You", placeholder="I feel stuck with my exam."), "state"],
    [gr.Chatbot(label="Conversation"), "state"],
    title="A patient listener",
    allow_flagging="never",
)

if __name__ == "__main__":
    demo.launch()
