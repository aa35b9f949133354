"""One module per component, and the registry of their names."""
