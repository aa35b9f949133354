"""What loading costs: calls and construction beside gradio_client, and a reload with loads beside one without."""
