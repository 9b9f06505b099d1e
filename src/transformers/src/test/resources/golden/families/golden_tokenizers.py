"""Small tokenizers of the kinds there are, and what transformers makes of a few texts with them."""
import json
import pathlib
import tempfile
import types

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import CamembertConverter, XLMRobertaConverter

TEXTS = [
    ("The sun is warm.", None),
    ("  Two   spaces, a tab\tand\na new line  ", None),
    ("Ça déjà vu à Zürich, naïve café!", None),
    ("She smiled 🙂 and left.", None),
    ("don't stop", "The rain is cold, isn't it?"),
    ("déjà  vu", "THE END"),
    ("", None),
]
WORDS = "the sun is rain and cold warm smile".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word_piece():
    """As bert-base-uncased: lower case, accents stripped, split at white space and punctuation. At most 80 tokens."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    starts = [letter for letter in LETTERS if letter not in "jqxz"]  # so that a word may be unknown
    vocabulary = (special + list("!',.?") + starts + ["##" + letter for letter in LETTERS if letter not in "qx"]
                  + WORDS + ["##ing", "##ed", "##er"])
    ids = {token: id for id, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        [("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_special_tokens(special)
    return tokenizer, dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
                           mask_token="[MASK]")


def unigram():
    """As transformers builds DeBERTa-v3's: case kept, NFC, runs of white space to one space, Metaspace. Under 72."""
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    pieces = (["▁"] + ["▁" + word for word in WORDS]
              + ["▁The", "ing", "ed", "er", "'t", "é", "à", "ï", "S", "T", "E"] + list("!',.?") + list(LETTERS))
    scores = [(token, 0.0) for token in special]
    scores += [(piece, -2.173 - 0.0917 * rank - 0.613 * (len(piece) == 1)) for rank, piece in enumerate(pieces)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(r"\s{2,}|[\n\r\t]"), " "), normalizers.NFC(),
        normalizers.Strip(left=False, right=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.add_special_tokens(special + ["[MASK]"])
    return tokenizer, dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
                           mask_token="[MASK]")


MERGES = [tuple(pair.split()) for pair in (
    "t h", "Ġ t", "i n", "e r", "a n", "Ġ s", "h e", "e d", "Ġ c", "o l", "i s", "Ã ©", "ð Ł", "Ġ Ġ", "u n",
    "r a", "' t", "l e", "Ġ a", "in g", "an d", "th e", "Ġ is", "Ġs un", "ra in", "T he", "Ġt he", "Ġ and")]


def byte_tokens():
    return sorted(pre_tokenizers.ByteLevel.alphabet()) + [a + b for a, b in MERGES]


def modern_bert():
    """As ModernBERT's: runs of spaces and a few words are tokens that are added, [MASK] takes the space before it."""
    ids = {token: id for id, token in enumerate(byte_tokens())}
    tokenizer = Tokenizer(models.BPE(ids, MERGES))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(text, normalized=True) for text in ("|||IP_ADDRESS|||", "    ", "  ")])
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True)])
    around = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", around)
    return tokenizer, dict(unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
                           mask_token="[MASK]")


def byte_level():
    """As Llama 3's: all 256 bytes, merges, and only a token for the beginning added. 288 tokens."""
    ids = {token: id for id, token in enumerate(byte_tokens())}
    tokenizer = Tokenizer(models.BPE(ids, MERGES, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|pad|>", "<|begin_of_text|>", "<|end_of_text|>"])
    begin = ("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(f"{begin[0]}:0 $A:0", f"{begin[0]}:0 $A:0 {begin[0]}:1 $B:1", [begin])])
    return tokenizer, dict(bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>", pad_token="<|pad|>")


def sentence_piece(converter, begin, end):
    """A model of SentencePiece with a few rules of NFKC, as transformers converts it: a vocabulary behind special tokens of
    fairseq, and a precompiled map of characters."""
    rules = {"\uff21": "A", "\ufb01": "fi", "\u3000": " ", "\u00a0": " ", "\t": " ", "\n": " ", "e\u0301": "\u00e9"}
    lines = "".join("\t".join(" ".join(f"{ord(c):X}" for c in text) for text in rule) + "\n" for rule in rules.items())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.tsv").write_text(lines)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([text for pair in TEXTS for text in pair if text] * 5), model_prefix=str(folder / "m"),
            vocab_size=72, hard_vocab_limit=False, normalization_rule_tsv=str(folder / "rules.tsv"), num_threads=1,
            minloglevel=2)
        slow = types.SimpleNamespace(vocab_file=str(folder / "m.model"), add_prefix_space=True,
                                     convert_tokens_to_ids={"<s>": begin, "</s>": end}.get)
        tokenizer = converter(slow).converted()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    return tokenizer, dict(bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>",
                           unk_token="<unk>", mask_token="<mask>")


def xlm_roberta():
    """Splits at white space first and has the map alone, as the files of 2020 do."""
    tokenizer, special = sentence_piece(XLMRobertaConverter, 0, 2)
    tokenizer.normalizer = tokenizer.normalizer[0]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), tokenizer.pre_tokenizer])
    return tokenizer, special


def camembert():
    """As it is converted today."""
    return sentence_piece(CamembertConverter, 5, 6)


TOKENIZERS = {"distilbert": word_piece, "electra": word_piece, "mpnet": word_piece, "modernbert": modern_bert, "xlm-roberta": xlm_roberta, "camembert": camembert, "bert": word_piece, "bert-masked": word_piece, "deberta-v3": unigram, "llama": byte_level}


def write(folder, name, config):
    """Writes tokenizer.json and expected_tokens.json; MPNet's own class would ask for RoBERTa's special tokens."""
    tokenizer, special = TOKENIZERS[name]()
    tokenizer.save(str(folder / "tokenizer.json"))
    if name == "mpnet":
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}\n')
    fast = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **special)
    assert len(fast) <= config.vocab_size, f"{name}: {len(fast)} tokens, the model has {config.vocab_size}"
    rows = []
    for first, second in TEXTS:
        encoding = fast(first, second, return_token_type_ids=True)
        ids = encoding["input_ids"]
        rows.append({
            "first": first, "second": second, "ids": ids, "token_types": encoding["token_type_ids"],
            "tokens": fast.convert_ids_to_tokens(ids),
            "decoded": fast.decode(ids, skip_special_tokens=True),
            "decoded_with_special_tokens": fast.decode(ids)})
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    (folder / "expected_tokens.json").write_text(text + "\n", encoding="utf-8")

