"""How predictions run: worker threads, the loop for async functions, streams."""
