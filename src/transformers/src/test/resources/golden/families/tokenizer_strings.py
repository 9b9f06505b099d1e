"""Writes tokenizer_strings.json: what AutoTokenizer makes of random strings, per tokenizer class and setting.

    python tokenizer_strings.py [--out FOLDER] [--strings 300] [--seed 17]

The strings are the same for all cases. The ids of the first ones are written; of the others a CRC-32 of the ids as 32-bit numbers, and
where the model writes texts one of the decoded text, which is null with an added token that is normalized: version 0.23 of the
tokenizers library decodes it to its normalized form, version 0.21, which the Java library has, to the token. "words" are lists of words by is_split_into_words: a CRC-32 of the ids and of
the words' indices. Larger runs (--strings 10000) are for comparisons by hand.
"""
import argparse
import json
import pathlib
import random
import struct
import tempfile
import zlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer
from transformers.convert_slow_tokenizer import XLMRobertaConverter
from transformers.utils import logging

import golden_tokenizers

HERE = pathlib.Path(__file__).parent
SHOWN = 24
CORPUS = """The sun is warm and the rain is cold. She didn't say it's raining, but we'll see 12 birds in 2024.
Ça déjà vu à Zürich, naïve café! Müller's Straße. Übermut tut selten gut; GROSS und klein.
東京は日本の首都です。今日は天気がいい。 你好世界。 Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا بالعالم नमस्ते दुनिया
def main(): return {"a": [1, 2.5, -3]}  # a comment\n\tprint("hello   world") 🙂 👍 👩‍👩‍👧""".split("\n") * 4
MARKS = ["<s>", "</s>", "<unk>", "<pad>", "<mask>", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "<bos>", "<eos>",
         "<|endoftext|>", "<|startoftext|>", "<|im_start|>", "<|im_end|>", "<tool>", "<Note>", "<s>NOTUSED", "extra"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u3000", "\u2009", "\u200b", "\u2028", "\u0085", " \n "]
ODD = ["\u0301", "e\u0301", "\u0327", "\ufeff", "\u00ad", "\u200d", "\x00", "\x01", "\x1b", "\x7f", "\u0080", "\ufffd", "▁", "Ġ",
       "👩‍👩‍👧", "🙂", "🇩🇪", "ﬁ", "Ａ", "İ", "ß", "ǅ", "½", "²", "Ⅷ", "한국", "\u1112\u1161", "가", "ก็", "ਅ", "𝔘", "\U000e0041", "~", "'s", "n't", "'LL"]
WRITTEN = ["a</s>b", "", " ", "a </s> b", "</s>", " </s>", "</s> ", "a<s>b", "<s> a", "hello world", " hello", "hello ",
           "a</s> b</s>c", "x[SEP]y [MASK] z", "[MASK]", "a\n</s>\nb", "▁a ▁▁b", "<|im_start|>user\nhi<|im_end|>\n", "a<tool>b <tool> c",
           "A<Note>B <note> c", "Ünïcödé e\u0301", "  two  spaces  ", "日本</s>日本", "👩‍👩‍👧</s>🙂 x"]


def strings(count, seed):
    generator = random.Random(seed)
    words = " ".join(CORPUS).split()
    letters = "".join(sorted(set("".join(CORPUS))))

    def piece():
        kind = generator.random()
        if kind < 0.3:
            return generator.choice(words)
        if kind < 0.5:
            return generator.choice(SPACES)
        if kind < 0.68:
            return generator.choice(MARKS)
        if kind < 0.82:
            return generator.choice(ODD)
        if kind < 0.95:
            return "".join(generator.choice(letters) for _ in range(generator.randint(1, 4)))
        return chr(generator.choice([generator.randint(0, 0xd7ff), generator.randint(0xe000, 0x2ffff)]))

    return (WRITTEN + ["".join(piece() for _ in range(generator.randint(1, 9))) for _ in range(count)])[:count]


def between(tokenizer, first, last, types=True):
    b = "$B:1" if types else "$B:0"
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{first}:0 $A:0 {last}:0", f"{first}:0 $A:0 {last}:0 {b} {last}:{int(types)}",
        [(token, tokenizer.token_to_id(token)) for token in (first, last)])


def word_piece(specials=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), around=("[CLS]", "[SEP]")):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=290, special_tokens=list(specials), show_progress=False))
    between(tokenizer, *around)
    return tokenizer


def mp_net():
    return word_piece(("<s>", "<pad>", "</s>", "[UNK]", "<mask>", "<unk>"), ("<s>", "</s>"))


