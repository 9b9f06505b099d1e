"""Trains the small ViT of fashion-mnist.yaml: python3 small_vit.py FASHION_MNIST OUT [EPOCHS]

The images of Fashion-MNIST's training set without their labels: the model tells by how many quarter turns each was rotated
(Gidaris et al., arXiv 1803.07728). torch 2.15, transformers 5.24; FASHION_MNIST holds train-images-idx3-ubyte, unpacked.
"""

import sys

import numpy as np
import torch
from torch.nn.functional import cross_entropy, pad
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

torch.set_num_threads(1)
BATCH = 256


def turned(images):
    """Flipped, moved and turned at random; the turns are the labels."""
    turns = torch.randint(0, 4, (len(images),))
    flip = torch.rand(len(images)) < 0.5
    images = torch.where(flip[:, None, None], images.flip(2), images)
    y, x = torch.randint(0, 7, (2,)).tolist()
    images = pad(images, (3, 3, 3, 3), value=-1.0)[:, y : y + 28, x : x + 28]
    images = torch.stack([torch.rot90(image, int(k), (0, 1)) for image, k in zip(images, turns)])
    return images[:, None].expand(-1, 3, -1, -1), turns


def main(folder, out, epochs=6):
    torch.manual_seed(1)
    raw = np.fromfile(f"{folder}/train-images-idx3-ubyte", dtype=np.uint8)[16:].reshape(-1, 28, 28)
    images = torch.from_numpy(raw).float() / 255 * 2 - 1
    model = ViTForImageClassification(ViTConfig(
        hidden_size=128, num_hidden_layers=4, num_attention_heads=4, intermediate_size=512,
        image_size=28, patch_size=7, num_channels=3, num_labels=4))
    steps = epochs * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps, pct_start=0.1)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]:
            inputs, turns = turned(images[batch])
            loss = cross_entropy(model(inputs).logits, turns)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    model.vit.save_pretrained(out)
    ViTImageProcessor(
        size={"height": 28, "width": 28}, image_mean=[0.5] * 3, image_std=[0.5] * 3).save_pretrained(out)


main(*sys.argv[1:3], *map(int, sys.argv[3:]))
