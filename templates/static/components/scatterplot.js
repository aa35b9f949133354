/** ScatterPlot: see chart.js. */
import { define } from "../core/component.js";
import { Chart } from "./chart.js";

define("scatterplot", class ScatterPlot extends Chart {});
