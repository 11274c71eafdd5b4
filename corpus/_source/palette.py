"""The four colours of the course, and two greys, as RGB hex without the ``#``."""

DEEP_BLUE = "1f3a5f"
TEAL = "2a9d8f"
AMBER = "e9b44c"
OFF_WHITE = "f7f5f0"
INK = "22303c"
LINE = "c9cfd6"
WHITE = "ffffff"
