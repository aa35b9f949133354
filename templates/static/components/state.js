/** State: a place among the values; what it holds stays on the server. */
import { Component, define } from "../core/component.js";

define("state", class State extends Component {});
