"""What the Interface knows about a callable."""

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from quickdemo.runtime.function import Function


def plain(a: int, b: int = 2, *rest: int, only: int = 3) -> int:
    return a + b


async def coroutine(a: int) -> int:
    return a


def generator(a: int) -> Iterator[int]:
    yield a


async def async_generator(a: int) -> AsyncIterator[int]:
    yield a


class Adder:
    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, x: int) -> int:
        return x + self.by


class AsyncAdder:
    async def __call__(self, x: int) -> int:
        return x


@pytest.mark.parametrize(
    ("fn", "flavour", "name"),
    [
        (plain, "plain", "plain"),
        (coroutine, "async", "coroutine"),
        (generator, "generator", "generator"),
        (async_generator, "async_generator", "async_generator"),
        (functools.partial(plain, b=5), "plain", "plain"),
        (functools.partial(generator), "generator", "generator"),
        (functools.partial(functools.partial(coroutine)), "async", "coroutine"),
        (Adder(2), "plain", "Adder"),
        (AsyncAdder(), "async", "AsyncAdder"),
        (Adder(3).__call__, "plain", "__call__"),
        (str.upper, "plain", "upper"),
        (int, "plain", "int"),
    ],
)
def test_every_kind_of_callable_has_a_name_and_a_flavour(fn: Any, flavour: str, name: str) -> None:
    function = Function.of(fn)
    assert (function.flavour, function.name) == (flavour, name)


def test_positional_parameters_are_listed_with_their_defaults() -> None:
    parameters = Function.of(plain).parameters
    assert [p.name for p in parameters] == ["a", "b"]
    assert parameters[1].default == 2


def test_something_that_cannot_be_called_is_refused_with_its_value() -> None:
    with pytest.raises(TypeError, match="it was 3"):
        Function.of(3)  # type: ignore[arg-type]
