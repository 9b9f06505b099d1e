"""Writes a small random model of each family as a Hugging Face folder and as a GGUF file, and what they compute.

    python families.py

Needs what generate.py needs. The GGUF files are written by the package gguf, whose tables say how tensors are called.
llama.cpp runs a Gemma 2 of 26, 42 or 46 layers and no other, and a Phi-3 that has a token <|endoftext|>.
"""
import json
import math
import pathlib
import re
import shutil
import sys

import gguf
import numpy as np
import torch
from gguf.quants import quantize
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoModelForCausalLM, AutoConfig, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import generate_merges

import generate
from generate import KIND, LLAMA3, MERGES, TEXTS, TYPE, moved, sentence_pieces

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "families"))
import float64  # noqa: E402

QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)"
         r"|\s+")
MORE = ["e\u0301 cafe\u0301 \u212b", "<|im_start|>user the rain<|im_end|> and", "the <think>rain</think>"]


TEMPLATES = {"default": "{{ messages[0]['content'] }}", "tool-use": "tools: {{ messages[0]['content'] }}"}


# Tokenizers: each gives the tokenizer, names of special tokens, and writes the metadata.

def byte_level(pre, templates=None):
    tokens = generate.byte_tokens()
    tokenizer = Tokenizer(models.BPE(
        {token: i for i, token in enumerate(tokens)}, [tuple(pair.split()) for pair in MERGES],
        ignore_merges=pre == "llama-bpe"))
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex({"qwen2": QWEN2, "llama-bpe": LLAMA3}[pre]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    begins = pre == "llama-bpe"
    if begins:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|im_start|> $A", pair="<|im_start|> $A <|im_start|> $B",
            special_tokens=[("<|im_start|>", len(tokens) + 1)])

    def metadata(writer, rows):
        kinds = [KIND.NORMAL] * len(tokens) + [KIND.CONTROL] * 3 + [KIND.USER_DEFINED] * 2
        all_tokens = tokens + ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
        pad(all_tokens, kinds, rows)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(pre)
        writer.add_token_list(all_tokens)
        writer.add_token_types(kinds)
        writer.add_token_merges(MERGES)
        if begins:
            writer.add_bos_token_id(len(tokens) + 1)
        writer.add_eos_token_id(len(tokens) + 2)
        writer.add_pad_token_id(len(tokens))
        writer.add_add_bos_token(begins)
        writer.add_add_eos_token(False)
        if templates:
            writer.add_chat_template([dict(name=name, template=text) for name, text in templates.items()])
    names = dict(eos_token="<|im_end|>", pad_token="<|endoftext|>")
    if templates:
        names["chat_template"] = templates
    if begins:
        names["bos_token"] = "<|im_start|>"
    return tokenizer, names, metadata


def pad(tokens, kinds, rows):
    for i in range(len(tokens), rows):
        tokens.append(f"[PAD{i}]")
        kinds.append(KIND.UNUSED)


