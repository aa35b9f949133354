"""Values of a Space's components: as they travel to it, and as our components take what came back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.app import Part
from quickdemo.hub.spaces.conversation import messages_of, messages_to
from quickdemo.hub.spaces.media import Media, as_path
from quickdemo.hub.wording import upper
from quickdemo.runtime.components.plain import plain

DRAWINGS = ("imageeditor", "sketchpad", "paint", "imagemask")
FILES = ("image", "audio", "video", "file", "uploadbutton", "downloadbutton", "model3d", *DRAWINGS)
TABLES = ("dataframe", "timeseries")
PLAIN = ("number", "slider", "checkbox", "checkboxgroup", "radio", "dropdown", "colorpicker", "json")
MOST_ITEMS = 1000
#: components of ours that take no text for the path of a file
_TEXTS = (*PLAIN, "textbox", "markdown", "html", "code", "datetime", "label", "highlightedtext", "state")


# ---------------------------------------------------------------------- to the Space


def encoded(part: Part, value: Any, files: Media) -> Any:
    """What our function got, as it travels. Raises HubError (input, too_large, ...)."""
    if value is None or part.is_state:
        return None
    if part.kind in FILES:
        return _file_to(part, value, files)
    if part.kind == "gallery":
        return [_pictured(item, files) for item in value]
    if part.kind == "multimodaltextbox" and isinstance(value, dict):
        sent = [files.sent(as_path(one, "file", files.what)) for one in value.get("files") or ()]
        return {"text": value.get("text") or "", "files": sent}
    if part.kind in TABLES:
        return _table_to(part, value, files)
    try:
        made = plain(value)
    except ValueError as error:
        raise HubError("input", f"{upper(files.what)} cannot be sent this value: {error}") from error
    return messages_to(part, made, files.app) if part.kind == "chatbot" else made


def _file_to(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, (list, tuple)) and part.kind not in ("audio", "video"):
        return [files.sent(as_path(one, part.kind, files.what)) for one in value]
    if isinstance(value, dict) and part.kind == "image":  # of a sketch
        value = value.get("composite", value.get("image"))
    path = as_path(value, part.kind, files.what)
    if not files.by_upload and part.kind in ("image", *DRAWINGS):
        return files.data_url(path)
    sent = files.sent(path)
    if not files.by_upload:
        return [sent] if part.kind in ("file", "uploadbutton") and part.props.get("file_count") == "multiple" else sent
    if part.kind in DRAWINGS:
        return {"background": sent, "layers": [], "composite": sent}
    if part.kind in ("file", "uploadbutton") and part.props.get("file_count") in ("multiple", "directory"):
        return [sent]
    return {"video": sent, "subtitles": None} if part.is_video_pair else sent


def _pictured(item: Any, files: Media) -> Any:
    picture, caption = item if isinstance(item, (tuple, list)) and len(item) == 2 else (item, None)
    path = as_path(picture, "image", files.what)
    if not files.by_upload:
        return [files.sent(path), caption]
    return {"image": files.sent(path), "caption": caption}


def _table_to(part: Part, value: Any, files: Media) -> Any:
    headers = part.props.get("headers")
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        headers, value = [str(name) for name in value.columns], value.to_numpy().tolist()
    rows = plain(value)
    rows = rows if isinstance(rows, list) else [[rows]]
    rows = [row if isinstance(row, list) else [row] for row in rows]
    width = max(map(len, rows), default=0)
    headers = headers if isinstance(headers, list) and len(headers) == width else [str(n + 1) for n in range(width)]
    if files.app.protocol == "2" and part.kind == "dataframe":
        return rows
    return {"headers": headers, "data": rows, "metadata": None}


# ---------------------------------------------------------------------- from the Space


def decoded(part: Part, value: Any, files: Media, shown: str = "") -> Any:
    """What a Space's component shows, as our functions return it. Raises HubError.

    shown: the kind of ours that its user wants in place of the usual one. One that shows files reads the value as one
    of its own kind: a text of the Space is never the path of a file here.
    """
    if isinstance(value, dict) and value.get("__type__") == "update":
        value = value.get("value")
    if value is None or part.is_state:
        return None
    kind = part.kind if shown in ("", *_TEXTS) or shown not in _READERS else shown
    try:
        made = _READERS.get(kind, _as_it_is)(part, value, files)
        if shown and shown not in (*_TEXTS, *_READERS):
            _check_paths(made, files)
        return made
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        raise HubError("server", f"{upper(files.what)} answered with a {part.kind} that is not understood.") from error


def _as_it_is(part: Part, value: Any, files: Media) -> Any:
    """Of a component of ours that knows no paths: one of PLAIN, or JSON, which shows what we have no equal of."""
    return value


def _check_paths(made: Any, files: Media) -> None:
    """Raises HubError (hostile) where a text in it names a file here that is no copy of one of the Space's."""
    if isinstance(made, dict):
        made = [*made, *made.values()]
    if isinstance(made, (list, tuple)):
        for one in made:
            _check_paths(one, files)
    elif isinstance(made, str) and not files.is_copy(made) and os.path.isfile(os.path.expanduser(made)):
        raise HubError("hostile", f"{upper(files.what)} answers with the path of a file of this machine.")


