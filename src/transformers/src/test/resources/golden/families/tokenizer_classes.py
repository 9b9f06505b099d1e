"""Writes tokenizer_classes.json: what AutoTokenizer makes of texts where tokenizer_config.json has settings other than tokenizer.json.

    python tokenizer_classes.py [--out FOLDER]

Most tokenizer classes of transformers take vocabulary and merges of tokenizer.json alone, and the rest of their own settings.
"""
import argparse
import json
import pathlib
import tempfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer
from transformers.utils import logging

import golden_tokenizers

HERE = pathlib.Path(__file__).parent
NO_TYPES = ["input_ids", "attention_mask"]
CAPITALS = golden_tokenizers.LETTERS.upper()
LETTERS = list(golden_tokenizers.LETTERS + CAPITALS + "éÉ日本")
TEXTS = [
    ("The sun is warm.", None),
    ("  Two   spaces, a tab\tand\na line", None),
    ("Café CAFÉ日本", None),
    ("rain", "the cold SUN"),
]


def word_piece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["the", "sun", "The", "is", "cafe", "café", "日本", "##日本"]
    tokens = special + list("!',.?") + LETTERS + ["##" + letter for letter in LETTERS] + words
    tokenizer = Tokenizer(models.WordPiece({token: id for id, token in enumerate(tokens)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_special_tokens(special)
    return tokenizer


def byte_level():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    merges = [("s", "u"), ("su", "n"), ("Ġ", "r"), ("r", "a"), ("Ġ", "T"), ("T", "h"), ("ĠT", "h"), ("Ġ", "c")]
    tokens = special + sorted(pre_tokenizers.ByteLevel.alphabet()) + [a + b for a, b in merges]
    tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return tokenizer


def unigram():
    return golden_tokenizers.unigram()[0]


def unigram_of_words():
    """As XLM-R's."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = ["▁"] + ["▁" + word for word in golden_tokenizers.WORDS] + golden_tokenizers.WORDS + LETTERS + list(",.")
    tokenizer = Tokenizer(models.Unigram(
        [(token, 0.0) for token in special]
        + [(piece, -2.173 - 0.0917 * rank) for rank, piece in enumerate(dict.fromkeys(pieces))], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(special)
    return tokenizer


def metaspace():
    """As LLaMA 2's, without bytes."""
    special = ["<unk>", "<s>", "</s>"]
    merges = [("s", "u"), ("su", "n"), ("▁", "r"), ("r", "a"), ("▁", "T"), ("T", "h"), ("▁T", "h"), ("▁", "c")]
    tokens = special + ["▁", "\t", "\n"] + LETTERS + list(",.") + [a + b for a, b in merges]
    tokenizer = Tokenizer(models.BPE(
        {token: id for id, token in enumerate(tokens)}, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
    tokenizer.add_special_tokens(special)
    return tokenizer


def prepending():
    """The same as older files have it."""
    tokenizer = metaspace()
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = None
    return tokenizer


TOKENIZERS = {"word-piece": word_piece, "byte-level": byte_level, "unigram": unigram,
              "unigram-of-words": unigram_of_words, "metaspace": metaspace, "prepending": prepending}
CASED = {"normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                        "strip_accents": None, "lowercase": False}}
PREFIXED = {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}}
AS_IT_IS = {"tokenizer_class": "PreTrainedTokenizerFast"}

# Name, tokenizer, model_type, what of tokenizer.json is other, tokenizer_config.json
CASES = [
    ("bert-cased", "word-piece", "bert", {}, {"do_lower_case": False, "tokenizer_class": "BertTokenizer"}),
    ("bert-fast-cased", "word-piece", "bert", {}, {"do_lower_case": False, "tokenizer_class": "BertTokenizerFast"}),
    ("bert-accents-kept", "word-piece", "bert", {}, {"strip_accents": False}),
    ("bert-cased-accents-stripped", "word-piece", "bert", {}, {"strip_accents": True, "do_lower_case": False}),
    ("bert-ideographs-together", "word-piece", "bert", {}, {"tokenize_chinese_chars": False}),
    ("bert-lower-by-default", "word-piece", "bert", CASED, {}),
    ("bert-without-config", "word-piece", "bert", CASED, None),
    ("bert-without-normalizer", "word-piece", "bert", {"normalizer": None}, {"do_lower_case": False}),
    ("bert-as-it-is", "word-piece", "bert", {}, AS_IT_IS | {"do_lower_case": False}),
    ("bert-as-it-is-with-types", "word-piece", "bert", CASED,
     AS_IT_IS | {"do_lower_case": True, "model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}),
    ("bert-unknown-class", "word-piece", "bert", CASED, {"tokenizer_class": "OtherTokenizer"}),
    ("bert-no-types", "word-piece", "bert", {}, {"model_input_names": NO_TYPES, "tokenizer_class": "BertTokenizer"}),
    ("bert-of-distilbert", "word-piece", "bert", {}, {"tokenizer_class": "DistilBertTokenizer", "do_lower_case": False}),
    ("bert-of-electra", "word-piece", "bert", {}, {"tokenizer_class": "ElectraTokenizerFast", "do_lower_case": False}),
    ("bert-of-xlm-roberta", "unigram-of-words", "bert", {}, {"tokenizer_class": "XLMRobertaTokenizer"}),
    ("bert-of-xlm-roberta-no-prefix", "unigram-of-words", "bert", {},
     {"tokenizer_class": "XLMRobertaTokenizerFast", "add_prefix_space": False}),
    ("roberta-prefix", "byte-level", "roberta", {}, {"add_prefix_space": True, "tokenizer_class": "RobertaTokenizer"}),
    ("roberta-no-prefix-by-default", "byte-level", "roberta", PREFIXED, None),
    ("roberta-as-it-is", "byte-level", "roberta", PREFIXED, AS_IT_IS | {"add_prefix_space": False}),
    ("roberta-of-bart", "byte-level", "roberta", {}, {"add_prefix_space": True, "tokenizer_class": "BartTokenizerFast"}),
    ("llama-of-gpt2-prefix", "byte-level", "llama", {}, {"add_prefix_space": True, "tokenizer_class": "GPT2Tokenizer"}),
    ("llama-byte-level", "byte-level", "llama", {}, {"add_prefix_space": True, "tokenizer_class": "LlamaTokenizer"}),
    ("llama-no-prefix", "metaspace", "llama", {}, {"add_prefix_space": False, "tokenizer_class": "LlamaTokenizer"}),
    ("llama-prefix-by-default", "metaspace", "llama",
     {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": False}},
     {"add_prefix_space": None, "tokenizer_class": "LlamaTokenizerFast"}),
    ("llama-of-old-no-prefix", "prepending", "llama", {},
     {"add_prefix_space": False, "tokenizer_class": "LlamaTokenizer"}),
    ("llama-without-class", "metaspace", "llama", {}, {"add_prefix_space": False}),
    ("deberta-lower", "unigram", "deberta-v2", {}, {"do_lower_case": True}),
    ("deberta-split", "unigram", "deberta-v2", {}, {"split_by_punct": True, "tokenizer_class": "DebertaV2TokenizerFast"}),
    ("deberta-first", "unigram", "deberta-v2", {}, {"add_prefix_space": False}),
    ("deberta-as-it-is", "unigram", "deberta-v2", {}, AS_IT_IS | {"do_lower_case": True, "split_by_punct": True}),
]


def encodings(model_type, tokenizer, config):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, content in ("config", {"model_type": model_type}), ("tokenizer", tokenizer), ("tokenizer_config", config):
            if content is not None:
                (folder / f"{name}.json").write_text(json.dumps(content))
        auto = AutoTokenizer.from_pretrained(folder)
    rows = []
    for first, second in TEXTS:
        found = auto(first, second)
        ids = found["input_ids"]
        rows.append({"first": first, "second": second, "ids": ids,
                     "types": found.get("token_type_ids", [0] * len(ids)), "decoded": auto.decode(ids, skip_special_tokens=True)})
    return rows


def main():
    parser = argparse.ArgumentParser(description="Writes the golden file of tokenizer classes.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    out = parser.parse_args().out
    logging.set_verbosity_error()
    files = {name: json.loads(build().to_str()) for name, build in TOKENIZERS.items()}
    cases = []
    for name, tokenizer, model_type, changes, config in CASES:
        rows = encodings(model_type, files[tokenizer] | changes, config)
        plain = Tokenizer.from_str(json.dumps(files[tokenizer] | changes))
        other = sum(row["ids"] != plain.encode(row["first"], row["second"]).ids for row in rows)
        print(f"{name}: {other} of {len(rows)} texts other than by tokenizer.json alone")
        cases.append({"name": name, "tokenizer": tokenizer, "model_type": model_type, "changes": changes,
                      "tokenizer_config": config, "texts": rows})
    lines = [f'"tokenizers": {json.dumps(files, ensure_ascii=False)}',
             '"cases": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]"]
    (out / "tokenizer_classes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
