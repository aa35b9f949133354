"""The command line: one file per command, the supervisor, the watcher, what a person sees."""
