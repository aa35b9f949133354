"""The flag store and its CSV face."""
