"""Writes small pictures of each kind, and what transformers' image processors on Pillow make of them.

    python images.py

Written with Python 3.11, transformers 5.24.0, Pillow 13.0.0, NumPy 2.4.6, safetensors 0.8.0. For each picture and
processor, expected.safetensors has the pixels before scaling and normalization, uint8 [height, width, 3] under
`PICTURE/PROCESSOR`, and for some the numbers that a model reads, float32 [3, height, width] under
`PICTURE/PROCESSOR/numbers`; `PICTURE` alone is the decoded picture. Pictures are read as transformers' load_image does:
turned by EXIF, then converted to RGB.
"""
import io
import json
import pathlib

import numpy as np
import PIL.Image
import PIL.ImageOps
from safetensors.numpy import save_file
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

HERE = pathlib.Path(__file__).parent

PROCESSORS = {
    "vit": (ViTImageProcessorPil, {"size": {"height": 16, "width": 16}}),
    "vit-nearest": (ViTImageProcessorPil, {"size": {"height": 13, "width": 29}, "resample": 0}),
    "vit-lanczos": (ViTImageProcessorPil, {"size": {"height": 40, "width": 11}, "resample": 1}),
    "vit-box": (ViTImageProcessorPil, {"size": {"height": 9, "width": 20}, "resample": 4}),
    "vit-hamming": (ViTImageProcessorPil, {"size": {"height": 50, "width": 70}, "resample": 5}),
    "clip": (CLIPImageProcessorPil, {"size": {"shortest_edge": 15}, "crop_size": {"height": 15, "width": 15}}),
    "clip-padded": (CLIPImageProcessorPil, {"size": {"shortest_edge": 10}, "crop_size": {"height": 21, "width": 14}}),
    "deit": (DeiTImageProcessorPil, {"size": {"height": 20, "width": 20}, "crop_size": {"height": 17, "width": 14}}),
    "deit-plain": (DeiTImageProcessorPil, {
        "do_resize": False, "crop_size": {"height": 12, "width": 12}, "do_rescale": False, "image_mean": [1.0, 2.0, 3.0],
        "image_std": [7.0, 8.0, 9.0]}),
    "dinov2": (BitImageProcessorPil, {
        "size": {"shortest_edge": 16}, "crop_size": {"height": 14, "width": 14}, "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225]}),
    "siglip": (SiglipImageProcessorPil, {"size": {"height": 15, "width": 13}}),
}


def scene(height, width):
    """Smooth areas, edges and noise."""
    random = np.random.default_rng(height * 1000 + width)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 / width, y * 255 / height, 127 + 120 * np.sin(x / 3) * np.cos(y / 4)], -1)
    picture[height // 4:height // 2, width // 3:width // 2] = (250, 20, 30)
    return np.clip(picture + random.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)


def write_pictures():
    rgb = PIL.Image.fromarray(scene(37, 53))
    tall = PIL.Image.fromarray(scene(61, 34))
    grey = tall.convert("L")
    alpha = rgb.copy()
    alpha.putalpha(PIL.Image.fromarray(scene(37, 53)[..., 0]))
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    mirrored = PIL.Image.Exif()
    mirrored[0x0112] = 7
    files = {
        "rgb.png": (rgb, {}),
        "alpha.png": (alpha, {}),
        "grey.png": (grey, {}),
        "grey-alpha.png": (alpha.convert("LA"), {}),
        "palette.png": (rgb.quantize(40), {}),
        "two-colours.png": (grey.convert("1"), {}),
        "four-bits.png": (grey.quantize(16), {"bits": 4}),
        "tall.jpg": (tall, {"quality": 90, "subsampling": 0}),
        "wide.jpg": (rgb, {"quality": 80, "subsampling": 2}),
        "half.jpg": (rgb, {"quality": 70, "subsampling": 1}),
        "grey.jpg": (grey, {"quality": 85}),
        "progressive.jpg": (tall, {"quality": 75, "progressive": True}),
        "turned.jpg": (rgb, {"quality": 90, "exif": turned}),
        "transversed.jpg": (tall, {"quality": 90, "exif": mirrored}),
    }
    for name, (picture, options) in files.items():
        picture.save(HERE / name, **options)
    return sorted(files)


def write_inks():
    """CMYK as Pillow writes it, the same bytes marked as YCCK, and what Pillow makes of both."""
    cmyk = PIL.Image.fromarray(np.concatenate([scene(12, 20), scene(12, 20)[..., :1]], -1), "CMYK")
    cmyk.save(HERE / "cmyk.jpg", quality=90)
    file = bytearray((HERE / "cmyk.jpg").read_bytes())
    transform = file.index(b"Adobe") + 11
    assert file[transform] == 0, file[transform]
    file[transform] = 2
    (HERE / "ycck.jpg").write_bytes(file)
    for name in ("cmyk", "ycck"):
        PIL.Image.open(HERE / f"{name}.jpg").convert("RGB").save(HERE / f"{name}.png")


def main():
    expected = {}
    write_inks()
    for name in write_pictures():
        picture = PIL.ImageOps.exif_transpose(PIL.Image.open(HERE / name)).convert("RGB")
        expected[name] = np.asarray(picture)
        for key, (kind, options) in PROCESSORS.items():
            plain = kind(**options | {"do_rescale": False, "do_normalize": False})
            pixels = np.asarray(plain(picture)["pixel_values"][0])
            assert pixels.dtype == np.uint8, pixels.dtype
            expected[f"{name}/{key}"] = np.ascontiguousarray(pixels.transpose(1, 2, 0))
            if name == "wide.jpg":
                expected[f"{name}/{key}/numbers"] = np.asarray(kind(**options)(picture)["pixel_values"][0], np.float32)
    expected["rgb.png/luma"] = np.asarray(PIL.Image.open(HERE / "rgb.png").convert("L"))[..., None]
    save_file({k: np.ascontiguousarray(v) for k, v in expected.items()}, HERE / "expected.safetensors")
    for key, (kind, options) in PROCESSORS.items():
        kind(**options).save_pretrained(HERE / "processors" / key)


if __name__ == "__main__":
    main()
