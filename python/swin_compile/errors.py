"""What goes wrong, as exceptions. Each has a sentence that says what was found and what would be right."""


class Error(Exception):
    """Of all that are ours."""


class CompileError(Error):
    """The compiler refused a model, its weights or an option.

    messages: one line each, `file:line:col: error: what, where, what would be right` where there is a file.
    status: as swin-compile exits, 1 = an option is wrong, 2 = the model, weights or a file are.
    description: the text of the description that lines count in, if it was made from an object.
    """

    def __init__(self, messages, status=2, description=None):
        super().__init__("\n".join(messages))
        self.messages, self.status, self.description = list(messages), status, description


class CompilerNotFound(Error):
    """There is no swin-compile."""


class BugError(Error):
    """A bug of the compiler. reproducer: the folder to report it with, or None."""

    def __init__(self, messages, status, reproducer=None):
        super().__init__("\n".join(messages))
        self.messages, self.status, self.reproducer = list(messages), status, reproducer


class RunError(Error):
    """A compiled library refused: status is one of NAME.h, negative; the text is the library's sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
