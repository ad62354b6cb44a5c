"""Work spread over the nodes of a Ray cluster: tune() looks for schedules of a model's kernels, map_images() runs a
compiled model on a folder of pictures. `python -m swin_compile.cluster` does both. Needs pip install swin-compile[ray].
"""
from .images import map_images, write_images
from .tuning import Tuned, tune

__all__ = ["map_images", "tune", "Tuned", "write_images"]
