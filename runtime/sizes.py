"""`gr.FileSize`: units for `launch(max_file_size=5 * gr.FileSize.MB)`."""


class FileSize:
    """Bytes; each unit is 1024 of the one before."""

    B = 1
    KB = 1024
    MB = 1024 * KB
    GB = 1024 * MB
    TB = 1024 * GB
