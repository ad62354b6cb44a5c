"""What the dialect's files say of its ops is true: constraints are checked and tested, examples parse.

documentation.py SWIN_OPT FOLDER

FOLDER holds the definitions, *Ops.td, and their verifiers, Verify*.cpp. Every constraint (CN) of a description is named
beside the op's verifier flag and marked `// op_cN` in one of the verifiers, and a test in this folder has it in its
name, `@op_cN`. Nothing has a label of a constraint that does not exist. Every example that leaves nothing out is
accepted by swin-opt.
"""
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent


def ops(td):
    """Name and text of every op's definition."""
    for part in re.split(r"^def ", td, flags=re.M)[1:]:
        name = re.match(r'\w+ : (?:GraphOp|SwinOp)<"(\w+)"', part)
        if name:
            yield name[1], part


def labels_of(comment):
    """{x_c1, x_c2, x_c3} of `x_c1 .. x_c3` and of `x_c1, x_c2, x_c3`."""
    found = set(re.findall(r"\w+_c\d+", comment))
    for op, first, last in re.findall(r"(\w+)_c(\d+) \.\. \w+_c(\d+)", comment):
        found |= {f"{op}_c{n}" for n in range(int(first), int(last) + 1)}
    return found


def check_labels(td, verify, tests):
    wanted = set()
    for op, text in ops(td):
        described = {f"{op}_c{n}" for n in re.findall(r"\(C(\d+)\)", text)}
        flagged = set().union(*(labels_of(line) for line in re.findall(r"hasVerifier = 1;(.*)", text)))
        for label in sorted(described ^ flagged):
            yield f"{op}: {label} is in the {'description' if label in described else 'comment'} only"
        wanted |= described
    marked = labels_of("\n".join(re.findall(r"//.*", verify)))
    tested = set(re.findall(r"@(\w+?_c\d+)\w*", tests))
    for label in sorted(wanted ^ marked):
        yield f"verifiers: {label} " + ("has no mark" if label in wanted else "is no constraint of an op")
    for label in sorted(wanted ^ tested):
        yield f"tests: {label} " + ("has no test" if label in wanted else "is no constraint of an op")


def as_function(number, example):
    """A function around one op, its operands as arguments."""
    if example.lstrip().startswith("swin.kernel"):
        return example
    op, types = example.split(" : ", 1)
    names = list(dict.fromkeys(re.findall(r"%\w+", op.split(" = ")[-1])))
    types = re.findall(r"tensor<[^>]*>", types.split("->")[0])
    if len(types) < len(names):
        types = types[:1] * len(names)
    arguments = ", ".join(f"{name}: {kind}" for name, kind in zip(names, types))
    return f"func.func @example{number}({arguments}) {{\n{example}\n  return\n}}\n"


def check_examples(td, swin_opt):
    examples = []
    for op, text in ops(td):
        own = [e for e in re.findall(r"```mlir\n(.*?)```", text, flags=re.S)]
        if not own and op != "yield":
            yield f"{op} has no example"
        examples += [e for e in own if "..." not in e]
    module = "".join(as_function(number, example) for number, example in enumerate(examples))
    done = subprocess.run([swin_opt], input=module, capture_output=True, text=True)
    if done.returncode:
        yield f"an example of a description is not accepted:\n{done.stderr}"
    print(f"{len(examples)} examples")


def main():
    folder = pathlib.Path(sys.argv[2])
    text, verify = ("".join(path.read_text() for path in sorted(folder.glob(files)))
                    for files in ("*Ops.td", "Verify*.cpp"))
    tests = "".join(path.read_text() for path in sorted(FOLDER.glob("*-errors.mlir")))
    problems = [*check_labels(text, verify, tests), *check_examples(text, sys.argv[1])]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
