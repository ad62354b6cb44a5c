"""How the upscaling model was trained: a small SwinIR on photographs that scikit-image and scikit-learn bring along.

chelsea.png (a cat) and flower.jpg are held out. The input is the photograph at half its size, by an antialiased bicubic
filter. Writes swinir_x2.{json,safetensors}, the constructor's arguments and the weights under the original names, and
swinir_test.safetensors: a part of the held-out cat, `input` 1 x 3 x 64 x 96, and the model's `output`.
Needs torch, safetensors, scikit-image, scikit-learn, and spandrel for the network; nothing in the build runs it.
"""
import json
import os
import sys
import time

import numpy as np
import skimage.data
import skimage.io
import sklearn.datasets
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from spandrel.architectures.SwinIR import SwinIR

ARGS = dict(
    upscale=2, in_chans=3, img_size=32, window_size=8, img_range=1.0, depths=[4, 4], embed_dim=36, num_heads=[4, 4],
    mlp_ratio=2, upsampler="pixelshuffledirect", resi_connection="1conv"
)  # fmt: skip
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
BATCH, SIDE = 4, 32

torch.manual_seed(0)
np.random.seed(0)
torch.set_num_threads(1)

skimages = os.path.dirname(skimage.data.__file__)
sklearns = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images")


def halved(path):
    """(photograph, the same at half its size), values 0 to 1."""
    photo = torch.tensor(skimage.io.imread(path)[..., :3], dtype=torch.float32).permute(2, 0, 1)[None] / 255
    photo = photo[..., : photo.shape[-2] // 2 * 2, : photo.shape[-1] // 2 * 2]
    half = F.interpolate(photo, scale_factor=0.5, mode="bicubic", antialias=True, align_corners=False)
    return photo, half.clamp(0, 1)


seen = ["astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png", "ihc.png"]
training = [halved(f"{skimages}/{name}") for name in seen] + [halved(f"{sklearns}/china.jpg")]
held_out = {"chelsea": halved(f"{skimages}/chelsea.png"), "flower": halved(f"{sklearns}/flower.jpg")}

model = SwinIR(**ARGS)
# It starts by repeating pixels: three features carry the picture through the connection around all blocks.
with torch.no_grad():
    tail = model.upsample[0]
    model.conv_first.weight[:3].zero_()
    model.conv_first.bias[:3].zero_()
    model.conv_after_body.weight.mul_(0.1)
    model.conv_after_body.bias.zero_()
    tail.weight.mul_(0.1)
    tail.bias.zero_()
    for channel in range(3):
        model.conv_first.weight[channel, channel, 1, 1] = 1
        tail.weight[4 * channel : 4 * channel + 4, :3] = 0
        tail.weight[4 * channel : 4 * channel + 4, channel, 1, 1] = 1


def psnr(a, b):
    return (-10 * torch.log10(((a - b) ** 2).mean())).item()


def evaluate():
    """PSNR of the model and of bicubic interpolation, by photograph."""
    model.eval()
    results = {}
    with torch.inference_mode():
        for name, (photo, half) in held_out.items():
            ours = model(half).clamp(0, 1)[..., : photo.shape[-2], : photo.shape[-1]]
            bicubic = F.interpolate(half, scale_factor=2, mode="bicubic", align_corners=False).clamp(0, 1)
            results[name] = (psnr(ours, photo), psnr(bicubic, photo))
    model.train()
    return results


optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=STEPS)
start = time.time()
for step in range(STEPS):
    halves, photos = [], []
    for _ in range(BATCH):
        photo, half = training[np.random.randint(len(training))]
        y, x = np.random.randint(half.shape[-2] - SIDE), np.random.randint(half.shape[-1] - SIDE)
        small, large = half[..., y : y + SIDE, x : x + SIDE], photo[..., 2 * y : 2 * (y + SIDE), 2 * x : 2 * (x + SIDE)]
        if np.random.rand() < 0.5:
            small, large = small.flip(-1), large.flip(-1)
        if np.random.rand() < 0.5:
            small, large = small.transpose(-1, -2), large.transpose(-1, -2)
        halves.append(small)
        photos.append(large)
    loss = (model(torch.cat(halves)) - torch.cat(photos)).abs().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    if step % 500 == 499:
        print(step, f"{time.time() - start:.0f} s", loss.item(), evaluate(), flush=True)

results = evaluate()
print(results)
model.eval()  # what it gives has no dropped paths
buffers = ("relative_position_index", "attn_mask")
weights = {name: values.contiguous() for name, values in model.state_dict().items() if not name.endswith(buffers)}
save_file(weights, "swinir_x2.safetensors")
with open("swinir_x2.json", "w") as file:
    json.dump({"family": "swinir", **ARGS, "psnr_model_vs_bicubic": results}, file, indent=2)
part = held_out["chelsea"][1][..., 40:104, 60:156].contiguous()
with torch.inference_mode():
    save_file({"input": part, "output": model(part).contiguous()}, "swinir_test.safetensors")
