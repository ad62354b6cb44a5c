"""One library, every way of linking it that people use: the same result, no warning, no symbol but NAME_*."""
import os
import re
import shutil
import subprocess
import unittest

from linking import WARNINGS, LinkCase

COMPILERS = [compiler for compiler in ["gcc", "clang"] if shutil.which(compiler)]
LINKERS = [linker for linker in ["bfd", "gold", "lld"] if shutil.which(f"ld.{linker}")]


def symbols(text):
    return set(re.findall(r"^[0-9a-f ]{16} [A-Za-z] (\S+)$", text, re.M))


class Link(LinkCase):
    def setUp(self):
        super().setUp()
        self.net("--emit", "lib,shared")
        self.expected = self.system(self.program("use.c", out="expected"))
        self.assertRegex(self.expected, r"^[0-9a-f]{8,16} -?\d\.\d{4}\n$")

    def check(self, *flags, compiler="cc", **how):
        """Links with no word from the linker, and the program prints what the first one has."""
        out = how.pop("out", "use")
        libraries = how.pop("libraries", ["net/libnet.a"])
        done = subprocess.run([compiler, *WARNINGS, "-O1", "-Inet", self.source("use.c"), *flags, *libraries, "-lm",
                               "-pthread", "-o", out], cwd=self.folder, capture_output=True, text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), (compiler, flags))
        self.assertEqual(self.system(f"./{out}"), self.expected, (compiler, flags))

    def test_compilers_and_linkers(self):
        self.assertGreater(len(LINKERS), 0)
        for compiler in COMPILERS:
            for linker in LINKERS:
                use = f"-fuse-ld={linker}"
                for flags in [[], ["-static-pie"], ["-static"], ["-no-pie"],
                              ["-Wl,--gc-sections,-z,now,-z,noexecstack,-z,relro"]]:  # fmt: skip
                    if (linker, flags) == ("gold", ["-static-pie"]):
                        continue  # which it does not know
                    self.check(use, "-Wl,--fatal-warnings", *flags, compiler=compiler)
                self.check(use, f"-Wl,-rpath,{self.path('net')}", libraries=["-Lnet", "-l:libnet.so"],
                           compiler=compiler)  # fmt: skip

    def test_optimised_when_linked(self):
        self.check("-flto", "-O2", compiler="gcc")
        if {"clang"} <= set(COMPILERS) and "lld" in LINKERS:
            self.check("-flto", "-O2", "-fuse-ld=lld", compiler="clang")
            self.check("-flto=thin", "-O2", "-fuse-ld=lld", "-Wl,--gc-sections,--icf=all", compiler="clang")

    def test_an_unused_model_is_dropped(self):
        self.net("--emit", "lib", name="other")
        self.write("other.c", '#include "other/other.h"\nint never_called(void);\n'
                   "int never_called(void) { other_session *s; return other_open(&s, NULL) + !other_info(); }\n")
        weights = 500_000
        for linker in LINKERS:
            sizes = {}
            for kind, flags in [("without", []), ("with", ["other.c", "other/libother.a"]),
                                ("whole", ["-Wl,--whole-archive", "other/libother.a", "-Wl,--no-whole-archive"])]:
                self.check(f"-fuse-ld={linker}", "-ffunction-sections", "-Wl,--gc-sections", *flags, out=kind)
                sizes[kind] = os.path.getsize(self.path(kind))
                left = [name for name in symbols(self.system("nm", kind)) if name.startswith("other_")]
                self.assertEqual(left, [], (linker, kind))
            self.assertGreater(sizes["without"], weights)
            self.assertLess(max(sizes.values()) - sizes["without"], 4096, (linker, sizes))

    def test_inside_a_library_of_ones_own(self):
        self.write("exports.map", "{ global: answer; local: *; };\n")
        self.write("main.c", "int answer(void);\nint main(void) { return answer(); }\n")
        for linker in LINKERS:
            self.system("cc", *WARNINGS, "-DANSWER_ONLY", "-fPIC", "-shared", f"-fuse-ld={linker}", "-Inet",
                        self.source("use.c"), "net/libnet.a", "-Wl,--version-script=exports.map",
                        "-Wl,-z,defs,--fatal-warnings", "-lm", "-pthread", "-o", "libmine.so")  # fmt: skip
            self.assertEqual(symbols(self.system("nm", "-D", "--defined-only", "libmine.so")), {"answer"})
            self.system("cc", "main.c", "./libmine.so", "-o", "main")
            self.assertEqual(self.system("./main"), self.expected)

    def test_loaded_at_run_time(self):
        loaded = self.program("loaded.c", "-ldl", libraries=[])
        shutil.copy(self.path("net/libnet.so"), self.path("copy.so"))
        self.assertEqual(self.system(loaded, "net/libnet.so", "./copy.so"), "loaded and gone\n")

    def test_header(self):
        self.write("header.c", '#include "net/net.h"\ntypedef int something;\n')
        languages = [["-std=c99"], ["-std=c11"], ["-x", "c++", "-std=c++98", "-Wno-long-long"],
                     ["-x", "c++", "-std=c++20"]]  # fmt: skip
        for language in languages:
            for compiler in COMPILERS:
                everything = []
                if compiler == "clang":
                    # Of what a compatibility with older languages and a layout cost, the header is free to say nothing.
                    everything = ["-Weverything", "-Wno-padded", "-Wno-c++98-compat-pedantic", "-Wno-c++98-compat",
                                  "-Wno-c++11-long-long"]  # fmt: skip
                self.system(compiler, *language, "-pedantic-errors", "-Wall", "-Wextra", "-Werror", *everything,
                            "-fsyntax-only", "header.c")  # fmt: skip


if __name__ == "__main__":
    unittest.main(verbosity=2)
