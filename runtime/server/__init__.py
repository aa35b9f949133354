"""The Starlette app, one module per concern."""
