"""What the text of generated C looks like in the end."""


def tidy(text: str) -> str:
    """No trailing spaces, no runs of empty lines, one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip("\n") + "\n"
