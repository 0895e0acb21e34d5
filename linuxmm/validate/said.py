"""What programs of others printed: the line of it that a message of ours shows."""

from linuxmm.errors import one_line


def last_line(text: str) -> str:
    """The last line that says something, safe in a line of ours; lines end with LF alone."""
    lines = (line.strip() for line in reversed(text.split("\n")))
    return one_line(next((line for line in lines if line), ""))
