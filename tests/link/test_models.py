"""Several libraries in one program: five models beside Halide itself; libraries whose runtimes differ."""
import os
import re
import unittest

from linking import UPSCALE, LinkCase

HALIDE_INCLUDE, HALIDE_LIBRARY = os.environ["SWIN_HALIDE_INCLUDE"], os.environ["SWIN_HALIDE_LIBRARY"]
OUTPUTS = {"one": "logits", "two": "stage1", "three": "stage2", "four": "features"}


def globals_of(text):
    """Names that nm lists as defined and visible to other objects, weak ones too."""
    return re.findall(r"^[0-9a-f]{16} [A-TV-Zu] (\S+)$", text, re.M)


class Models(LinkCase):
    def test_five_models_and_halide(self):
        for name, output in OUTPUTS.items():
            self.net("--emit", "lib", "--outputs", output, name=name)
        self.net("--emit", "lib", name="five", model=(f"{UPSCALE}.json", f"{UPSCALE}.safetensors"))
        self.system("c++", "-std=c++17", "-O0", f"-I{HALIDE_INCLUDE}", self.source("brighten.cpp"), HALIDE_LIBRARY,
                    f"-Wl,-rpath,{os.path.dirname(HALIDE_LIBRARY)}", "-o", "make_brighten")  # fmt: skip
        self.system("./make_brighten")
        self.assertIn("halide_do_par_for", self.system("nm", "brighten.o"), "its runtime is not inside")
        archives = [f"{name}/lib{name}.a" for name in [*OUTPUTS, "five"]]
        for order in [[*archives, "brighten.o"], ["brighten.o", *reversed(archives)]]:
            self.system("c++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-I.", "-isystem", HALIDE_INCLUDE,
                        self.source("five_models.cpp"), *order, "-lm", "-pthread", "-ldl", "-o", "all")  # fmt: skip
            self.assertEqual(self.system("./all"), "all as alone\n")

    def test_no_name_is_shared(self):
        """Nothing of one library can take the place of another's, whatever compilers made them."""
        names = ["one", "other_1"]
        for name in names:
            self.net("--emit", "lib", name=name)
        defined = {name: globals_of(self.system("nm", f"{name}/lib{name}.a")) for name in names}
        for name, found in defined.items():
            self.assertGreater(len(found), 20)
            self.assertEqual([symbol for symbol in found if not symbol.startswith(f"{name}_")], [])
            # No sections that linkers take one of, none that run before main, none for each thread.
            sections = self.system("readelf", "-SW", f"{name}/lib{name}.a")
            rows = re.findall(r"^ +\[ *\d+\] (\S+) +([A-Z_0-9]+) +[0-9a-f]{16} [0-9a-f]+ [0-9a-f]+ \w+ +([A-Z]*)",
                              sections, re.M)  # fmt: skip
            self.assertGreater(len(rows), 50)
            self.assertEqual([row for row in rows if "GROUP" in row[1] or "INIT" in row[1] or set(row[2]) & set("GT")],
                             [])  # fmt: skip
        self.assertEqual(set(defined["one"]) & set(defined["other_1"]), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
