"""Code: program text, coloured by its language."""

import ast

import quickdemo as gr


def tidy(source: str | None) -> str:
    """The same program in the standard's own layout, without comments."""
    try:
        return ast.unparse(ast.parse(source or ""))
    except SyntaxError as error:
        raise gr.Error(f"Line {error.lineno} is no Python: {error.msg}.") from error


demo = gr.Interface(
    tidy,
    gr.Code("def area(r) : return 3.14159*r**2  # a circle", language="python", label="Python"),
    gr.Code(language="python", label="Tidied"),
    examples=["def area(r) : return 3.14159*r**2  # a circle", "x=[i*i for i in range(10) if i%2]"],
)

if __name__ == "__main__":
    demo.launch()
