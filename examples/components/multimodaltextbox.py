"""MultimodalTextbox: a text with files attached."""

from pathlib import Path

import quickdemo as gr

PHOTOS = Path(__file__).parent.parent / "data" / "photos"


def receipt(message: dict) -> str:
    """What has arrived."""
    names = [Path(path).name for path in message["files"]]
    return f"{len(message['text'].split())} words and {len(names)} files: {', '.join(names) or 'none'}"


demo = gr.Interface(
    receipt,
    gr.MultimodalTextbox(label="Message", placeholder="Write, and attach pictures", file_types=["image"]),
    gr.Textbox(label="Received"),
    examples=[[{"text": "Both from last summer.", "files": [str(PHOTOS / "flower.jpg"), str(PHOTOS / "temple.jpg")]}]],
)

if __name__ == "__main__":
    demo.launch()
