"""ChatInterface: a function that answers a message, as a conversation."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.components.multimodaltextbox import MultimodalTextbox
from quickdemo.runtime.components.registry import get_component
from quickdemo.runtime.components.state import State
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.declaration import Items
from quickdemo.runtime.function import Function
from quickdemo.runtime.interface import UNCHANGED, Interface
from quickdemo.runtime.request import Request

History = list[dict[str, Any]]  # messages, oldest first
ACTIONS = ("", "retry", "undo")


class ChatInterface(Interface):
    """A page with a conversation above and a message box below, and an endpoint `api/chat`.

    fn gets (message, history, *additional inputs) and returns or yields the answer: text, a dict or gr.ChatMessage, a
    file as (path,), a component that holds one, or a list of these. It may be plain, async, a generator or an async
    generator; what it yields is the answer so far. The history is kept on the server, one for each page load.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        type: str = "messages",
        multimodal: bool = False,
        chatbot: Chatbot | None = None,
        textbox: Component | None = None,
        additional_inputs: Items = None,
        examples: Sequence[Any] | None = None,
        title: str | None = None,
        retry_btn: str | None = "Retry",
        undo_btn: str | None = "Undo",
        submit_btn: str = "Send",
        flagging_mode: str | None = None,
        api_name: str = "chat",
        **options: Any,
    ) -> None:
        """
        type: the form of the history that fn gets: "messages", or "tuples" for [user, bot] pairs.
        multimodal: the message has files; fn gets {"text", "files"}.
        chatbot, textbox: components of one's own in place of the usual ones.
        additional_inputs: more arguments of fn, under a line that opens them.
        examples: messages, or lists of a message and the additional inputs.
        retry_btn, undo_btn, submit_btn: texts of the buttons; None leaves the first two out.
        flagging_mode: "never" unless it is given.
        options: those of Interface.
        """
        if type not in ("messages", "tuples"):
            raise ValueError(f'ChatInterface: type must be "messages" or "tuples"; it was {type!r}.')
        self.answer = Function.of(fn)
        self.form = type
        self.retry_btn, self.undo_btn = retry_btn, undo_btn
        box = textbox or (MultimodalTextbox() if multimodal else Textbox(lines=1, placeholder="Type a message"))
        box.label = box.label or "Message"
        action = Textbox("", label="Action", visible=False)
        shown = chatbot or Chatbot(label="Conversation", placeholder="Say something.")
        shown.type = "messages"
        rows = None if examples is None else [_example_row(row) for row in examples]
        super().__init__(
            self._responder(),
            [box, action, State([])],
            [shown, State()],
            rows,
            title=title or self.answer.name,
            additional_inputs=self._named(additional_inputs),
            submit_btn=submit_btn,
            flagging_mode=flagging_mode or "never",
            api_name=api_name,
            **options,
        )

    def _named(self, given: Items) -> Items:
        """The additional inputs, with the names of fn's parameters as their labels."""
        items: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given] if given is not None else []
        found: list[Component] = []
        for place, item in enumerate(items):
            component = copy.copy(get_component(item))
            known = place + 2 < len(self.answer.parameters)
            component.label = component.label or (self.answer.parameters[place + 2].name if known else None)
            found.append(component)
        return found

    def _responder(self) -> Callable[..., Any]:
        """What the Interface runs: it keeps the history, and shows a message before it is answered."""
        if self.answer.flavour in ("async", "async_generator"):

            async def chat(
                message: Any, action: str, history: History, *more: Any, request: Request
            ) -> AsyncIterator[Any]:
                turn = _Turn(message, action, history)
                yield turn.shown, UNCHANGED
                if turn.asks:
                    made = self._asked(turn, more, request)
                    if self.answer.flavour == "async":
                        turn.answered(await made)
                    else:
                        async for so_far in made:
                            turn.answered(so_far)
                            yield turn.shown, UNCHANGED
                yield turn.shown, turn.shown

            return chat

        def chat_plain(message: Any, action: str, history: History, *more: Any, request: Request) -> Iterator[Any]:
            turn = _Turn(message, action, history)
            yield turn.shown, UNCHANGED
            if turn.asks:
                made = self._asked(turn, more, request)
                for so_far in made if self.answer.flavour == "generator" else [made]:
                    turn.answered(so_far)
                    yield turn.shown, UNCHANGED
            yield turn.shown, turn.shown

        chat_plain.__name__ = "chat"
        return chat_plain

    def _asked(self, turn: _Turn, more: Sequence[Any], request: Request) -> Any:
        before = turn.before if self.form == "messages" else Chatbot(type="tuples").pairs_of_messages(turn.before)
        caller: Any = _Asked(request)
        return self.answer.invoke([turn.message, before, *more], caller)

    @property
    def chat(self) -> bool:
        """What the page lays out as a conversation."""
        return True

    def __call__(self, message: Any, *more: Any) -> Any:
        """The answer to one message, without a history: `demo("hi")`."""
        shown = super().__call__(message, "", *more)
        answers = [one["content"] for one in shown if one["role"] != "user"]
        return answers[0] if len(answers) == 1 else answers


class _Asked:
    """The `Call` of fn, as far as its parameters need one."""

    def __init__(self, request: Request) -> None:
        self.request = request


class _Turn:
    """One message and its answer. `before` is the history that fn gets, `shown` the conversation with this turn."""

    def __init__(self, message: Any, action: str, history: History) -> None:
        history = list(history or [])
        last = max((n for n, one in enumerate(history) if one["role"] == "user"), default=len(history))
        if action in ("retry", "undo"):
            message = history[last]["asked"] if action == "retry" and last < len(history) else None
            history = history[:last]
        self.before = [{key: part for key, part in one.items() if key != "asked"} for one in history]
        self.message = message
        self.asks = message not in (None, "")
        self._said = [*history, *self._of_user(message)] if self.asks else history
        self.shown: History = self._said

    @staticmethod
    def _of_user(message: Any) -> History:
        """What the visitor said, as messages; the first of them remembers what fn was asked."""
        text = message["text"] if isinstance(message, dict) else str(message)
        files = message["files"] if isinstance(message, dict) else []
        parts: list[Any] = [*([text] if text or not files else []), *({"path": path} for path in files)]
        said = [{"role": "user", "content": part} for part in parts]
        said[0]["asked"] = message
        return said

    def answered(self, answer: Any) -> None:
        """The answer so far; it takes the place of an earlier one."""
        parts = answer if isinstance(answer, list) else [answer]
        self.shown = [*self._said, *(_message(part) for part in parts if part is not None)]


def _message(part: Any) -> dict[str, Any]:
    if isinstance(part, dict) and "content" in part:
        return {"role": "assistant", **part}
    if hasattr(part, "content") and hasattr(part, "role"):  # gr.ChatMessage
        return {"role": part.role, "content": part.content, "metadata": part.metadata or {}}
    return {"role": "assistant", "content": part}


def _example_row(row: Any) -> list[Any]:
    """A row of the Interface: the message, no action, the additional inputs."""
    message, *more = row if isinstance(row, (list, tuple)) else [row]
    return [message, None, *more]
