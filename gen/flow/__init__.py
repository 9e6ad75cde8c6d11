"""The work of each command, from settings to results."""
