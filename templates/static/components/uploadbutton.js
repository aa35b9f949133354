/** UploadButton: a file field behind a button. */
import { define } from "../core/component.js";
import { FileField } from "./file.js";

define("uploadbutton", class UploadButton extends FileField {});
