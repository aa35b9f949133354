"""quickdemo: a Python function as a web demo. `import quickdemo as gr` runs Interface scripts of mid-2022.

Names are imported on first use (PEP 562), so that the import itself is quick.
"""

from importlib import import_module as _import_module

TYPE_CHECKING = False  # typing's own takes ten milliseconds, which each command would pay
if TYPE_CHECKING:
    from typing import Any

    from quickdemo.interpret.explanation import Explanation as Explanation
    from quickdemo.runtime import inputs as inputs
    from quickdemo.runtime import outputs as outputs
    from quickdemo.runtime import themes as themes
    from quickdemo.runtime.accordion import Accordion as Accordion
    from quickdemo.runtime.chat import ChatInterface as ChatInterface
    from quickdemo.runtime.components.annotatedimage import AnnotatedImage as AnnotatedImage
    from quickdemo.runtime.components.audio import Audio as Audio
    from quickdemo.runtime.components.audio import WaveformOptions as WaveformOptions
    from quickdemo.runtime.components.barplot import BarPlot as BarPlot
    from quickdemo.runtime.components.browserstate import BrowserState as BrowserState
    from quickdemo.runtime.components.chat_messages import ChatMessage as ChatMessage
    from quickdemo.runtime.components.chatbot import Chatbot as Chatbot
    from quickdemo.runtime.components.checkbox import Checkbox as Checkbox
    from quickdemo.runtime.components.checkboxgroup import CheckboxGroup as CheckboxGroup
    from quickdemo.runtime.components.code import Code as Code
    from quickdemo.runtime.components.colorpicker import ColorPicker as ColorPicker
    from quickdemo.runtime.components.dataframe import Dataframe as Dataframe
    from quickdemo.runtime.components.dataset import Dataset as Dataset
    from quickdemo.runtime.components.datetime import DateTime as DateTime
    from quickdemo.runtime.components.downloadbutton import DownloadButton as DownloadButton
    from quickdemo.runtime.components.dropdown import Dropdown as Dropdown
    from quickdemo.runtime.components.file import File as File
    from quickdemo.runtime.components.fileexplorer import FileExplorer as FileExplorer
    from quickdemo.runtime.components.gallery import Gallery as Gallery
    from quickdemo.runtime.components.highlightedtext import HighlightedText as HighlightedText
    from quickdemo.runtime.components.html import HTML as HTML
    from quickdemo.runtime.components.image import Image as Image
    from quickdemo.runtime.components.imageeditor import ImageEditor as ImageEditor
    from quickdemo.runtime.components.imageeditor_tools import Brush as Brush
    from quickdemo.runtime.components.imageeditor_tools import Eraser as Eraser
    from quickdemo.runtime.components.imageeditor_tools import LayerOptions as LayerOptions
    from quickdemo.runtime.components.imageeditor_tools import WatermarkOptions as WatermarkOptions
    from quickdemo.runtime.components.imageeditor_tools import WebcamOptions as WebcamOptions
    from quickdemo.runtime.components.imageslider import ImageSlider as ImageSlider
    from quickdemo.runtime.components.json import JSON as JSON
    from quickdemo.runtime.components.label import Label as Label
    from quickdemo.runtime.components.lineplot import LinePlot as LinePlot
    from quickdemo.runtime.components.markdown import Markdown as Markdown
    from quickdemo.runtime.components.model3d import Model3D as Model3D
    from quickdemo.runtime.components.multimodaltextbox import MultimodalTextbox as MultimodalTextbox
    from quickdemo.runtime.components.number import Number as Number
    from quickdemo.runtime.components.paramviewer import ParamViewer as ParamViewer
    from quickdemo.runtime.components.plot import Plot as Plot
    from quickdemo.runtime.components.radio import Radio as Radio
    from quickdemo.runtime.components.scatterplot import ScatterPlot as ScatterPlot
    from quickdemo.runtime.components.slider import Slider as Slider
    from quickdemo.runtime.components.state import State as State
    from quickdemo.runtime.components.textbox import Textbox as Textbox
    from quickdemo.runtime.components.timeseries import Timeseries as Timeseries
    from quickdemo.runtime.components.uploadbutton import UploadButton as UploadButton
    from quickdemo.runtime.components.video import Video as Video
    from quickdemo.runtime.compose import mix as mix
    from quickdemo.runtime.compose.parallel import Parallel as Parallel
    from quickdemo.runtime.compose.series import Series as Series
    from quickdemo.runtime.errors import Error as Error
    from quickdemo.runtime.flagging.callbacks import CSVLogger as CSVLogger
    from quickdemo.runtime.flagging.callbacks import FlaggingCallback as FlaggingCallback
    from quickdemo.runtime.flagging.callbacks import SimpleCSVLogger as SimpleCSVLogger
    from quickdemo.runtime.from_hub import load as load
    from quickdemo.runtime.interface import Interface as Interface
    from quickdemo.runtime.interface import close_all as close_all
    from quickdemo.runtime.progress import Progress as Progress
    from quickdemo.runtime.reports import Info as Info
    from quickdemo.runtime.reports import Success as Success
    from quickdemo.runtime.reports import Warning as Warning
    from quickdemo.runtime.request import Request as Request
    from quickdemo.runtime.sizes import FileSize as FileSize
    from quickdemo.runtime.tabs import TabbedInterface as TabbedInterface
    from quickdemo.runtime.themes import Theme as Theme
    from quickdemo.runtime.validation import validate as validate

    # the classes of components/templates.py differ from these in their defaults only
    Annotatedimage, Checkboxgroup, DataFrame, Highlightedtext = (
        AnnotatedImage,
        CheckboxGroup,
        Dataframe,
        HighlightedText,
    )
    Files, Highlight, ImageMask, Json, List, Matrix = File, HighlightedText, ImageEditor, JSON, Dataframe, Dataframe
    Mic, Microphone, Numpy, Paint, Pil, PlayableVideo = Audio, Audio, Dataframe, ImageEditor, Image, Video
    Sketchpad, Text, TextArea, TimeSeries, Variable, Webcam = Image, Textbox, Textbox, Timeseries, State, Image

