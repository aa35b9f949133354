"""`import quickdemo.mix`: the module where it lives."""

import sys
from importlib import import_module

sys.modules[__name__] = import_module("quickdemo.runtime.compose.mix")
