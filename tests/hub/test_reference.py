"""Names of models and Spaces."""

from __future__ import annotations

from typing import Any

import pytest

from quickdemo.hub.reference import Reference


@pytest.mark.parametrize(("name", "src", "expected"), [
    ("models/gpt2", None, "models/gpt2"),
    ("model/gpt2", None, "models/gpt2"),
    ("huggingface/EleutherAI/gpt-j-6B", None, "models/EleutherAI/gpt-j-6B"),
    ("Models/gpt2", None, "models/gpt2"),
    ("  models/gpt2/ ", None, "models/gpt2"),
    ("gpt2", "models", "models/gpt2"),
    ("acme/cats", "huggingface", "models/acme/cats"),
    ("models/acme/cats@v1.0", None, "models/acme/cats@v1.0"),
    ("models/acme/cats@refs/pr/1", None, "models/acme/cats@refs/pr/1"),
    ("spaces/acme/cats", None, "spaces/acme/cats"),
    ("acme/cats", "space", "spaces/acme/cats"),
    ("https://huggingface.co/gpt2", None, "models/gpt2"),
    ("https://huggingface.co/acme/cats", None, "models/acme/cats"),
    ("https://huggingface.co/spaces/acme/cats", None, "spaces/acme/cats"),
    ("https://hf.co/spaces/acme/cats/", None, "spaces/acme/cats"),
    ("https://acme-cats.hf.space", None, "https://acme-cats.hf.space/"),
    ("http://127.0.0.1:7860/demo/", None, "http://127.0.0.1:7860/demo/"),
])  # fmt: skip
def test_names_that_can_be(name: str, src: str | None, expected: str) -> None:
    assert str(Reference.of(name, src)) == expected


@pytest.mark.parametrize(("name", "src", "problem"), [
    ("gpt2", None, "does not say whether it is a model or a Space"),
    ("", None, "named by a text"),
    (None, None, "named by a text"),
    (7, None, "named by a text"),
    ("datasets/acme/cats", None, "is not a source"),
    ("spaces/cats", None, "cannot be the name of a space"),
    ("models/a/b/c", None, "cannot be the name of a model"),
    ("models/../../etc/passwd", None, "cannot be the name of a model"),
    ("models/acme/..", None, "cannot be the name of a model"),
    ("models/acme/cats?x=1", None, "cannot be the name of a model"),
    ("models/acme/ca ts", None, "cannot be the name of a model"),
    ("models/acme/cats\n", "spaces", "cannot be the name"),
    ("models/acme/cats@", None, "models/acme/cats"),
    ("models/acme/cats@../x", None, "no branch, tag or commit"),
    ("ftp://acme.example/x", None, "is no address of a Space"),
    ("https://user:secret@acme.example", None, "no user name and no password"),
    ("https://", None, "is no address of a Space"),
])  # fmt: skip
def test_names_that_cannot_be_say_what_to_write(name: Any, src: str | None, problem: str) -> None:
    if name == "models/acme/cats@":  # no revision is the newest
        assert str(Reference.of(name)) == problem
        return
    with pytest.raises(ValueError, match=problem):
        Reference.of(name, src)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(ValueError) as refused:
        Reference.of("https://user:s3cret@acme.example")
    assert "s3cret" not in str(refused.value)
