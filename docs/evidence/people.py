"""Makes the files of people for users/Users.java, a row per person, text and label:
`python docs/evidence/people.py MD_AGREEMENT OFFENSIVENESS FOLDER`, with the folder MD-Agreement_dataset of LeWiDi 2023
(Le-Wi-Di/le-wi-di.github.io) and dataset/offensiveness/raw_data.csv of POPQUORN (Jiaxin-Pei/Potato-Prolific-Dataset)."""

import csv
import json
import pathlib
import sys


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "text", "label"])
        writer.writerows((user, " ".join(text.split()), label) for user, text, label in rows if text.strip())


def agreement(folder):
    for part in ("train", "dev", "test"):
        items = json.loads((folder / f"MD-Agreement_{part}.json").read_text(encoding="utf-8"))
        for item in items.values():
            for user, label in zip(item["annotators"].split(","), item["annotations"].split(",")):
                yield user, item["text"], ("no", "yes")[int(label)]


def offensiveness(source):
    with open(source, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["user_id"], row["text"], int(float(row["offensiveness"]))


if __name__ == "__main__":
    tweets, comments, target = map(pathlib.Path, sys.argv[1:])
    write(target / "md-agreement.csv", agreement(tweets))
    write(target / "popquorn.csv", offensiveness(comments))
