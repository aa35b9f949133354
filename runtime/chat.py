"""ChatInterface: a function that answers a message, as a conversation."""

from __future__ import annotations

import copy
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from quickdemo.runtime import declaration
from quickdemo.runtime.call import Call
from quickdemo.runtime.chat_turns import Past, Turn, history_of, outline
from quickdemo.runtime.components.base import Component, Wire
from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.components.multimodaltextbox import MultimodalTextbox
from quickdemo.runtime.components.registry import get_component
from quickdemo.runtime.components.state import State
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.declaration import Items
from quickdemo.runtime.function import Function
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.request import Request
from quickdemo.runtime.returned import UNCHANGED

_REFUSED = {
    "additional_outputs": "a conversation has one output; put what else there is into the answer as a component",
    "batch": "each conversation is answered by itself",
    "every": "an answer needs a message",
    "inputs": "the message is the first; give others as additional_inputs",
    "live": "a message is sent when it is complete",
    "outputs": "the conversation is the output",
    "validator": "raise gr.Error in fn where a message cannot be answered",
}
_NO_EFFECT = {
    "example_icons": "examples are shown by their words",
    "fill_height": "the conversation is as high as it takes; Chatbot(height=) sets it",
    "js": "the page runs no scripts of others",
    "head": "the page runs no scripts of others",
}


