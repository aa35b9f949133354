"""Running the script in the child, and the messages between supervisor and child."""