def sentence_piece(gemma, added=()):
    pieces = sentence_pieces()
    count = pieces.get_piece_size()
    vocabulary = {pieces.id_to_piece(i): i for i in range(count)}
    scores = {pieces.id_to_piece(i): pieces.get_score(i) for i in range(count)
              if not (pieces.is_control(i) or pieces.is_unknown(i) or pieces.is_byte(i))}
    merges = generate_merges({piece: vocabulary[piece] for piece in scores}, scores)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    replace = normalizers.Replace(" ", "▁")
    tail = [decoders.ByteFallback(), decoders.Fuse()]
    if gemma:
        tokenizer.normalizer = replace
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), *tail])
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), replace])
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), *tail, decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>", "<ctl>", *added])
    tokenizer.add_tokens([AddedToken("<sep>", normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])

    def metadata(writer, rows):
        tokens = [pieces.id_to_piece(i) for i in range(count)] + list(added)
        kinds = [KIND.UNKNOWN if i == 0 else KIND.CONTROL if pieces.is_control(i) else KIND.BYTE if pieces.is_byte(i)
                 else KIND.USER_DEFINED if tokens[i] == "<sep>" else KIND.NORMAL for i in range(count)]
        kinds += [KIND.CONTROL] * len(added)
        pad(tokens, kinds, rows)
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(tokens)
        writer.add_token_scores([pieces.get_score(i) if i < count else 0.0 for i in range(rows)])
        writer.add_token_types(kinds)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(0)
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(not gemma)
    return tokenizer, dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>"), metadata


# Models

def write_model(name, case):
    torch.manual_seed(sum(map(ord, name)))
    architecture, tokenizer_of, spare, fields = case["gguf"], case["tokenizer"], case.get("spare", 0), case["config"]
    tokenizer, named, metadata = tokenizer_of
    rows = tokenizer.get_vocab_size() + spare
    base = dict(hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, vocab_size=rows,
                max_position_embeddings=128, attention_dropout=0.0, use_cache=False)
    base.update({key: tokenizer.token_to_id(named[token]) for key, token in
                 [("bos_token_id", "bos_token"), ("eos_token_id", "eos_token"), ("pad_token_id", "pad_token")]
                 if token in named})
    base.update(fields)
    config = AutoConfig.for_model(name, **base)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    # What goes on with a text shall be one that can be printed.
    plain = torch.tensor([bool(re.fullmatch("[Ġ▁]?[ -;=?-~]+", tokenizer.id_to_token(i) or "")) for i in range(rows)])
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("bias"):
                values = torch.randn(parameter.shape) * 0.3
            elif parameter.dim() == 1:
                values = torch.rand(parameter.shape) * 0.4 + (-0.2 if "gemma" in name else 0.8)
            else:
                width = parameter.shape[1]
                gain = 1.3 if "embed" not in key else 0.5 if "gemma" in name else 0.5 * math.sqrt(width)
                values = torch.randn(parameter.shape) * gain / math.sqrt(width)
            if key in ("model.embed_tokens.weight", "lm_head.weight"):
                values[~plain] *= 0.05
            parameter.copy_(values.bfloat16().float())
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    model.bfloat16().save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)
    model.float()
    write_gguf(name, architecture, model, rows, metadata)
    ids = tokenizer.encode(TEXTS[0]).ids
    with float64.everywhere(), torch.no_grad():
        exact = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
        logits = exact(torch.tensor([ids])).logits[0].numpy()
    texts = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS + MORE]
    return np.array(ids, dtype=np.int32), logits.astype(np.float32), texts


