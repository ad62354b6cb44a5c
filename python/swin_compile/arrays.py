"""Inputs and outputs: where their values lie, without a copy. What would need one is refused, and says how to make it.

numpy's arrays, PyTorch's CPU tensors, and whatever has __dlpack__ or __array_interface__.
"""
import sys

import numpy as np


def is_tensor(value):
    """Whether it is a torch.Tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, getattr(torch, "Tensor", ()))


def array_of(value, what):
    """A numpy array on the same memory."""
    if isinstance(value, np.ndarray):
        return value
    if is_tensor(value):
        if value.device.type != "cpu":
            raise ValueError(f"{what} is on {value.device}; pass {what}.cpu()")
        if value.requires_grad:
            raise ValueError(f"{what} requires a gradient, which a compiled model does not give; pass {what}.detach()")
        if str(value.dtype) == "torch.bfloat16":
            raise TypeError(f"{what} is bfloat16; expected float32: pass {what}.float()")
        return value.numpy()
    try:
        if hasattr(value, "__dlpack__"):
            return np.from_dlpack(value)
        if hasattr(value, "__array_interface__"):
            return np.asarray(value)
    except Exception as error:
        raise TypeError(f"{what}, a {type(value).__name__}, gives no memory that this process can read: "
                        f"{error}") from error  # fmt: skip
    raise TypeError(f"{what} is a {type(value).__name__}; expected an array of float32, as from "
                    f"numpy.asarray({what}, numpy.float32)")  # fmt: skip


def checked(value, what):
    """array_of, of float32 in C order."""
    array = array_of(value, what)
    if array.dtype != np.float32 or not array.dtype.isnative:
        cast = f"{what}.float()" if is_tensor(value) else f"{what}.astype(numpy.float32)"
        raise TypeError(f"{what} is {array.dtype}; expected float32: pass {cast}")
    if not array.flags.c_contiguous:
        copy = f"{what}.contiguous()" if is_tensor(value) else f"numpy.ascontiguousarray({what})"
        raise ValueError(f"{what} is not in C order (strides {array.strides}, shape {array.shape}); pass {copy}")
    if not array.flags.aligned:
        raise ValueError(f"{what} is not aligned to 4 bytes; pass {what}.copy()")
    return array


def image_of(value, channels):
    """The input, N x C x H x W."""
    array = checked(value, "x")
    if array.ndim == 3:
        raise ValueError(f"x has shape {array.shape}; expected N x C x H x W: pass x[None]")
    if array.ndim != 4 or array.shape[1] != channels:
        raise ValueError(f"x has shape {array.shape}; expected N x {channels} x H x W")
    return array


def results_for(shapes, out):
    """[array] that a run writes to, and what of `out` each is: {name: shape} says what is expected."""
    if out is None:
        arrays = [np.empty(shape, np.float32) for shape in shapes.values()]
        return arrays, arrays
    if isinstance(out, dict):
        if set(out) != set(shapes):
            raise ValueError(f"out has {', '.join(map(str, out)) or 'nothing'}; expected {', '.join(shapes)}")
        given = [out[name] for name in shapes]
    elif len(shapes) == 1:
        given = [out]
    else:
        raise TypeError(f"out is a {type(out).__name__}; expected a dict with {', '.join(shapes)}")
    arrays = []
    for value, (name, shape) in zip(given, shapes.items()):
        what = f"out[{name!r}]" if isinstance(out, dict) else "out"
        array = checked(value, what)
        if array.shape != shape:
            raise ValueError(f"{what} has shape {array.shape}; expected {shape}")
        if not array.flags.writeable:
            raise ValueError(f"{what} is read-only")
        arrays.append(array)
    return arrays, given


def tensors_of(arrays):
    """PyTorch's, on the arrays' memory."""
    return [sys.modules["torch"].from_numpy(array) for array in arrays]
