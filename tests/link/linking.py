"""Programs that are linked with a model called net. Run with tests/tools on PYTHONPATH, whose harness it extends."""
import json
import os

from harness import DIGITS, ROOT, WEIGHTS, CompileCase

HERE = os.path.dirname(os.path.abspath(__file__))
UPSCALE = os.path.join(ROOT, "examples/upscale/swinir_x2")
WARNINGS = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror"]


class LinkCase(CompileCase):
    def net(self, *arguments, name="net", model=(DIGITS, WEIGHTS), folder=None, target="x86-64-v3"):
        """Compiles the digit reader, or another model, as libNAME.a in a folder NAME."""
        self.good(model[0], "--weights", model[1], "--name", name, "-o", folder or name, "--target", target, "-q",
                  *arguments)  # fmt: skip

    def source(self, name):
        return os.path.join(HERE, name)

    def program(self, source, *arguments, compiler="cc", folder="net", out=None, libraries=None):
        """Builds one of the programs here and returns how to call it."""
        out = out or os.path.splitext(source)[0]
        libraries = [f"{folder}/libnet.a"] if libraries is None else libraries
        self.system(compiler, *WARNINGS, "-O1", f"-I{folder}", f"-I{ROOT}", self.source(source), *arguments, *libraries,
                    "-lm", "-pthread", "-o", out)  # fmt: skip
        return f"./{out}"

    def json_of(self, *command, **options):
        return json.loads(self.system(*command, **options))
