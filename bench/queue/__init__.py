"""The queue beside Gradio's and beside a bare echo: throughput, waiters, idleness, streams, kills."""
