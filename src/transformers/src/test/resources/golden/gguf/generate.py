"""Writes the golden GGUF files, and what their models and tokenizers give.

    python generate.py

Needs gguf, numpy, regex, safetensors, sentencepiece, tokenizers, torch and transformers; README.md says which versions
wrote what is here.
"""
import io
import json
import math
import os
import pathlib

os.environ["HF_HUB_OFFLINE"] = "1"

import gguf
import numpy as np
import regex
import sentencepiece
import torch
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent
TYPE = gguf.GGMLQuantizationType
KIND = gguf.TokenType


# Tokenizers

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
          r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
          r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA_CPP = [r"[\p{P}\$\+<=>\^~\|]+",
             r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)", r"\p{N}+", r"[0-9][0-9][0-9]"]

MERGES = ["t h", "Ġ t", "i n", "e r", "a n", "Ġ s", "h e", "e d", "Ġ c", "o l", "i s", "Ã ©", "ð Ł", "Ġ Ġ", "u n", "r a",
          "' t", "' T", "l e", "Ġ a", "in g", "an d", "th e", "Ġ is", "Ġs un", "ra in", "T he", "Ġt he", "Ġ and", "1 2",
          "12 3", "3 4", "123 4", "Ġ 1", "Ġ1 2", "! !", "! Ċ", "Ċ Ċ", "ĠĠ ĠĠ", "A B", "a B", ". .", "Ġ .", "$ 1", "Ġ $"]
WHOLE = ["Ġcold", "smile"]  # no merges make them
BPE_ADDED = {"<|pad|>": KIND.CONTROL, "<|begin_of_text|>": KIND.CONTROL, "<|end_of_text|>": KIND.CONTROL,
             "<think>": KIND.USER_DEFINED, "[PAD307]": KIND.UNUSED}
TEXTS = [
    "The sun is warm and the rain is cold.", "  Two   spaces, a tab\tand\na new line  ", "", " ", "\n\n\n", "a\r\n\r\nb",
    "Ça déjà vu à Zürich, naïve café!", "She smiled 🙂 and left 👩‍👩‍👧.", "don't DON'T it's IT'S we'LL",
    "1234 12 123456789 3.14 $12 ½ Ⅷ ٣٤", "aB ABc camelCaseABC", "!!\n\n  x", "a\u00a0b\u3000c", "漢字かな 한국어 हिन्दी",
    "<|begin_of_text|>the<|end_of_text|> and", "x <think> y </think>", "[PAD307]", "    indented\n\t\ttwice", "smile cold smile",
    "</s><s>the rain<sep>the sun", "▁under", "e\u0301\u0323", "a..b ... <=> ~~ `x` ^|^", "\u200b\ufeff\u0000", "zq" * 20]


def byte_tokens():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    return alphabet + ["".join(pair.split()) for pair in MERGES] + WHOLE


def byte_level(pre):
    """A tokenizer as the model that gave a pre-tokenizer its name has it; for llama.cpp's own, see default_ids."""
    tokens = byte_tokens()
    tokenizer = Tokenizer(models.BPE(
        {token: i for i, token in enumerate(tokens)}, [tuple(pair.split()) for pair in MERGES],
        ignore_merges=pre in ("llama-bpe", "tekken")))
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = {
        "gpt-2": whole,
        "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), whole]),
        "llama-bpe": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), bytes_only]),
        "smaug-bpe": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), bytes_only]),
        "tekken": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(TEKKEN), "isolated"), bytes_only]),
        "default": bytes_only,
    }[pre]
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in BPE_ADDED.items() if kind == KIND.CONTROL]
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens([token for token, kind in BPE_ADDED.items() if kind == KIND.USER_DEFINED])
    return tokenizer


def pieces(text, expressions):
    """What llama.cpp divides a text into: each expression divides what those before it left."""
    parts = [text]
    for expression in expressions:
        parts = [part for whole in parts for part in divided(whole, expression)]
    return parts


