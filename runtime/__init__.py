"""What lives in the child process: Interface, components, server, launch."""