def trained_bytes(specials, **parts):
    tokenizer = Tokenizer(models.BPE(**parts))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    suffix = {name: part for name, part in parts.items() if name == "end_of_word_suffix"}
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=340, special_tokens=specials, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        **suffix))
    return tokenizer


def roberta():
    tokenizer = trained_bytes(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def gpt2():
    """With a normalizer and another split, which the class of GPT-2 sets aside."""
    tokenizer = trained_bytes(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return tokenizer


def clip():
    tokenizer = trained_bytes(["<|startoftext|>", "<|endoftext|>"], unk_token="<|endoftext|>", end_of_word_suffix="</w>")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    between(tokenizer, "<|startoftext|>", "<|endoftext|>", types=False)
    return tokenizer


def spaced(specials, begin, bytes_too=True):
    """As LLaMA 2's, in the form with a Metaspace."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    trained.train_from_iterator(CORPUS[:2], trainers.BpeTrainer(vocab_size=110, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    fallback = [f"<0x{byte:02X}>" for byte in range(256)] if bytes_too else []
    tokens = specials + fallback + [token for token in model["vocab"]] + ["▁▁", "▁▁▁"]
    merges = [tuple(merge) for merge in model["merges"]] + [("▁", "▁"), ("▁▁", "▁")]
    tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges, unk_token="<unk>", fuse_unk=True,
                                     byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1)])
    id = tokens.index(begin)
    tokenizer.post_processor = processors.TemplateProcessing(f"{begin}:0 $A:0", f"{begin}:0 $A:0 {begin}:1 $B:1", [(begin, id)])
    tokenizer.add_special_tokens(specials)
    return tokenizer


def metaspace():
    return spaced(["<unk>", "<s>", "</s>"], "<s>")


def prepending():
    """The same as files of before 2024 have it."""
    tokenizer = metaspace()
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = None
    return tokenizer


def without_bytes():
    return spaced(["<unk>", "<s>", "</s>"], "<s>", bytes_too=False)


def gemma():
    tokenizer = spaced(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"], "<bos>")
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = None
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def deberta():
    """Trained, with a normalizer that the class of DeBERTa sets aside."""
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=260, special_tokens=special, unk_token="[UNK]", show_progress=False))
    tokenizer.add_special_tokens(["[MASK]"])
    between(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def xlm_roberta():
    """A table of characters, behind it a rule that the class of XLM-R sets aside."""
    tokenizer = golden_tokenizers.sentence_piece(XLMRobertaConverter, 0, 2)[0]
    first = tokenizer.normalizer[0]
    tokenizer.normalizer = normalizers.Sequence([first, normalizers.Replace(Regex(" {2,}"), " ")])
    return tokenizer


TOKENIZERS = {f.__name__: f for f in (word_piece, mp_net, roberta, gpt2, clip, metaspace, prepending, without_bytes, gemma, deberta,
                                      xlm_roberta)}
OTHER = {"content": "<tool>", "lstrip": False, "normalized": False, "rstrip": True, "single_word": False, "special": False}
NOTE = {"content": "<Note>", "lstrip": True, "normalized": True, "rstrip": False, "single_word": True, "special": False}


def listed(tokenizer, *more, **changes):
    """An added_tokens_decoder: that of the file, and tokens behind its vocabulary."""
    file = FILES[tokenizer]
    found = {str(token["id"]): {k: v for k, v in token.items() if k != "id"} | changes.get(token["content"], {})
             for token in file["added_tokens"]}
    size = max(len(file["model"]["vocab"]), 1 + max(int(id) for id in found))
    return found | {str(size + i): token for i, token in enumerate(more)}


def cases():
    """Name, model type, tokenizer, tokenizer_config.json, other files."""
    def llama(name, tokenizer="prepending", model_type="llama", **config):
        return name, model_type, tokenizer, {"tokenizer_class": "LlamaTokenizer"} | config, {}

    yield llama("llama-prepend")
    yield llama("llama-prepend-legacy", legacy=True)
    yield llama("llama-prepend-not-legacy", legacy=False)
    yield llama("llama-prepend-no-prefix", add_prefix_space=False)
    yield llama("llama-metaspace-fast", "metaspace", tokenizer_class="LlamaTokenizerFast")
    yield llama("llama-metaspace-legacy", "metaspace", legacy=True, add_bos_token=False, add_eos_token=True)
    yield llama("llama-without-bytes", "without_bytes")
    yield llama("llama-as-it-is", tokenizer_class="PreTrainedTokenizerFast", legacy=False)
    yield llama("llama-phi3-class", tokenizer_class="Phi3Tokenizer")
    yield llama("llama-listed", added_tokens_decoder=listed("prepending", OTHER, NOTE, **{"</s>": {"rstrip": True}}))
    yield llama("llama-list-of-less", added_tokens_decoder={"1": {"content": "<s>", "special": True}})
    yield llama("llama-extra", extra_special_tokens=["<|im_start|>", "extra"], pad_token="<pad>")
    yield llama("llama-additional", additional_special_tokens=["<|im_start|>", "<|im_end|>"], unk_token="<unk>")
    yield llama("llama-named-extra", extra_special_tokens={"image_token": "<tool>"}, video_token="<Note>")
    yield "llama-without-class", "llama", "prepending", {"extra_special_tokens": ["<|im_start|>"]}, {}
    yield "llama-as-it-is-listed", "llama", "prepending", {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "added_tokens_decoder": listed("prepending", OTHER, NOTE, **{"</s>": {"rstrip": True, "special": False}})}, {}
    yield "llama-older-files", "llama", "prepending", {"tokenizer_class": "LlamaTokenizer"}, {
        "added_tokens": {"<tool>": len(FILES["prepending"]["model"]["vocab"])},
        "special_tokens_map": {"pad_token": {"content": "<pad>", "lstrip": False, "normalized": False, "rstrip": False,
                                             "single_word": False}, "additional_special_tokens": ["<|im_end|>"]}}
    yield llama("mistral", model_type="mistral", legacy=False)
    yield llama("mistral-bytes", "gpt2", "mistral")
    yield llama("phi3", model_type="phi3", legacy=False)
    yield llama("qwen2-llama-class", "gpt2", "qwen2")
    yield llama("llama-bytes", "gpt2")
    yield llama("llama-gpt2", "gpt2", tokenizer_class="GPT2Tokenizer", add_prefix_space=False)
    yield llama("llama-gpt2-prefix", "gpt2", tokenizer_class="GPT2TokenizerFast", add_prefix_space=True)
    yield "smollm3", "smollm3", "gpt2", {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}, {}
    yield "qwen2", "qwen2", "gpt2", {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>"}, {}
    yield "qwen2-as-it-is", "qwen2", "gpt2", {"tokenizer_class": "PreTrainedTokenizerFast"}, {}
    yield "qwen3", "qwen3", "gpt2", None, {}
    yield "qwen3-as-it-is", "qwen3", "gpt2", {"tokenizer_class": "PreTrainedTokenizerFast"}, {}
    yield "qwen3-listed", "qwen3", "gpt2", {
        "tokenizer_class": "Qwen2TokenizerFast", "add_prefix_space": True, "extra_special_tokens": ["<|im_start|>"],
        "added_tokens_decoder": listed("gpt2", OTHER, NOTE, **{"<|im_start|>": {"lstrip": True}})}, {}
    yield "gemma2", "gemma2", "gemma", {"tokenizer_class": "GemmaTokenizer"}, {}
    yield "gemma3-without-config", "gemma3_text", "gemma", None, {}
    yield "gemma2-as-it-is", "gemma2", "gemma", {"tokenizer_class": "PreTrainedTokenizerFast"}, {}
    yield "roberta", "roberta", "roberta", {"tokenizer_class": "RobertaTokenizer"}, {}
    yield "roberta-prefix", "roberta", "roberta", {"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": True}, {}
    yield "roberta-other-ends", "roberta", "roberta", {"cls_token": "<pad>", "sep_token": "<tool>", "trim_offsets": False}, {}
    yield "roberta-mask-object", "roberta", "roberta", {
        "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "normalized": True, "rstrip": False,
                       "single_word": False}}, {}
    yield "xlm-roberta", "xlm-roberta", "xlm_roberta", {"tokenizer_class": "XLMRobertaTokenizer"}, {}
    yield "xlm-roberta-no-prefix", "xlm-roberta", "xlm_roberta", {"add_prefix_space": False}, {}
    yield "camembert", "camembert", "xlm_roberta", {"tokenizer_class": "CamembertTokenizer"}, {}
    yield "camembert-additional", "camembert", "xlm_roberta", {"additional_special_tokens": ["<s>NOTUSED"], "mask_token": "<tool>"}, {}
    yield "deberta", "deberta-v2", "deberta", {"tokenizer_class": "DebertaV2TokenizerFast"}, {}
    yield "deberta-lower-split", "deberta-v2", "deberta", {"do_lower_case": True, "split_by_punct": True}, {}
    yield "deberta-first", "deberta-v2", "deberta", {"add_prefix_space": False, "unk_id": 3}, {}
    yield "deberta-as-it-is", "deberta-v2", "deberta", {"tokenizer_class": "PreTrainedTokenizerFast"}, {}
    yield "bert", "bert", "word_piece", None, {}
    yield "bert-cased", "bert", "word_piece", {"do_lower_case": False, "additional_special_tokens": ["<tool>"]}, {}
    yield "bert-listed", "bert", "word_piece", {"added_tokens_decoder": listed("word_piece", OTHER, NOTE)}, {}
    yield "distilbert", "distilbert", "word_piece", {"tokenizer_class": "DistilBertTokenizer", "strip_accents": False}, {}
    yield "electra", "electra", "word_piece", {"tokenizer_class": "ElectraTokenizerFast", "tokenize_chinese_chars": False}, {}
    yield "mpnet", "mpnet", "mp_net", {"tokenizer_class": "MPNetTokenizer"}, {}
    yield "modernbert", "modernbert", "gpt2", {"tokenizer_class": "GPT2Tokenizer", "extra_special_tokens": ["<tool>"]}, {}
    yield "clip", "clip", "clip", {"tokenizer_class": "CLIPTokenizer"}, {}
    yield "clip-listed", "clip", "clip", {"added_tokens_decoder": listed("clip", OTHER)}, {}
    yield "siglip-gemma", "siglip", "gemma", {"tokenizer_class": "GemmaTokenizer", "pad_token": "<pad>"}, {}


def loaded(model_type, tokenizer, config, others):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        contents = {"config": {"model_type": model_type}, "tokenizer": FILES[tokenizer], "tokenizer_config": config} | others
        for name, content in contents.items():
            if content is not None:
                (folder / f"{name}.json").write_text(json.dumps(content))
        return AutoTokenizer.from_pretrained(folder)


def checksum(data):
    return zlib.crc32(data)


def divided(texts):
    """Texts as lists of words, none of them blank."""
    lists = ([word for word in text.split(" ") if word.strip()] for text in texts)
    return [words for words in lists if len(words) > 1][:60]


def word_sum(auto, words):
    """A checksum of ids and of the word of each, -1 for none."""
    encoding = auto(words, is_split_into_words=True)
    numbers = encoding["input_ids"] + [-1 if word is None else word for word in encoding.word_ids(0)]
    return checksum(struct.pack(f"<{len(numbers)}i", *numbers))


def expected(auto, texts, decodes):
    ids = [auto(text)["input_ids"] for text in texts]
    found = {"words": [word_sum(auto, words) for words in divided(texts)], "ids": ids[:SHOWN], "sums": [checksum(struct.pack(f"<{len(i)}i", *i)) for i in ids[SHOWN:]]}
    if decodes:
        normalized = {id for id, token in auto.added_tokens_decoder.items() if token.normalized}
        found["decoded"] = [None if normalized.intersection(i) else checksum(auto.decode(i, skip_special_tokens=True).encode())
                            for i in ids]
    return found


FILES = {name: json.loads(build().to_str()) for name, build in TOKENIZERS.items()}


def main():
    parser = argparse.ArgumentParser(description="Writes the golden file of random strings.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--strings", type=int, default=300)
    parser.add_argument("--seed", type=int, default=17)
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    texts = strings(arguments.strings, arguments.seed)
    rows = []
    for name, model_type, tokenizer, config, others in cases():
        auto = loaded(model_type, tokenizer, config, others)
        found = expected(auto, texts, model_type not in ("clip", "siglip"))
        plain = Tokenizer.from_str(json.dumps(FILES[tokenizer]))
        other = sum(plain.encode(text).ids != auto(text)["input_ids"] for text in texts)
        print(f"{name}: {type(auto).__name__}, {other} of {len(texts)} strings other than by tokenizer.json alone")
        rows.append({"name": name, "model_type": model_type, "tokenizer": tokenizer, "tokenizer_config": config,
                     "others": others} | found)
    lines = ['"texts": ' + json.dumps(texts, ensure_ascii=True), '"words": ' + json.dumps(divided(texts), ensure_ascii=True), f'"tokenizers": {json.dumps(FILES, ensure_ascii=False)}',
             '"cases": [\n' + ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows) + "\n]"]
    (arguments.out / "tokenizer_strings.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
