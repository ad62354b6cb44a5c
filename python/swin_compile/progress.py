"""One line on stderr that says what the compiler is doing."""
import sys

WIDTH = 70


def wanted(progress):
    """None: where someone sees it, a terminal or a notebook."""
    if progress is not None:
        return bool(progress)
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())


class Line:
    def __init__(self, shown, name="swin-compile"):
        self.shown, self.name, self.written = shown and sys.stderr is not None, name, False

    def __enter__(self):
        return self

    def __call__(self, what):
        if self.shown:
            # Notebooks know \r, but not how to clear to the end of a line.
            sys.stderr.write("\r" + f"{self.name}: {what}"[:WIDTH].ljust(WIDTH))
            sys.stderr.flush()
            self.written = True

    def __exit__(self, *_):
        if self.written:
            sys.stderr.write("\r" + " " * WIDTH + "\r")
            sys.stderr.flush()
