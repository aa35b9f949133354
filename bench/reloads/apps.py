"""The apps that are edited: what they load, and below it what an edit changes."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

LOAD_S = 5.0


@dataclass(frozen=True)
class App:
    """`wanted_ms`: the most that the median may take; `p95_ms`: the same for the 95th of 100, if there is a bound."""

    name: str
    title: str
    load: str
    answer: str
    wanted_ms: float
    p95_ms: float = float("inf")

    def script(self, tool: str, version: int, guarded: bool = False) -> str:
        """The whole text. An edit changes the function and the title, which both stand below the load."""
        load = "if gr.NO_RELOAD:\n" + textwrap.indent(self.load, "    ") if guarded else self.load
        return f"""import {tool} as gr

{load}

def predict(text):
    return "version {version} " + {self.answer}


demo = gr.Interface(predict, "text", "text", title="version {version}")
demo.launch()
"""


TRIVIAL = App("trivial", "trivial", 'WORD = "plain"\n', "WORD", 30, 80)

# Waiting stands for a disk or a line. Many small objects are what a fork shares least well.
LOAD = App(
    "load",
    f"{LOAD_S:.0f} s load",
    f"""import time


def load():
    time.sleep({LOAD_S})
    return {{str(i): [i, -i] for i in range(100_000)}}


WORDS = load()
""",
    "str(len(WORDS))",
    60,
)

# The answer reads weights, so each generation must have them; few, so that multiplying is not what is measured.
TORCH = App(
    "torch",
    "torch, 200 MB of weights",
    """import torch

torch.manual_seed(0)
model = torch.nn.Sequential(*[torch.nn.Linear(2290, 2290) for _ in range(10)]).eval()
""",
    'format(model[0].weight[:9].sum().item(), ".4f")',
    100,
)

IMPORTS = App(
    "imports",
    "matplotlib, pandas, sklearn",
    """import matplotlib.pyplot as plt
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
""",
    "str(pd.Series([1, 2]).sum())",
    60,
)

APPS = {app.name: app for app in (TRIVIAL, LOAD, TORCH, IMPORTS)}
