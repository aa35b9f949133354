/** LinePlot: see chart.js. */
import { define } from "../core/component.js";
import { Chart } from "./chart.js";

define("lineplot", class LinePlot extends Chart {});
