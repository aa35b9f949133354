"""LinePlot: Lines over a column of numbers, moments or texts, one for each colour; a missing y breaks the line."""

from __future__ import annotations

from quickdemo.runtime.components.xyplot import XYPlot


class LinePlot(XYPlot):
    """Lines over a column of numbers, moments or texts, one for each colour; a missing y breaks the line."""

    kind = "lineplot"
    mark = "line"