class ChatInterface(Interface):
    """A page with a conversation above and a message box below, and an endpoint `api/chat`.

    fn gets (message, history, *additional inputs) and returns or yields the answer: text, a dict or gr.ChatMessage, a
    file as (path,), a component, or a list of these. It may be plain, async, a generator or an async generator; what it
    yields is the answer so far. The history is kept on the server, one for each page load.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        type: str | None = None,
        multimodal: bool = False,
        chatbot: Chatbot | None = None,
        textbox: Component | None = None,
        additional_inputs: Items = None,
        examples: Sequence[Any] | None = None,
        run_examples_on_click: bool = True,
        cache_examples: bool | str | None = None,
        cache_mode: str | None = None,
        title: str | None = None,
        editable: bool = False,
        autofocus: bool = True,
        autoscroll: bool | None = None,
        save_history: bool = False,
        retry_btn: str | bool | None = "Retry",
        undo_btn: str | bool | None = "Undo",
        submit_btn: Any = "Send",
        stop_btn: Any = None,
        flagging_mode: str | None = None,
        flagging_options: Sequence[str] | None = ("Like", "Dislike"),
        api_name: str | bool | None = "chat",
        **options: Any,
    ) -> None:
        """
        type: the form of the history that fn gets: "messages", or "tuples" for [user, bot] pairs; None is "messages".
        multimodal: the message has files; fn gets {"text", "files"}.
        chatbot, textbox: components of one's own in place of the usual ones. The Chatbot's value is the history at
            first.
        additional_inputs: more arguments of fn, under a line that opens them.
        examples: messages, or lists of a message and the additional inputs; shown while there is no message.
        run_examples_on_click: an example is sent at once; False only fills the box.
        cache_examples, cache_mode: as of Interface; an example is answered from there when it begins a conversation.
        editable: the visitor can edit a message, which is answered anew; what came after it goes.
        autofocus: one can type at once, and after each answer.
        autoscroll: who reads at the end stays there; None leaves that to the Chatbot.
        save_history: the browser keeps the conversations, which can be gone on with.
        retry_btn, undo_btn: texts of the buttons; None or False leaves one out.
        submit_btn, stop_btn: texts of the buttons.
        flagging_mode: "manual" shows `flagging_options` at each answer; None is "never".
        options: those of Interface.

        Raises ValueError for a parameter that a conversation cannot have, or whose value is none.
        """
        if type not in (None, "messages", "tuples"):
            raise ValueError(f'ChatInterface: type must be "messages" or "tuples"; it was {type!r}.')
        _check(options)
        self.answer = Function.of(fn)
        self.form = type or "messages"
        self.autofocus, self.save_history, self.runs_examples = autofocus, save_history, run_examples_on_click
        self.retry_btn, self.undo_btn = _button(retry_btn, "Retry"), _button(undo_btn, "Undo")
        box = copy.copy(textbox or (MultimodalTextbox() if multimodal else Textbox(placeholder="Type a message")))
        box.label = box.label or "Message"
        self.multimodal = isinstance(box, MultimodalTextbox)
        shown = self._conversation(chatbot, editable, autoscroll, flagging_mode, flagging_options)
        own = [Textbox("", label="Action", visible=False), *([Past()] if save_history else [])]
        kept = [State(history_of(shown.value, self.multimodal)), State()]
        for one in (*own, *kept):  # what the page does, and not what was said
            one.logged = False
        rows = None if examples is None else [self._row(row, len(own)) for row in examples]
        super().__init__(
            self._responder(),
            [box, *own, kept[0]],
            [shown, kept[1]],
            rows,
            cache_examples=False,
            title=title or self.answer.name,
            additional_inputs=self._named(additional_inputs),
            submit_btn=_button(submit_btn, "Send"),
            stop_btn=_button(stop_btn, "Stop"),
            flagging_mode=flagging_mode or "never",
            flagging_options=[(option, option) for option in shown.feedback_options],
            api_name=api_name if isinstance(api_name, str) else "chat",
            **options,
        )
        self.cache_examples, self.cache_mode = declaration.caching_of(cache_examples, cache_mode, self.answer, False)

    def _conversation(
        self,
        given: Chatbot | None,
        editable: bool,
        autoscroll: bool | None,
        flagging_mode: str | None,
        options: Sequence[str] | None,
    ) -> Chatbot:
        shown = copy.copy(given or Chatbot(placeholder="Say something."))
        shown.type = "messages"
        shown.label = shown.label or "Conversation"
        shown.editable = "user" if editable else None
        shown.greets = True
        if autoscroll is not None:
            shown.autoscroll = autoscroll
        shown.feedback_options = list(options or ()) if flagging_mode == "manual" else []
        return shown

    def _row(self, row: Any, between: int) -> list[Any]:
        """A row of the Interface: the message, nothing for the hidden inputs, the additional inputs."""
        message, *more = row if isinstance(row, (list, tuple)) else [row]
        if isinstance(message, dict) and not self.multimodal:
            message = message.get("text", "")
        return [message, *[None] * between, *more]

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

            async def chat(message: Any, action: str, *rest: Any, request: Request) -> AsyncIterator[Any]:
                turn, more = self._turn(message, action, rest)
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

        def chat_plain(message: Any, action: str, *rest: Any, request: Request) -> Iterator[Any]:
            turn, more = self._turn(message, action, rest)
            yield turn.shown, UNCHANGED
            if turn.asks:
                made = self._asked(turn, more, request)
                for so_far in made if self.answer.flavour == "generator" else [made]:
                    turn.answered(so_far)
                    yield turn.shown, UNCHANGED
            yield turn.shown, turn.shown

        chat_plain.__name__ = "chat"
        return chat_plain

    def invoked(self, wires: Sequence[Wire], call: Call) -> Any:
        """The running generator; when the visitor stops it, what was said until then is the history."""
        default = next(component.value for component in self.inputs if component.stateful)
        before = outline(call.load_state(0, default))

        def keep(said: Any) -> None:
            if call.reports.cancelled and said is not None and outline(call.load_state(0, default)) == before:
                call.save_state(0, said)  # unless another message was answered meanwhile

        produced = super().invoked(wires, call)
        return _kept_later(produced, keep) if self.flavour == "async_generator" else _kept(produced, keep)

    def _turn(self, message: Any, action: str, rest: Sequence[Any]) -> tuple[Turn, Sequence[Any]]:
        """The turn, and the additional inputs, of what stands after the action: the past, the history, the others."""
        past = history_of(rest[0], self.multimodal) if self.save_history else None
        history, *more = rest[1:] if self.save_history else rest
        return Turn(message, action or "", history, past), more

    def _asked(self, turn: Turn, more: Sequence[Any], request: Request) -> Any:
        before = turn.before if self.form == "messages" else Chatbot(type="tuples").pairs_of_messages(turn.before)
        caller: Any = _Asked(request)
        return self.answer.invoke([turn.message, before, *more], caller)

    # ------------------------------------------------------------------ facts

    @property
    def chat(self) -> bool:
        """What the page lays out as a conversation."""
        return True

    @property
    def depends_on(self) -> Callable[..., Any]:
        return self.answer.call

    def remember(self, wires: Sequence[Wire], call: Call) -> None:
        """The kept answer to an example is the history from here on."""
        conversation = self.outputs[0].preprocess([_sent(one) for one in wires[0]], call.files)
        call.save_state(0, history_of(conversation, self.multimodal))

    def __call__(self, message: Any, *more: Any) -> Any:
        """The answer to one message, without a history: `demo("hi")`."""
        past = [None] if self.save_history else []
        shown = super().__call__(message, "", *past, *more)
        answers = [one["content"] for one in shown if one["role"] != "user"]
        return answers[0] if len(answers) == 1 else answers


def _kept(produced: Iterator[Any], keep: Callable[[Any], None]) -> Iterator[Any]:
    """The same values; the conversation of the last one that was taken is kept if the generator ends early."""
    said = None
    try:
        for value in produced:
            yield value
            said = value[0]  # the next one is asked for, so that this one was sent
    except BaseException:
        keep(said)
        raise
    finally:
        produced.close()  # type: ignore[attr-defined]  # a generator


async def _kept_later(produced: AsyncIterator[Any], keep: Callable[[Any], None]) -> AsyncIterator[Any]:
    """`_kept` of an asynchronous generator."""
    said = None
    try:
        async for value in produced:
            yield value
            said = value[0]
    except BaseException:
        keep(said)
        raise
    finally:
        await produced.aclose()  # type: ignore[attr-defined]  # a generator


class _Asked:
    """The `Call` of fn, as far as its parameters need one."""

    def __init__(self, request: Request) -> None:
        self.request = request


def _check(options: dict[str, Any]) -> None:
    """Raises ValueError for a parameter that a conversation cannot have; warns of one without effect."""
    for name, why in _REFUSED.items():
        if options.pop(name, None):
            raise ValueError(f"ChatInterface takes no {name}=: {why}.")
    for name, why in _NO_EFFECT.items():
        if options.pop(name, None):
            warnings.warn(f"The parameter {name!r} of ChatInterface has no effect: {why}.", stacklevel=3)


def _button(given: Any, usual: str) -> Any:
    """The text of a button: True and None stand for the usual one where there must be one."""
    return usual if given is True else given or None


def _sent(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the page would send it."""
    content = message["content"]
    content = {"file": {"h": content["file"]["h"]}, "alt": content["alt"]} if "file" in content else content["text"]
    return {**message, "content": content}
