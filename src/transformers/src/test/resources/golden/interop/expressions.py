"""Writes which paths of layers regular expressions match in Python, as PEFT asks them.

    python3 expressions.py FILE

FILE gets the paths and, for each expression, the indices of the paths that it matches as target_modules (re.fullmatch) and
as a key of rank_pattern or alpha_pattern by the rules of three groups of versions (re.match of the text that PEFT puts
together), or null where Python refuses it. "alike" are expressions that Java and Python read alike; "odd" ones have syntax
of one of them, or that the two read differently; "random" ones are put together of pieces of both. Python 3.11.
"""
import json
import random
import re
import sys
import warnings

warnings.simplefilter("ignore")
PATHS = [
    "bert.encoder.layer.0.attention.self.query",
    "bert.encoder.layer.1.attention.self.key",
    "bert.encoder.layer.10.attention.self.value",
    "bert.encoder.layer.0.attention.output.dense",
    "bert.encoder.layer.1.output.dense",
    "model.layers.3.self_attn.q_proj",
    "model.layers.13.mlp.gate_proj",
    "model.layers.3.attn.Wqkv",
    "lm_head",
    "query",
    "query_proj.dense",
    "x-1.q&&^[value]",
]
ALIKE = [
    "query", "query|value", "self.query|value", ".*query", ".*\\.query", ".*(query|value)", "(?:query|key)", "lay?er",
    "[a-z]+", "[^.]+", "layer\\.[01]\\..*", "layer\\.\\d+\\..*query", ".*layers\\.[0-9]{2}\\..*", ".*\\.(q|k)_proj$",
    "^bert\\..*dense$", "^.*\\.query", "(?!.*\\.1\\.).*(query|key|dense)", ".*(?=query)\\w{5}", "\\w+\\.\\w+\\.\\d.*?dense",
    "[\\w.]+", "[\\w.-]+", "[-a-z]+", "[a-zA-Z_]+", ".*\\bquery\\b", ".*[^\\d]\\.dense", "\\S+", "q\\w*\\.?\\w*", ".*x{0,2}y",
    ".*l{1,}.*", "(.*\\.)?(query|dense)", "output.dense|key", "a|b|query", "(a|query)|key", "[.]*query", ".*[\\]&\\[]", "\\_query|que\\.ry",
    "model.*", ".*attn.*?", "b.*k.*e.*y", ".*\\D\\.dense", "[a-z&]+", "..........*",
]
ODD = [
    "[a-z&&[^q]]+", "[a-z&&[^q]].*", ".*[a-z&&[^v]]", "[a[bc]]*", "[[a-z]]+", "[[:alpha:]]+", "[]a-z]+", "[^]a-z]+", "[a-z--q]+",
    "[a||b]+", "[a~~b]+", "\\p{Lower}+", ".*\\p{Alpha}", "\\Qquery\\E", ".*\\Q.query\\E", "\\h+", "\\R", "\\X+", "\\v+", "\\Aquery",
    "query\\Z", "query\\z", "\\Gquery", "(?i)QUERY", "(?i:QUERY)", "(?x) query", "(?s).*", "(?-i)query", "(?P<a>query)", "(?<a>query)",
    "(query)\\1?", "(?P<a>q)(?P=a)?uery", "(?<=\\.)query", ".*(?<=\\.)query", ".*(?<!\\.)query", "(?>.*)query", ".*+query", "que*+ry",
    "q?+uery", "que{1}+ry", "(?#comment)query", "query(?#|key)", "(q)?(?(1)uery|key)", "que{,3}ry", "q{uery", "q}uery", "]query",
    "query{", ".*]", "que{ 1 }ry", "\\x71uery", "\\u0071uery", "\\161uery", "\\0161uery", "\\cQ", "\\e", "\\a", "\\N{LATIN SMALL LETTER Q}",
    "|query", "query|", "(|query)", "()", "", "q**", "^*query", "$?query", "(?=q)*query", "q{2}{3}", "q{1,2}??", "[z-a]", "[\\w-z]+",
    "[a-\\d]+", "[a-c-e]+", "[\\b]", "[\\v]", "[\\h]", "[^^]+", "[a^b]+", "que\\ry", "\\kquery", "\\iquery", "query\\", "(query", "query)",
    "[query", "a)|(query", "(?", "(?=", "(*query)", "[\\Qa-z\\E]+", "[\\p{L}]+", "[[^a]]+", "[a-z&&q]+", "[&&a]+", "[a&&]+",
]
PIECES = ["q", "query", "value", "a", ".", ".*", "\\.", "\\d", "\\w", "+", "*", "?", "{1,2}", "{3}", "|", "(", ")", "(?:", "(?=", "(?!", "[a-z]", "[^q]",
          "[", "]", "&&", "^", "$", "-", "[a-z", "\\b", "layer", "dense", "_", "{", "}", "\\Q", "\\E", "(?i)", "(?<a>", "\\1", "[\\w.]", "*+", "0", "\\p{L}"]


def matched(match):
    return [i for i, path in enumerate(PATHS) if match(path)]


def read(expression):
    def key(before, after):
        try:
            return matched(lambda path: re.match(before + expression + after, path))
        except re.error:
            return None

    try:
        re.compile(expression)
    except re.error:
        return {"expression": expression, "targets": None}
    return {"expression": expression, "targets": matched(lambda path: re.fullmatch(expression, path)),
            "UP_TO_0_13": key(r".*\.", "$"), "OF_0_14": key(r".*\.", "$"), "FROM_0_15": key(r"(.*\.)?(", ")$"),
            "LOKR": key(r"(.*\.)?", "$")}


dice = random.Random(54)
RANDOM = sorted({"".join(dice.choices(PIECES, k=dice.randint(2, 7))) for _ in range(1200)})
WORDS = ["query", "value", "q", "dense", ".*", "\\.", "\\d+", "\\w*", "[a-z_]+", "[^.]*", "layer", "(q|v)\\w+", ".*?", "_?proj",
                           "(?:self|output)", "(?!lm).*", "(.*\\.)*", "[0-9.]{1,3}", "(a|b|.)*"]
RANDOM += sorted({("|" if dice.random() < 0.3 else "").join(dice.choices(WORDS, k=dice.randint(1, 5))) for _ in range(500)})
with open(sys.argv[1], "w") as file:
    json.dump({"paths": PATHS, "alike": [read(e) for e in ALIKE], "odd": [read(e) for e in ODD],
               "random": [read(e) for e in RANDOM]}, file, indent=None, separators=(",", ":"))
    file.write("\n")
