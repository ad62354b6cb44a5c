"""Swin Transformers compiled to native libraries, called from Python: compile(model) gives a Model."""
from .build import compile
from .errors import BugError, CompileError, CompilerNotFound, Error, RunError
from .library import Session
from .model import Model, load

__version__ = "0.1.0"
__all__ = ["compile", "load", "Model", "Session", "Error", "CompileError", "BugError", "CompilerNotFound", "RunError"]