def _text(part: Part, value: Any, files: Media) -> Any:
    return value if isinstance(value, str) else str(plain(value))


def _picture(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, dict) and "path" not in value and ("composite" in value or "background" in value):
        value = value.get("composite") or value.get("background")
    from quickdemo.runtime import media as pictures  # numpy and Pillow, with what needs them

    path = files.got(value, "image")
    try:
        return None if path is None else pictures.open_image(path)
    except pictures.PictureError as error:
        raise HubError("server", f"{upper(files.what)} answered with a picture that {error}.") from error


def _media(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and "video" in value:
        value = value["video"]
    return files.got(value, part.kind)


def _files(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, dict) and "video" in value:
        value = value["video"]
    if isinstance(value, list):
        return [files.got(one, "file") for one in value[:MOST_ITEMS]]
    return files.got(value, "file")


def _text_and_files(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, str):
        return value
    attached = value.get("files") or []
    return {"text": str(value.get("text") or ""), "files": [files.got(one, "file") for one in attached[:MOST_ITEMS]]}


def _label(part: Part, value: Any, files: Media) -> Any:
    if not isinstance(value, dict):
        return str(value)
    pairs = value.get("confidences")
    if not pairs:
        return None if value.get("label") is None else str(value["label"])
    return {str(pair["label"]): _score(pair["confidence"]) for pair in pairs[:MOST_ITEMS]}


def _score(value: Any) -> float | None:
    return None if value is None else float(value)


def _spans(part: Part, value: Any, files: Media) -> Any:
    found = []
    for one in value:
        text, mark = (one["token"], one["class_or_confidence"]) if isinstance(one, dict) else one
        found.append((str(text), mark if isinstance(mark, (str, int, float)) else None))
    return found


def _table(part: Part, value: Any, files: Media) -> Any:
    headers: Any = part.props.get("headers")
    rows: Any = value
    if isinstance(value, dict):
        headers, rows = value.get("headers"), value["data"]
    rows = [row if isinstance(row, list) else [row] for row in rows]
    width = max(map(len, rows), default=0)
    if not isinstance(headers, list) or len(headers) < width:
        return rows
    return {"headers": [str(header) for header in headers], "data": rows}


def _gallery(part: Part, value: Any, files: Media) -> Any:
    found = []
    for one in value[:MOST_ITEMS]:
        picture, caption = one, None
        if isinstance(one, dict) and ("image" in one or "video" in one):
            picture, caption = one.get("image") or one.get("video"), one.get("caption")
        elif isinstance(one, list) and len(one) == 2:
            picture, caption = one
        path = files.got(picture, "image")
        found.append((path, str(caption)) if caption is not None else path)
    return found


def _areas(part: Part, value: Any, files: Media) -> Any:
    if isinstance(value, list):  # 3.x: [picture, [[mask, label], ...]]
        picture, areas = value
    else:
        picture = value["image"]
        areas = [(one["image"], one["label"]) for one in value["annotations"]]
    masks = [(_mask(files.got(mask, "mask"), files), str(label)) for mask, label in areas[:MOST_ITEMS]]
    return files.got(picture, "image"), masks


def _mask(path: str | None, files: Media) -> Any:
    from quickdemo.runtime import media as pictures

    try:
        return pictures.to_array(pictures.open_image(path or "").convert("RGBA"))[..., 3] / 255.0
    except (pictures.PictureError, OSError) as error:
        raise HubError("server", f"{upper(files.what)} answered with an area that is no picture.") from error


def _plot(part: Part, value: Any, files: Media) -> Any:
    if value.get("type") != "matplotlib":
        hint = "Charts that are programs of their own are not shown."
        raise HubError("server", f"{upper(files.what)} answered with a chart of {value.get('type')!s:.40}.", hint)
    return _picture(part, value["plot"], files)


def _chat(part: Part, value: Any, files: Media) -> Any:
    return messages_of(value)


#: kind -> how it is read; what is in no row is shown as JSON
_READERS: dict[str, Callable[[Part, Any, Media], Any]] = {
    **dict.fromkeys(PLAIN, _as_it_is),
    **dict.fromkeys(("textbox", "markdown", "html", "code", "datetime"), _text),
    **dict.fromkeys(("image", *DRAWINGS), _picture),
    **dict.fromkeys(("audio", "video", "model3d"), _media),
    **dict.fromkeys(("file", "uploadbutton", "downloadbutton"), _files),
    **dict.fromkeys(TABLES, _table),
    "multimodaltextbox": _text_and_files,
    "label": _label,
    "highlightedtext": _spans,
    "gallery": _gallery,
    "annotatedimage": _areas,
    "plot": _plot,
    "chatbot": _chat,
}
