"""How the digits model was trained: a small Swin by timm on scikit-learn's handwritten digits (1797 real scans).

8 x 8 scans, upscaled to 32 x 32, split into 1400 for training and 397 held out. Writes digits_swin.{json,safetensors}
as timm saves a model, and digits_test.safetensors: held-out images N x 1 x 32 x 32 in [0, 1], labels, timm's logits.
Needs timm, torch, scikit-learn, safetensors; nothing in the build or the tests runs it.
"""
import json
import random

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits

ARGS = dict(
    img_size=32, patch_size=2, in_chans=1, embed_dim=32, depths=(2, 2), num_heads=(2, 4), window_size=4
)  # fmt: skip
EPOCHS, BATCH = 100, 35

torch.manual_seed(0)
np.random.seed(0)
random.seed(0)
torch.set_num_threads(1)

digits = load_digits()
images = torch.tensor(digits.images / 16.0, dtype=torch.float32)[:, None]
images = torch.nn.functional.interpolate(images, size=(32, 32), mode="bilinear", align_corners=False)
labels = torch.tensor(digits.target)
order = torch.tensor(np.random.RandomState(0).permutation(len(images)))
train, test = order[:1400], order[1400:]

model = timm.models.swin_transformer.SwinTransformer(num_classes=10, drop_path_rate=0.0, **ARGS)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.5e-3, total_steps=EPOCHS * (1400 // BATCH))
for epoch in range(EPOCHS):
    model.train()
    shuffled = train[torch.randperm(1400)]
    for start in range(0, 1400, BATCH):
        chosen = shuffled[start : start + BATCH]
        shift = torch.randint(-3, 4, (2,)).tolist()
        batch = torch.roll(images[chosen], shift, (2, 3))
        batch = batch + 0.05 * torch.randn_like(batch)
        loss = torch.nn.functional.cross_entropy(model(batch), labels[chosen], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.inference_mode():
        accuracy = (model(images[test]).argmax(1) == labels[test]).float().mean().item()
    print(epoch, loss.item(), accuracy, flush=True)

with torch.inference_mode():
    logits = model(images[test])
save_file({name: value.contiguous() for name, value in model.state_dict().items()}, "digits_swin.safetensors")
save_file({"images": images[test], "labels": labels[test], "logits": logits}, "digits_test.safetensors")
description = {
    "architecture": "swin_tiny_patch4_window7_224",
    "num_classes": 10,
    "model_args": ARGS,
    "pretrained_cfg": {
        "input_size": [1, 32, 32],
        "mean": [0.0],
        "std": [1.0],
        "label_names": [str(i) for i in range(10)],
    },
}
with open("digits_swin.json", "w") as file:
    json.dump(description, file, indent=2)