def divided(text, expression):
    at = 0
    for match in regex.finditer(expression, text):
        yield from filter(None, (text[at:match.start()], match.group()))
        at = match.end()
    if text[at:]:
        yield text[at:]


def default_ids(text):
    tokenizer = byte_level("default")
    ids = []
    added = "|".join(regex.escape(token) for token, kind in BPE_ADDED.items() if kind != KIND.UNUSED)
    for part in regex.split(f"({added})", text):
        known = tokenizer.token_to_id(part) if part in BPE_ADDED else None
        if known is not None:
            ids.append(known)
        else:
            for piece in pieces(part, LLAMA_CPP):
                ids += tokenizer.encode(piece).ids
    return ids


def bpe_metadata(writer, pre):
    tokens = byte_tokens()
    kinds = [KIND.NORMAL] * len(tokens) + list(BPE_ADDED.values())
    tokens += list(BPE_ADDED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(tokens.index("<|begin_of_text|>"))
    writer.add_eos_token_id(tokens.index("<|end_of_text|>"))
    writer.add_pad_token_id(tokens.index("<|pad|>"))
    writer.add_chat_template("{{ messages }}")
    return len(tokens)


CORPUS = """The sun is warm and the rain is cold in the north. She smiled and left the house in the morning.
Two rivers meet in the old town; the bridge over them was built in 1834. Nobody knows who built the second bridge.
Déjà vu is a French term, and naïve and café came from French as well. It's raining, isn't it? They don't know.
A model reads tokens, predicts the next token, and never reads what it has not been given. Numbers: 12, 123, 1234.
The weather in the south was warmer than the weather in the north, and the wind was stronger than in other years.
    Indented lines begin with spaces.  Two spaces stand between these sentences."""


def sentence_pieces():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.split("\n")), model_writer=model, model_type="bpe", vocab_size=400,
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
        character_coverage=1.0, unk_id=0, bos_id=1, eos_id=2, control_symbols=["<ctl>"], user_defined_symbols=["<sep>"],
        minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def spm_metadata(writer, pieces):
    count = pieces.get_piece_size()
    kinds = []
    for i in range(count):
        kinds.append(KIND.UNKNOWN if pieces.is_unknown(i) else KIND.CONTROL if pieces.is_control(i)
                     else KIND.BYTE if pieces.is_byte(i)
                     else KIND.USER_DEFINED if pieces.id_to_piece(i) == "<sep>" else KIND.NORMAL)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([pieces.id_to_piece(i) for i in range(count)])
    writer.add_token_scores([pieces.get_score(i) for i in range(count)])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    return count


def spm_ids(pieces, text):
    """As llama.cpp: SentencePiece between tokens that stand for themselves, with its space before each part."""
    ids = []
    for part in regex.split(r"(<unk>|<s>|</s>|<ctl>|<sep>)", text):
        if regex.fullmatch(r"<unk>|<s>|</s>|<ctl>|<sep>", part):
            ids.append(pieces.piece_to_id(part))
        elif part:
            ids += pieces.encode(part)
    return ids


# Models

def names(i):
    return {f"model.layers.{i}.{hf}": f"blk.{i}.{ggml}" for hf, ggml in {
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}.items()}


