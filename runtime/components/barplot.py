"""BarPlot: Bars over a column of texts, numbers or moments, stacked by colour; y of one x and colour is added up."""

from __future__ import annotations

from quickdemo.runtime.components.xyplot import XYPlot


class BarPlot(XYPlot):
    """Bars over a column of texts, numbers or moments, stacked by colour; y of one x and colour is added up."""

    kind = "barplot"
    mark = "bar"
    adds_up = "sum"
