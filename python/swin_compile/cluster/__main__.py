"""python -m swin_compile.cluster tune MODEL ... | images LIBRARY IMAGES -o OUT"""
import argparse
import sys

from .. import progress
from ..errors import BugError, CompileError, Error
from . import tune, write_images


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="python -m swin_compile.cluster", allow_abbrev=False,
                                     description="Work spread over the nodes of a Ray cluster.")  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("tune", allow_abbrev=False,
                              help="look for schedules of a model's kernels, as swin-tune does")  # fmt: skip
    one.add_argument("model", nargs="?", metavar="MODEL", help="as swin-compile takes it")
    one.add_argument("--db", default="schedules.db", metavar="FILE", help="the one database; default: schedules.db")
    one.add_argument("--kernel", dest="kernels", type=lambda text: text.split(","), metavar="LIST",
                     help="only these")  # fmt: skip
    one.add_argument("--time", help="of the whole run: 90s 10m 2h; default: 10m")
    one.add_argument("--trials", type=int, metavar="N", help="of each kernel and instruction set")
    one.add_argument("--fast-matmul", action="store_true")
    for name in "threads", "target", "seed", "strategy", "outputs", "size", "batch", "semantics", "weights", "arch":
        one.add_argument(f"--{name}", help="as swin-tune takes it")
    one.add_argument("--compiler", metavar="FILE", help="swin-compile, beside which swin-tune lies")
    two = commands.add_parser("images", allow_abbrev=False, help="run a compiled model on pictures")
    two.add_argument("library", metavar="LIBRARY", help="libNAME.so, or its folder")
    two.add_argument("images", metavar="IMAGES", nargs="+", help="a folder or files, where all nodes see them")
    two.add_argument("-o", dest="out", required=True, metavar="OUT",
                     help="FILE.jsonl: the most probable classes; else a folder for pictures or arrays")  # fmt: skip
    two.add_argument("--threads", type=int, default=1, help="of each worker; default: 1")
    two.add_argument("--runner", metavar="FILE", help="swin-run; default: beside $SWIN_COMPILE, or the PATH's")
    for command in one, two:
        command.add_argument("--address", help="of the cluster; default: $RAY_ADDRESS, or one that runs on this "
                                               "machine, or this machine alone")  # fmt: skip
    found = vars(parser.parse_args(arguments))
    if found["command"] == "images" and len(found["images"]) == 1:
        found["images"] = found["images"][0]
    return found


def main(arguments):
    """Exit status as of the commands: 1 the command line, 2 the input, 3 a bug of ours; 130 Ctrl-C."""
    options = options_of(arguments)
    command = options.pop("command")
    try:
        if command == "tune":
            errors = tune(**options, say=lambda text: print(text, flush=True)).errors
        else:
            with progress.Line(progress.wanted(None), "images") as say:
                done, errors = write_images(**options, say=say)
            print(f"{done} pictures done")
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status if isinstance(error, CompileError) else 3 if isinstance(error, BugError) else 2
    except KeyboardInterrupt:
        print("ended; what came so far is kept", file=sys.stderr)
        return 130
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 2 if errors else 0


if __name__ == "__main__":
    # argparse ends with 2 where the command line is wrong.
    try:
        status = main(sys.argv[1:])
    except SystemExit as ended:
        status = 1 if ended.code == 2 else ended.code
    sys.exit(status)
