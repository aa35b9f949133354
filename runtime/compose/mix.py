"""`gr.mix`, the module of Gradio 2 and 3 with Parallel and Series."""

from quickdemo.runtime.compose.parallel import Parallel as Parallel
from quickdemo.runtime.compose.series import Series as Series
