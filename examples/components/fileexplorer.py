"""FileExplorer: files that lie on the server, chosen by name."""

from pathlib import Path

import quickdemo as gr

DATA = Path(__file__).parent.parent / "data"


def sizes(paths: list[str]) -> dict[str, int]:
    """Bytes of each file."""
    return {Path(path).name: Path(path).stat().st_size for path in paths}


demo = gr.Interface(
    sizes,
    gr.FileExplorer("**/*", root_dir=DATA, label="Data of the examples"),
    gr.JSON(label="Bytes"),
    examples=[[["digits/0.png", "photos/flower.jpg"]]],
)

if __name__ == "__main__":
    demo.launch()