__version__ = "0.1.0"
NO_RELOAD = True  #: what stands under `if gr.NO_RELOAD:` is kept by a reload as all else is

_COMPONENTS = (
    "Textbox Number Slider Checkbox CheckboxGroup Radio Dropdown ColorPicker DateTime Code Image File Label JSON "
    "ImageEditor ImageSlider HTML Markdown HighlightedText Chatbot State "
    "Dataframe Timeseries Gallery AnnotatedImage BarPlot LinePlot ScatterPlot Plot Model3D "
    "UploadButton DownloadButton MultimodalTextbox FileExplorer Dataset ParamViewer BrowserState "
    "Audio Video"
).split()

#: the same with other defaults, or under other names
_TEMPLATES = (
    "Text TextArea Webcam Sketchpad Pil ImageMask Paint Files Mic Microphone PlayableVideo Highlight Numpy Matrix List "
    "Annotatedimage Checkboxgroup DataFrame Highlightedtext Json TimeSeries"
).split()

#: what other tools have and this one has not: what to do
_ABSENT = {
    **dict.fromkeys(
        (
            "Blocks Row Column Tab Tabs TabItem Group Sidebar Navbar Walkthrough Step Draggable Button ClearButton "
            "render on Examples Timer EventData SelectData LikeData EditData RetryData UndoData KeyUpData CopyData "
            "DownloadData"
        ).split(),
        "quickdemo serves functions as gr.Interface, gr.ChatInterface and gr.TabbedInterface; it has no Blocks.",
    ),
    "update": "a function returns the value of an output; what else an output is stands in its Interface.",
    "skip": "a function returns a value for each output; a generator may yield the one before once more.",
}

#: public name -> (module, name in it); None stands for the module itself
_FACE: dict[str, tuple[str, str | None]] = {
    **{name: (f"components.{name.lower()}", name) for name in _COMPONENTS},
    **{name: ("components.templates", name) for name in _TEMPLATES},
    "Variable": ("components.state", "State"),
    **{
        name: ("components.imageeditor_tools", name)
        for name in ("Brush", "Eraser", "LayerOptions", "WatermarkOptions", "WebcamOptions")
    },
    "Accordion": ("accordion", "Accordion"),
    "ChatInterface": ("chat", "ChatInterface"),
    "ChatMessage": ("components.chat_messages", "ChatMessage"),
    "ClassicCSVLogger": ("flagging.callbacks", "CSVLogger"),
    "CSVLogger": ("flagging.callbacks", "CSVLogger"),
    "Error": ("errors", "Error"),
    "Explanation": ("explain_direct", "Explanation"),
    "FlaggingCallback": ("flagging.callbacks", "FlaggingCallback"),
    "Info": ("reports", "Info"),
    "Interface": ("interface", "Interface"),
    "Parallel": ("compose.parallel", "Parallel"),
    "Progress": ("progress", "Progress"),
    "Request": ("request", "Request"),
    "Series": ("compose.series", "Series"),
    "Success": ("reports", "Success"),
    "SimpleCSVLogger": ("flagging.callbacks", "SimpleCSVLogger"),
    "TabbedInterface": ("tabs", "TabbedInterface"),
    "Warning": ("reports", "Warning"),
    "load": ("from_hub", "load"),
    "close_all": ("interface", "close_all"),
    "components": ("face", None),
    "FileSize": ("sizes", "FileSize"),
    "themes": ("themes", None),
    "Theme": ("themes", "Theme"),
    "WaveformOptions": ("components.audio", "WaveformOptions"),
    "flagging": ("flagging.callbacks", None),
    "inputs": ("inputs", None),
    "mix": ("compose.mix", None),
    "outputs": ("outputs", None),
    "validate": ("validation", "validate"),
}

__all__ = sorted(sorted(_FACE), key=str.casefold)


def __getattr__(name: str) -> "Any":
    if name not in _FACE:
        raise AttributeError(_absence(name))
    module, attribute = _FACE[name]
    value = _import_module(f"quickdemo.runtime.{module}")
    value = getattr(value, attribute) if attribute else value
    globals()[name] = value
    return value


def _absence(name: str) -> str:
    if name in _ABSENT:
        return f"There is no gr.{name}: {_ABSENT[name]}"
    import difflib

    near = difflib.get_close_matches(name, __all__, n=3)
    meant = f"Did you mean {' or '.join(near)}?" if near else f"It offers {', '.join(__all__)}."
    return f"quickdemo has no {name!r}. {meant}"


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
