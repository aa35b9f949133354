"""HTML: text with marks of your own. It is shown in the page after everything that could run has been removed."""

from html import escape

import quickdemo as gr


def ruler(words: str) -> str:
    """The words in a table, each with its length as a bar."""
    rows = [
        f'<tr><td>{escape(word)}</td><td><meter min="0" max="20" value="{len(word)}">{len(word)}</meter></td></tr>'
        for word in words.split()
    ]
    return f"<table>{''.join(rows)}</table>"


demo = gr.Interface(
    ruler,
    gr.Textbox(label="Words"),
    gr.HTML(label="Their lengths"),
    examples=["a truth universally acknowledged", "<b>bold</b> claims"],
)

if __name__ == "__main__":
    demo.launch()
