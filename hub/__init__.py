"""Models and Spaces of the Hugging Face Hub as Interfaces: a page and a plain function each.

`loading.load` is the door. `reference` reads names, `tokens` says what may be sent where, `outbound` is the only way
to the network, `cache` remembers what was looked up, `models/` and `spaces/` know the two kinds, and `loaded` is what
comes of both. Nothing here is imported before something is loaded.
"""