def write_gguf(name, architecture, model, rows, metadata):
    config = model.config
    layers = config.num_hidden_layers
    heads = config.num_attention_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer = gguf.GGUFWriter(HERE / f"{name}.gguf", architecture)
    writer.add_type("model")
    writer.add_name(name)
    window = getattr(config, "sliding_window", None)
    writer.add_context_length(min(window, 128) if name == "mistral" else 128)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(rows)
    rope = config.rope_parameters
    rope = rope.get("full_attention", rope)
    writer.add_rope_freq_base(rope["rope_theta"])
    turned = int(head * rope.get("partial_rotary_factor", 1.0))
    writer.add_rope_dimension_count(turned)
    factors = {}
    if architecture in ("phi3", "gemma2", "gemma3"):
        writer.add_sliding_window(window or 0)
    if name == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(32.0)
        writer.add_rope_scaling_yarn_beta_slow(1.0)
    if rope["rope_type"] == "longrope":
        original = rope["original_max_position_embeddings"]
        writer.add_rope_scaling_type(gguf.RopeScalingType.LONGROPE)
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(128 / original) / math.log(original)))
        factors = {f"rope_factors_{side}.weight": np.array(rope[f"{side}_factor"], dtype=np.float32)
                   for side in ("long", "short")}
    metadata(writer, rows)
    names = gguf.get_tensor_name_map(next(
        arch for arch, label in gguf.MODEL_ARCH_NAMES.items() if label == architecture), layers)
    for key, parameter in model.named_parameters():
        values = parameter.detach().numpy()
        place = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if "gemma" in name and key.endswith("norm.weight"):
            values = values + np.float32(1)
        if architecture in ("llama", "smollm3"):
            for part, count in [("q_proj", heads), ("k_proj", config.num_key_value_heads)]:
                if part in key:
                    values = moved(values, count)
        kind = TYPE.F32 if values.ndim == 1 else TYPE.BF16
        writer.add_tensor(place, quantize(values, kind), raw_dtype=kind)
    for place, values in factors.items():
        writer.add_tensor(place, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (HERE / f"{name}.gguf").chmod(0o644)


def rope(theta, **more):
    return {"rope_parameters": {"rope_type": "default", "rope_theta": theta, **more}}


CASES = {
    "qwen2": dict(gguf="qwen2", tokenizer=byte_level("qwen2"), spare=3, config=dict(
        num_hidden_layers=2, tie_word_embeddings=False, rms_norm_eps=1e-6, use_sliding_window=False,
        **rope(10000.0, rope_type="yarn", factor=4.0, original_max_position_embeddings=32))),
    "qwen3": dict(gguf="qwen3", tokenizer=byte_level("qwen2", TEMPLATES), config=dict(
        num_hidden_layers=2, head_dim=16, tie_word_embeddings=True, rms_norm_eps=1e-6, **rope(1000000.0))),
    "mistral": dict(gguf="llama", tokenizer=sentence_piece(False), config=dict(
        num_hidden_layers=2, head_dim=8, tie_word_embeddings=False, rms_norm_eps=1e-5, sliding_window=60,
        **rope(10000.0))),
    "smollm3": dict(gguf="smollm3", tokenizer=byte_level("llama-bpe"), config=dict(
        num_hidden_layers=4, tie_word_embeddings=True, rms_norm_eps=1e-6, **rope(50000.0))),
    "phi3": dict(gguf="phi3", tokenizer=sentence_piece(False, ("<|endoftext|>", "<|user|>", "<|end|>")), spare=2, config=dict(
        num_hidden_layers=2, tie_word_embeddings=False, rms_norm_eps=1e-5, sliding_window=None, pad_token_id=2,
        original_max_position_embeddings=64,
        **rope(10000.0, rope_type="longrope", partial_rotary_factor=0.5, short_factor=[1.0, 1.3],
               long_factor=[1.1, 4.7], original_max_position_embeddings=64))),
    "gemma2": dict(gguf="gemma2", tokenizer=sentence_piece(True), config=dict(
        hidden_size=16, intermediate_size=32, num_attention_heads=2, num_key_value_heads=1, num_hidden_layers=26,
        head_dim=8, query_pre_attn_scalar=8, tie_word_embeddings=True, rms_norm_eps=1e-6,
        sliding_window=8, attn_logit_softcapping=5.0, final_logit_softcapping=14.0, **rope(10000.0))),
    "gemma3_text": dict(gguf="gemma3", tokenizer=sentence_piece(True), config=dict(
        num_hidden_layers=6, head_dim=8, query_pre_attn_scalar=8, tie_word_embeddings=True, rms_norm_eps=1e-6,
        sliding_window=8, rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}})),
}


def main():
    expected, tokens = {}, {}
    for name, case in CASES.items():
        ids, logits, tokens[name] = write_model(name, case)
        expected[f"{name}.ids"], expected[f"{name}.logits"] = ids, logits
        print(f"{name}: largest logit {np.abs(logits).max():.2f}")
    save_file(expected, HERE / "families.safetensors")
    (HERE / "families.safetensors").chmod(0o644)
    with open(HERE / "families.json", "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, cases)) + "]"
                                    for name, cases in tokens.items()) + "}\n")


if __name__ == "__main__":
    main()
