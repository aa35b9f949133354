"""`make bench-reload`: from a save to its first answer, beside a clean restart and Gradio; first starts; memory."""
