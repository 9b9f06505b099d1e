"""Writes the tokenizer of SigLIP 2 for images of one size, whose model is of type siglip, and what transformers makes of texts:

    python siglip2.py [--out FOLDER]

The settings are those of google/siglip2-base-patch16-224; the ids are below the vocabulary of the case `siglip`, whose model
the test takes.
"""
import argparse
import json
import pathlib
import shutil

import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.utils import logging

from generate import HERE
from siglip import LENGTH, TEXTS

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
MERGES = [("c", "a"), ("ca", "t"), ("d", "o"), ("do", "g"), ("\u2581", "a"), ("o", "f"), ("\u2581", "of")]


def main():
    parser = argparse.ArgumentParser(description="Writes the tokenizer of SigLIP 2.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    folder = parser.parse_args().out / "siglip2"
    logging.disable_progress_bar()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokens = [*SPECIAL, "\u2581", *"abcdefghijlnopstwx,.!12", *("".join(pair) for pair in MERGES)]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, MERGES, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing("$A <eos>", "$A <eos> $B:1 <eos>:1", [("<eos>", 1)])
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = dict(add_bos_token=False, add_eos_token=True, bos_token="<bos>", eos_token="<eos>", mask_token="<mask>",
                    model_max_length=LENGTH, pad_token="<pad>", padding_side="right", processor_class="SiglipProcessor",
                    tokenizer_class="GemmaTokenizer", unk_token="<unk>", use_default_system_prompt=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    loaded = hf.AutoTokenizer.from_pretrained(folder)
    assert type(loaded).__name__ == "GemmaTokenizer", type(loaded)
    rows = [{"text": text, "ids": loaded(text, truncation=True, padding="max_length", max_length=LENGTH)["input_ids"]}
            for text in TEXTS]
    assert max(id for row in rows for id in row["ids"]) < 42
    (folder / "expected_tokens.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
