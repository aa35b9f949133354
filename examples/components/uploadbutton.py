"""UploadButton: a button that asks for files."""

from pathlib import Path

import quickdemo as gr

DIGITS = Path(__file__).parent.parent / "data" / "digits"


def sizes(pictures: list[str] | None) -> dict[str, int]:
    """Bytes of each picture."""
    return {Path(path).name: Path(path).stat().st_size for path in pictures or []}


demo = gr.Interface(
    sizes,
    gr.UploadButton("Choose pictures", file_count="multiple", file_types=["image"]),
    gr.JSON(label="Bytes"),
    examples=[[[str(DIGITS / "0.png"), str(DIGITS / "1.png")]]],
)

if __name__ == "__main__":
    demo.launch()
