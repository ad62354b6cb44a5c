"""pip install of the package from the repository, and what is in it."""
import inspect
import os
import re
import shutil
import subprocess
import sys
import unittest

from package import DIGITS, ROOT, Case, swin_compile
from swin_compile import cluster

SCRIPT = """
import swin_compile, numpy, os, sys
model = swin_compile.compile(sys.argv[1], progress=False)
print(swin_compile.__version__, os.path.dirname(swin_compile.__file__), model(numpy.ones((1, 1, 32, 32), "f4")).shape)
"""


class Names(Case):
    def test_contract(self):
        with open(os.path.join(ROOT, "docs/Contract.md")) as file:
            said = file.read().split("## The Python package")[1]
        for function in swin_compile.compile, swin_compile.load:
            words = f"{function.__name__}{inspect.signature(function)}"
            self.assertIn(words, " ".join(said.split()))
        for function in cluster.tune, cluster.map_images, cluster.write_images:
            words = f"cluster.{function.__name__}{inspect.signature(function)}"
            self.assertIn(words, " ".join(said.split()))
        for kind, line in (swin_compile.Model, "Model: "), (swin_compile.Session, "Session: "):
            listed = re.search(line + r"(.*\n(?: +.*\n)*)", said)[1]
            names = set(re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", listed)))
            names -= {"model", "session"} if kind is swin_compile.Session else {"model"}
            with swin_compile.compile(DIGITS, cache=self.shared) as model:
                found = model if kind is swin_compile.Model else model.session()
                self.assertEqual({name for name in dir(found) if not name.startswith("_")}, names)


def sources_in(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder)
                  for name in names if not name.endswith(".pyc"))  # fmt: skip


class Install(Case):
    def test_from_the_repository(self):
        # pip builds where the sources are, so not in the repository.
        sources, target = self.path("python"), self.path("site")
        shutil.copytree(os.path.join(ROOT, "python"), sources)
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index",
                        "--no-deps", "--no-build-isolation", "--target", target, sources],
                       check=True, cwd=self.folder)  # fmt: skip
        with open(os.path.join(ROOT, "CMakeLists.txt")) as file:
            version = re.search(r"project\(swin-compile VERSION ([\d.]+)", file.read())[1]
        done = subprocess.run([sys.executable, "-c", SCRIPT, DIGITS], capture_output=True, text=True, cwd=self.folder,
                              env={**os.environ, "PYTHONPATH": target})  # fmt: skip
        self.assertEqual((done.stdout, done.stderr), (f"{version} {target}/swin_compile (1, 10)\n", ""))
        with open(os.path.join(target, f"swin_compile-{version}.dist-info/METADATA")) as file:
            self.assertEqual(re.findall(r"Requires-Dist: (.*)", file.read()),
                             ["numpy (>=1.23)", "ray[data] (>=2.60) ; extra == 'ray'"])  # fmt: skip
        self.assertEqual(sources_in(os.path.join(target, "swin_compile")),
                         sources_in(os.path.join(ROOT, "python/swin_compile")))  # fmt: skip


if __name__ == "__main__":
    unittest.main(verbosity=2)
