/** BarPlot: see chart.js. */
import { define } from "../core/component.js";
import { Chart } from "./chart.js";

define("barplot", class BarPlot extends Chart {});
