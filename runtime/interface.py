"""Interface: a declaration of a function, its input and output components, and options. It knows no server."""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from quickdemo.runtime import batches, declaration, direct
from quickdemo.runtime.accordion import Accordion
from quickdemo.runtime.apart import Apart
from quickdemo.runtime.call import Arguments, Call, LocalCall
from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.declaration import Items
from quickdemo.runtime.errors import InvalidValueError, counted
from quickdemo.runtime.examples import Examples
from quickdemo.runtime.explained import Explained
from quickdemo.runtime.flagging.callbacks import CSVLogger, FlaggingCallback
from quickdemo.runtime.from_hub import FromHub
from quickdemo.runtime.function import Function
from quickdemo.runtime.queueing import Queued
from quickdemo.runtime.returned import UNCHANGED, per_output
from quickdemo.runtime.settings import setting
from quickdemo.runtime.themes import theme_of
from quickdemo.runtime.validation import preprocessed, raise_all, refuse_invalid

if TYPE_CHECKING:
    from quickdemo.runtime.launch import Launched, Running


class Interface(Explained, Queued, Apart, FromHub):
    """A function with its inputs and outputs, as a page, an HTTP endpoint and a Python callable.

    All parameters may be given by position, in this order (that of Gradio 3.0):

    fn: plain or async function, generator, async generator, partial, method or callable object. It is called
        positionally with one value per input.
    inputs, outputs: a component, a shortcut such as "text", a dict {"name": shortcut, ...}, or a list of them.
        None or [] means there are none; "state" stands for session state on both sides.
    examples: a nested list (one row per sample; flat when there is one input), or a folder of files or flags.
    cache_examples: an example that is chosen is answered at once, from the answer that was kept when it was first
        computed. It counts as long as nothing that it depends on has changed: the function and what it uses of the
        project, the example, the components. None asks QUICKDEMO_CACHE_EXAMPLES.
    examples_per_page: rows shown at once.
    live: run at every change, the last change never lost; no Submit button.
    interpretation: "default" (two calls for each part of the inputs), "shap" (more, and more exact), a list with one
        of these or None per input, or a function: called as fn is, it returns the scores of each input.
    num_shap: how many calls per part of the input "shap" may make; at least 2, and 2 more.
    title, description, article: text above and below; Markdown or HTML, shown as the author wrote it.
    thumbnail: kept for those who read it.
    theme: one of gr.themes, such as gr.themes.Soft(), or its name, "soft".
    css: style sheet text, or the path of a file, which the page follows as it is saved.
    allow_flagging: "never", "manual" or "auto" (every prediction that succeeds).
    flagging_options: one button for each; None is a single "Flag" button, [] is none.
    flagging_dir: folder of the flag log, relative to the working directory.
    flagging_callback: how samples are stored; a CSVLogger of its own by default.
    analytics_enabled: accepted and without effect: nothing is ever sent anywhere.
    time_limit: seconds that one call may take. A generator ends then with what it had given; another function's caller
        is told so, and nobody waits for it any more. None sets no limit.

    By name only:
    additional_inputs: more inputs, after the others in the argument list, under a line that opens them.
    additional_inputs_accordion: the text of that line; True when it is open; or gr.Accordion(label, open).
    validator: called with the same values before the function and before any waiting; returns gr.validate(ok, message)
        for each input. What it refuses is shown at that input.
    batch: fn gets one list per input and returns one list per output: calls that wait at the same time go together.
    max_batch_size: the most calls of one batch.
    submit_btn, stop_btn, clear_btn: texts of the buttons.
    cache_mode: "lazy" computes an example's answer when it is first chosen; "eager" all of them after the start, one
        after the other. None asks QUICKDEMO_CACHE_MODE, else it is "lazy".
    example_labels: what is shown for each example instead of its values.
    api_description: what the endpoint does, for api/docs; False for nothing.
    show_progress: "full", or "hidden": nothing moves on the page while a call runs.
    every: seconds after which a page that is looked at asks again; for functions without inputs.
    concurrency_limit: calls of the function that run at once; None or "default" is launch's max_threads.
    concurrency_id: the name of a group: its functions share the lowest concurrency_limit among them, and
        `quickdemo worker --group` takes their calls alone. Without one, a function is a group of its own.
    score: what an explanation explains where the outputs are no Label and no number: called with what fn returned, and
        with what it returned for the inputs as they are if it takes two values; returns a number, or {name: number}.
        Without it such an answer scores 1 where it is the same as for the inputs as they are, else 0.
    interpretation_budget: the calls that one explanation may make at most, for functions that are slow or cost money.
    process: True runs calls in worker processes; False in threads, whatever launch(workers=) says.
    memory_limit: what a worker process may take beyond what the script loaded, in bytes or as "500mb".
    retry: whether a call may be begun again when its process died; False for functions that must not run twice.

    Raises ValueError (a parameter's value), TypeError (fn cannot be called), DeprecationWarning (fn is a list).
    """

    _instances: ClassVar[weakref.WeakSet[Interface]] = weakref.WeakSet()

    def __init__(
        self,
        fn: Callable[..., Any],
        inputs: Items = None,
        outputs: Items = None,
        examples: Sequence[Any] | str | None = None,
        cache_examples: bool | str | None = None,
        examples_per_page: int = 10,
        live: bool = False,
        interpretation: Callable[..., Any] | Sequence[str | None] | str | None = None,
        num_shap: float = 2.0,
        title: str | None = None,
        description: str | None = None,
        article: str | None = None,
        thumbnail: str | None = None,
        theme: Any = None,
        css: str | None = None,
        allow_flagging: str | bool | None = None,
        flagging_options: Sequence[str | tuple[str, str]] | None = None,
        flagging_dir: str = "flagged",
        flagging_callback: FlaggingCallback | None = None,
        analytics_enabled: bool | None = None,
        *,
        api_name: str = "predict",
        time_limit: float | None = None,
        flagging_mode: str | None = None,
        additional_inputs: Items = None,
        additional_inputs_accordion: Accordion | dict[str, Any] | str | bool | None = None,
        validator: Callable[..., Any] | None = None,
        batch: bool = False,
        max_batch_size: int = 4,
        submit_btn: Any = None,
        stop_btn: Any = None,
        clear_btn: Any = None,
        example_labels: Sequence[str] | None = None,
        cache_mode: str | None = None,
        api_description: str | bool | None = None,
        show_progress: str = "full",
        concurrency_limit: int | str | None = "default",
        concurrency_id: str | None = None,
        every: float | None = None,
        score: Callable[..., Any] | None = None,
        interpretation_budget: int | None = None,
        process: bool | None = None,
        memory_limit: int | str | None = None,
        retry: bool = True,
        **unused: Any,
    ) -> None:
        if isinstance(fn, list):
            raise DeprecationWarning("A list of functions is not supported; use gradio.mix.Parallel instead.")
        made_by = sys._getframe(1)
        self.made_at = made_by.f_code.co_filename, made_by.f_lineno  # so that a saved text finds who shows it
        self.function = Function.of(fn)
        inputs, main = declaration.joined(inputs, additional_inputs)
        self._set_components(inputs, outputs, main)
        self.accordion = Accordion.of(additional_inputs_accordion)
        self.every = declaration.seconds_of(every, self.inputs)
        self.batch, self.max_batch_size = batch, max_batch_size
        if batch:
            batches.check_batch(self.function, self.inputs, max_batch_size)
        self.validator = None if validator is None else Function.of(validator)
        self._set_texts(title, description, article, thumbnail, theme, css)
        self.live = live
        self._set_interpretation(interpretation, num_shap, score, interpretation_budget)
        if time_limit is not None and not time_limit > 0:
            raise ValueError(f"time_limit must be above 0 seconds, or None; it was {time_limit!r}.")
        self.time_limit = time_limit
        self._set_apart(process, memory_limit, retry)
        self.api_name = api_name
        declaration.keep_ids_apart([*self.inputs, *self.outputs], [api_name])
        self.api_description = declaration.description_of(api_description, fn)
        self.concurrency_limit = declaration.limit_of(concurrency_limit)
        self.concurrency_id = declaration.group_of(concurrency_id)
        self.show_progress = declaration.one_of("show_progress", show_progress, ("full", "minimal", "hidden"))
        self.examples = Examples.of(examples, self.inputs, examples_per_page, example_labels)
        caching = declaration.caching_of(cache_examples, cache_mode, self.function, self.stateful)
        self.cache_examples, self.cache_mode = caching
        flagging = flagging_mode if allow_flagging is None else allow_flagging
        self._set_flagging(flagging, flagging_options, flagging_dir, flagging_callback)
        self.submit_btn = declaration.button_text("submit_btn", submit_btn, "Generate" if not self.inputs else "Submit")
        self.stop_btn = declaration.button_text("stop_btn", stop_btn, "Stop")
        self.clear_btn = declaration.button_text("clear_btn", clear_btn, "Clear")
        self.analytics_enabled = False
        self.launched: Running | None = None
        declaration.warn_of_unused(unused)
        Interface._instances.add(self)

    def _set_components(self, inputs: Items, outputs: Items, main: int | None) -> None:
        """main: how many inputs come before the additional ones."""
        inputs, outputs = declaration.with_state(inputs, outputs, self.function)
        given = declaration.components_of(inputs), declaration.components_of(outputs)
        self.inputs, self.outputs = declaration.own_copies(*given)
        self.main_inputs = self.inputs if main is None else self.inputs[:main]
        self.additional_inputs = [] if main is None else self.inputs[main:]
        self.kind = declaration.kind_of(self.main_inputs or self.additional_inputs, self.outputs)
        declaration.set_labels(self.inputs, self.outputs, self.function)
        if sum(c.stateful for c in self.inputs) != sum(c.stateful for c in self.outputs):
            raise ValueError(
                "State needs as many state inputs as state outputs: what goes out comes in at the next call."
            )

    def _set_texts(
        self,
        title: str | None,
        description: str | None,
        article: str | None,
        thumbnail: str | None,
        theme: Any,
        css: str | None,
    ) -> None:
        self.title = title
        self.description = description
        self.article = declaration.article_of(article)
        self.thumbnail = thumbnail
        self.theme, self.theme_css = theme_of(theme or setting("THEME"))
        self.css, self.css_path = declaration.css_of(css)

    def _set_flagging(
        self,
        mode: str | bool | None,
        options: Sequence[str | tuple[str, str]] | None,
        folder: str,
        callback: FlaggingCallback | None,
    ) -> None:
        self.allow_flagging = declaration.flagging_mode(mode)
        if self.kind == "input_only":
            self.allow_flagging = "never"
        self.flagging_options = declaration.flagging_choices(options)
        self.flagging_dir = folder
        self.flagging_callback = callback or CSVLogger()
        if self.allow_flagging != "never":
            self.flagging_callback.setup(self.flagged_components, folder)

    # ------------------------------------------------------------------ facts

    @property
    def fn(self) -> Callable[..., Any]:
        return self.function.call

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def __name__(self) -> str:
        return self.function.name

    @property
    def is_generator(self) -> bool:
        return self.function.streams

    @property
    def chat(self) -> bool:
        """Whether the page lays it out as a conversation."""
        return False

    @property
    def depends_on(self) -> Callable[..., Any]:
        """The function whose code decides whether kept answers of examples still count."""
        return self.fn

    #: of one that is made of others (compose/), these
    members: Sequence[Any] = ()

    #: whether an example is run when it is chosen, also where no answers are kept
    runs_examples = False

    def remember(self, wires: Sequence[Wire], call: Call) -> None:
        """The session was answered with these wire values, which were kept."""

    @property
    def stateful(self) -> bool:
        return any(component.stateful for component in self.inputs)

    @property
    def has_session(self) -> bool:
        """Whether its calls belong to a page load: for state, or because the function asks who calls."""
        return self.stateful or any(parameter.gives == "request" for parameter in self.function.all_parameters)

    @property
    def input_components(self) -> list[Component]:
        return self.inputs

    @property
    def output_components(self) -> list[Component]:
        return self.outputs

    @property
    def flagged_components(self) -> list[Component]:
        """What a flag stores: inputs and outputs in order; those that are both stand once."""
        found = self.inputs if self.kind == "unified" else [*self.inputs, *self.outputs]
        return [component for component in found if component.logged]

    def __repr__(self) -> str:
        head = f"Gradio Interface for: {self.name}"
        lines = [head, "-" * len(head), "inputs:", *(f"|-{c.kind}" for c in self.inputs)]
        return "\n".join([*lines, "outputs:", *(f"|-{c.kind}" for c in self.outputs)])

    @classmethod
    def get_instances(cls) -> list[Interface]:
        """Every Interface that is still alive in this process."""
        return list(cls._instances)

    # ------------------------------------------------------------------ values

    def arguments(self, wires: Sequence[Wire], call: Call) -> list[Any]:
        """The function's arguments of wire values. State may be sent as null or left out.

        Raises InvalidValueError that names the component (InvalidInputsError: several of them).
        """
        if isinstance(wires, Arguments):
            return wires.values
        visible = [c for c in self.inputs if not c.stateful]
        if len(wires) not in (len(self.inputs), len(visible)):
            names = ", ".join(c.label or c.kind for c in visible)
            raise InvalidValueError(
                f"{self.name} takes {counted(len(visible), 'value')} ({names}); it got {len(wires)}.",
                "Send one value for each, in this order; null leaves one empty.",
            )
        remaining = iter(wires)
        with_state = len(wires) == len(self.inputs)
        values = []
        faults: list[InvalidValueError] = []
        slot = 0
        for index, component in enumerate(self.inputs):
            if component.stateful:
                if with_state:
                    next(remaining)
                values.append(call.load_state(slot, component.value))
                slot += 1
                continue
            try:
                values.append(preprocessed(component, next(remaining), index, call))
            except InvalidValueError as error:
                faults.append(error)
        raise_all(faults)
        return values

    def results(self, prediction: Any, call: Call) -> list[Wire]:
        """The wire values of what the function returned; state is kept and goes out as null.

        Raises ValueError when the number or a type does not fit the outputs.
        """
        wires: list[Wire] = []
        slot = 0
        for component, value in zip(self.outputs, self.per_output(prediction), strict=True):
            if component.stateful:
                if value is not UNCHANGED:
                    call.save_state(slot, value)
                slot += 1
                wires.append(None)
                continue
            wires.append(postprocessed(component, value, call.files))
        return wires

    def per_output(self, prediction: Any) -> list[Any]:
        """What the function returned: one value for each output. Raises ValueError for another number of them."""
        return per_output(self.name, self.outputs, prediction)

    def checked_arguments(self, wires: Sequence[Wire], call: Call) -> list[Any]:
        """The arguments, after the validator has seen them. Blocks; an async validator gets a loop of its own."""
        values = self.arguments(wires, call)
        if self.validator is not None:
            self.check(values, direct.run(self.validator, values))
        return values

    def check(self, values: list[Any], verdict: Any) -> None:
        """Raises what the validator's verdict says of these arguments: InvalidValueError, or ValueError (its form)."""
        assert self.validator is not None
        refuse_invalid(verdict, self.inputs, self.validator.name)

    def apart(self, returned: Any, calls: int) -> list[Any]:
        """What each call of a batch returned. Raises ValueError that names the counts when they do not fit."""
        return batches.apart(returned, calls, self.outputs, self.name)

    # ------------------------------------------------------------------ running

    def invoked(self, wires: Sequence[Wire], call: Call) -> Any:
        """What the function gives for wire values: a result, a coroutine or a running generator, as `flavour` says."""
        return self.runs.invoke(self.arguments(wires, call), call)

    def predict(self, wires: Sequence[Wire], call: Call) -> list[Wire]:
        """Wire values in, wire values out, for a plain function. The caller's thread does all of the work."""
        return self.results(self.invoked(wires, call), call)

    async def predict_async(self, wires: Sequence[Wire], call: Call) -> list[Wire]:
        """The same for an `async def` function."""
        return self.results(await self.invoked(wires, call), call)

    def steps(self, wires: Sequence[Wire], call: Call) -> Iterator[list[Wire]]:
        """The wire values of each value that a generator function yields. Closing the iterator closes the generator."""
        produced = self.invoked(wires, call)
        try:
            for prediction in produced:
                yield self.results(prediction, call)
        finally:
            produced.close()

    def process(self, raw: Sequence[Wire]) -> list[Wire]:
        """Wire values in, wire values out: preprocess, run the function, postprocess."""
        call = LocalCall()
        values = self.checked_arguments(raw, call)
        return self.results(self._run(values), call)

    def run_prediction(self, processed: Sequence[Any], called_directly: bool = False) -> list[Any]:
        """Run the function on Python values: one value per output."""
        del called_directly
        return self.per_output(self._run(list(processed)))

    def __call__(self, *args: Any) -> Any:
        """Python values in, Python values out: `demo("text")`. State starts anew and is left out on both sides.

        A generator function gives its last value. Raises TypeError (count), InvalidValueError (a value).
        """
        call = LocalCall()
        values = self.accepted(args, call)
        predictions = zip(self.outputs, self.per_output(self._run(values)), strict=True)
        shown = [c.present(value, call.files) for c, value in predictions if not c.stateful]
        return shown[0] if len(shown) == 1 else shown

    def accepted(self, given: Sequence[Any], call: Call) -> list[Any]:
        """The function's arguments of Python values, one for each input but state. Raises as `__call__` does."""
        visible = [c for c in self.inputs if not c.stateful]
        if len(given) != len(visible):
            names = ", ".join(c.label or c.kind for c in visible)
            raise TypeError(f"{self.name} takes {counted(len(visible), 'value')} ({names}); {len(given)} were given.")
        left = iter(given)
        values = [copy.deepcopy(c.value) if c.stateful else c.accept(next(left), call.files) for c in self.inputs]
        if self.validator is not None:
            self.check(values, direct.run(self.validator, values))
        return values

    def _run(self, values: list[Any]) -> Any:
        if not self.batch:
            return direct.run(self.function, values)
        return self.apart(direct.run(self.function, batches.lists_of([values])), 1)[0]

    # ------------------------------------------------------------------ serving

    def launch(self, *args: Any, **options: Any) -> Launched:
        """Serve this Interface; see `quickdemo.runtime.launch.LaunchOptions` for the parameters.

        Returns (app, local_url, None) once the server stopped, or at once with `prevent_thread_lock=True`.
        """
        from quickdemo.runtime.launch import launch  # the server is heavy and only needed here

        return launch(self, *args, **options)

    def close(self, verbose: bool = True) -> None:
        """Stop the server that `launch` started; harmless when there is none."""
        if self.launched is not None:
            self.launched.close(verbose=verbose)
            self.launched = None

    def test_launch(self) -> None:
        """Run the function once on the components' own values and say whether that worked."""
        print(f"Test launch: {self.name}()... ", end="")
        if any(c.value is None for c in self.inputs if not c.stateful):
            print("SKIPPED")
            return
        self(*(c.value for c in self.inputs if not c.stateful))
        print("PASSED")

    def integrate(self, comet_ml: Any = None, wandb: Any = None, mlflow: Any = None) -> None:
        """Log the address of the running demo to an experiment tracker. Raises RuntimeError before `launch`."""
        if self.launched is None:
            raise RuntimeError("The demo has no address yet; call launch(prevent_thread_lock=True) before integrate().")
        url = self.launched.local_url
        if comet_ml is not None:
            comet_ml.log_other("Created from", "quickdemo")
            comet_ml.log_text(f"quickdemo: {url}")
            comet_ml.end()
        if wandb is not None:
            wandb.log({"quickdemo": wandb.Html(f'<iframe src="{url}" width="900" height="500"></iframe>')})
        if mlflow is not None:
            mlflow.log_param("quickdemo link", url)


def postprocessed(component: Component, value: Any, files: Files) -> Wire:
    """The wire value of what the function returned. What is wrong with it is the function's fault, not the caller's."""
    try:
        return component.postprocess(value, files)
    except InvalidValueError as error:
        raise ValueError(f"{error.message} {error.hint}".strip()) from error


def close_all(verbose: bool = True) -> None:
    """Stop every server that an Interface of this process started."""
    for interface in Interface.get_instances():
        interface.close(verbose)