def moved(rows, heads):
    """As llama.cpp's converter moves the rows of queries and keys."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def stored(values, kind, random):
    """Stored bytes and the numbers that they hold; bytes of the formats that gguf cannot write are random."""
    if kind not in (TYPE.Q4_K, TYPE.Q6_K):
        data = quantize(values, kind)
        return data, dequantize(data, kind).astype(np.float32).reshape(values.shape)
    blocks = values.shape[0] * values.shape[1] // 256
    data = random.integers(0, 256, (blocks, gguf.GGML_QUANT_SIZES[kind][1])).astype(np.uint8)
    scales = {TYPE.Q4_K: [(0, 1.4e-4), (2, 1.3e-3)], TYPE.Q6_K: [(208, 3.1e-5)]}[kind]
    for at, size in scales:
        data[:, at:at + 2] = (size * random.uniform(0.7, 1.3, blocks)).astype(np.float16)[:, None].view(np.uint8)
    data = data.reshape(values.shape[0], -1)
    return data, dequantize(data, kind).astype(np.float32).reshape(values.shape)


def write(name, config, kinds, tokenizer, factors=None):
    """Writes a file; returns the model that it holds in float64."""
    random = np.random.default_rng(len(name) + 100 * sum(map(ord, name)))
    path = HERE / f"{name}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_rope_dimension_count(config["head_dim"])
    if config["head_dim"] * config["num_attention_heads"] != config["hidden_size"]:
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if config["rope_parameters"]["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(config["rope_parameters"]["factor"])
    config["vocab_size"] = tokenizer(writer)
    writer.add_vocab_size(config["vocab_size"])

    model = LlamaForCausalLM(LlamaConfig(**config))
    place = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for i in range(config["num_hidden_layers"]):
        place.update(names(i))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            layer, what = key.rsplit(".", 1)
            ggml = f"{place[layer]}.{what}"
            shape = tuple(parameter.shape)
            if what == "bias":
                values = random.standard_normal(shape) * 0.3
            elif len(shape) == 1:
                values = random.uniform(0.8, 1.2, shape)
            else:
                gain = 0.5 * math.sqrt(shape[1]) if "embed" in key else 1.3 if "q_proj" in key or "k_proj" in key else 0.9
                values = random.standard_normal(shape) * gain / math.sqrt(shape[1])
            kind = TYPE.F32 if len(shape) == 1 else TYPE[kinds(ggml)]
            data, numbers = stored(values.astype(np.float32), kind, random)
            parameter.copy_(torch.from_numpy(numbers))
            heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}.get(
                ggml.split(".")[-2])
            writer.add_tensor(ggml, moved(data, heads) if heads else data, raw_dtype=kind)
        if factors is not None:
            writer.add_tensor("rope_freqs.weight", factors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


def logits(model, ids):
    model = model.double().eval()
    rotary = model.model.rotary_emb
    rotary.inv_freq = rotary.inv_freq.double()
    with torch.no_grad():
        return model(torch.from_numpy(ids)[None]).logits[0].numpy()


def main():
    expected = {}
    pieces_model = sentence_pieces()
    base = dict(hidden_act="silu", attention_dropout=0.0, attn_implementation="eager")

    # Plain formats, biases, heads wider than hidden / heads, linear scaling, tied.
    mixed = dict(base, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                 num_key_value_heads=2, head_dim=10, rms_norm_eps=0.0023, max_position_embeddings=50,
                 attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
                 rope_parameters={"rope_theta": 100000.0, "rope_type": "linear", "factor": 2.6})
    plain = {"token_embd": "F16", "attn_q": "F32", "attn_k": "F16", "attn_v": "BF16", "attn_output": "F16",
             "ffn_gate": "BF16", "ffn_up": "F16", "ffn_down": "BF16"}
    model = write("mixed", mixed, lambda name: plain[name.split(".")[-2]], lambda w: bpe_metadata(w, "llama-bpe"))
    check(model, "mixed", expected, same_in_transformers=False)

    # Blocks, queries and keys among them; its own output.
    blocks = dict(base, hidden_size=32, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
                  num_key_value_heads=2, head_dim=8, rms_norm_eps=1e-5, max_position_embeddings=64,
                  tie_word_embeddings=False, rope_parameters={"rope_theta": 10000.0, "rope_type": "default"})
    layers = [
        {"attn_q": "Q8_0", "attn_k": "Q4_1", "attn_v": "Q4_0", "attn_output": "Q8_0", "ffn_gate": "Q4_0",
         "ffn_up": "Q4_1", "ffn_down": "Q4_K"},
        {"attn_q": "Q4_0", "attn_k": "Q8_0", "attn_v": "Q8_0", "attn_output": "Q4_1", "ffn_gate": "Q4_1",
         "ffn_up": "Q4_0", "ffn_down": "Q6_K"}]

    def block_kind(name):
        parts = name.split(".")
        return {"token_embd": "Q8_0", "output": "Q4_0"}.get(parts[0]) or layers[int(parts[1])][parts[2]]

    model = write("blocks", blocks, block_kind, lambda w: spm_metadata(w, pieces_model))
    check(model, "blocks", expected, same_in_transformers=True)

    # Llama 3.1's frequencies: kept, blended and divided.
    head = 32
    scaling = {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    frequencies = [scaling["rope_theta"] ** (-2 * i / head) for i in range(head // 2)]
    factors = []
    for frequency in frequencies:
        length = 2 * math.pi / frequency
        smooth = (8192 / length - 1) / 3
        factors.append(1 if length < 2048 else 32 if length > 8192 else 1 / ((1 - smooth) / 32 + smooth))
    assert len({1, 32} & set(factors)) == 2 and any(1 < factor < 32 for factor in factors), factors
    llama3 = dict(base, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=1,
                  num_key_value_heads=1, head_dim=head, rms_norm_eps=1e-5, max_position_embeddings=131072,
                  tie_word_embeddings=True, rope_parameters=scaling)
    model = write("llama3", llama3, lambda name: "F16", lambda w: bpe_metadata(w, "llama-bpe"),
                  np.array(factors, dtype=np.float32))
    expected["llama3.frequencies"] = model.model.rotary_emb.inv_freq.double().numpy()
    check(model, "llama3", expected, same_in_transformers=False)
    save_file(expected, HERE / "expected.safetensors")
    (HERE / "expected.safetensors").chmod(0o644)

    tokens = {}
    for pre in ["gpt-2", "smollm", "llama-bpe", "smaug-bpe", "tekken", "default"]:
        tokenizer = byte_level(pre)
        cases = [(text, default_ids(text) if pre == "default" else tokenizer.encode(text).ids) for text in TEXTS]
        tokens[pre] = [{"text": text, "ids": ids, "decoded": tokenizer.decode(ids)} for text, ids in cases]
    ids = {pre: json.dumps([case["ids"] for case in cases]) for pre, cases in tokens.items()}
    assert len(set(ids.values())) == len(ids), "two pre-tokenizers give the same everywhere"
    tokens["spm"] = [{"text": text, "ids": spm_ids(pieces_model, text)} for text in TEXTS]
    with open(HERE / "tokens.json", "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(
            json.dumps(pre) + ": [\n" + ",\n".join(json.dumps(case) for case in cases) + "]"
            for pre, cases in tokens.items()) + "}\n")
    compare_with_transformers(tokens)


def check(model, name, expected, same_in_transformers):
    ids = np.random.default_rng(7).integers(0, model.config.vocab_size, 14)
    values = logits(model, ids)
    expected[f"{name}.ids"] = ids.astype(np.int32)
    expected[f"{name}.logits"] = values.astype(np.float32)
    theirs = AutoModelForCausalLM.from_pretrained(HERE, gguf_file=f"{name}.gguf", dtype=torch.float32)
    difference = np.abs(logits(theirs, ids) - values).max() / np.abs(values).max()
    print(f"{name}: largest logit {np.abs(values).max():.2f}, transformers' own reading differs by {difference:.1e}")
    assert not same_in_transformers or difference < 1e-5


def compare_with_transformers(tokens):
    """Says where transformers' tokenizer of the same file differs; README.md says why."""
    for file, case in [("mixed", "llama-bpe"), ("blocks", "spm")]:
        theirs = AutoTokenizer.from_pretrained(HERE, gguf_file=f"{file}.gguf")
        other = [one["text"] for one in tokens[case] if theirs.encode(one["text"], add_special_tokens=False) != one["ids"]]
        print(f"{file}: transformers' tokenizer differs on {len(other)} of {len(TEXTS)}: {other}")


if __name__ == "__main__":
    main()
