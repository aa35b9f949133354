"""ScatterPlot: Points, coloured by group."""

from __future__ import annotations

from quickdemo.runtime.components.xyplot import XYPlot


class ScatterPlot(XYPlot):
    """Points, coloured by group."""

    kind = "scatterplot"
    mark = "point"
