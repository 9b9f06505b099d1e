"""Draws README's picture from docs/evidence: python docs/scripts/accuracy_by_size.py > docs/pictures/wordnet-10k.svg

Accuracy on 10,000 definitions by the parameters of the adapters: the best LSR and the best other kind of each size, LoRA, and the
head alone as a line. Points are means over three seeds, bars their standard deviations.
"""

import csv
import math
from pathlib import Path
from statistics import mean, stdev

EVIDENCE = Path(__file__).resolve().parent.parent / "evidence"
SERIES = [
    ("LSR", "#0072B2", ["lsr-shared s=2", "lsr-shared s=10", "lsr-shared s=43", "lsr s=8", "lsr s=16"]),
    ("LoRA", "#D55E00", ["lora r=1", "lora r=3", "lora r=8"]),
    ("best other", "#555555", ["uni-lora d=500", "uni-lora d=2000", "vera r=282", "krona n=2", "krona n=3"]),
]
LABELS = {
    "lsr-shared s=2": ("368 parameters", -6, 22, "start"), "lsr-shared s=10": ("shared factors", 0, 22, "start"),
    "uni-lora d=500": ("Uni-LoRA", -4, -12, "middle"),
    "lsr s=16": ("s = 16", 8, 20, "middle"), "lora r=1": ("r = 1", 0, 22, "middle"),
    "lora r=8": ("r = 8", 0, -12, "middle"),
    "vera r=282": ("VeRA", 0, -12, "middle"), "krona n=3": ("KronA", -6, -12, "middle"),
}
NAMES = {"LSR": (5600, 0.764), "LoRA": (60000, 0.772)}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 380, 62, 24, 46, 52
LOW, HIGH, FEWEST, MOST = 0.48, 0.84, 300, 110_000


def measured():
    rows = {}
    for name in ("frontier.csv", "wordnet-10k.csv"):
        found = {}
        for row in csv.reader(open(EVIDENCE / name)):
            if row[5] == "finished":
                found.setdefault(row[2], (int(row[11]), []))[1].append(float(row[10]))
        for method, values in found.items():
            rows.setdefault(method, values)
    return rows


def x(parameters):
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(parameters / FEWEST) / math.log(MOST / FEWEST)


def y(accuracy):
    return TOP + (HEIGHT - TOP - BOTTOM) * (HIGH - accuracy) / (HIGH - LOW)


def text(at, up, content, anchor="middle", extra=""):
    return f'<text x="{at:.1f}" y="{up:.1f}" text-anchor="{anchor}"{extra}>{content}</text>'


def main():
    rows = measured()
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
           ' font-family="sans-serif" font-size="13" role="img">',
           '<title>Accuracy by adapter parameters: kinds of equal size differ by a point or two, and all are far'
           ' above the head alone</title><rect width="100%" height="100%" fill="white"/>',
           text(LEFT, 22, "Adapters add 23 to 28 points to the head; kinds of a size differ by one or two",
                "start", ' font-weight="bold" font-size="15"')]
    for accuracy in (0.5, 0.6, 0.7, 0.8):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(accuracy):.1f}" y2="{y(accuracy):.1f}"'
                   ' stroke="#e4e4e4"/>' + text(LEFT - 8, y(accuracy) + 4, f"{accuracy:.1f}", "end"))
    for parameters in (1000, 10_000, 100_000):
        out.append(text(x(parameters), HEIGHT - BOTTOM + 20, f"{parameters:,}"))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "adapter parameters"))
    out.append(text(16, (TOP + HEIGHT - BOTTOM) / 2, "accuracy",
                    extra=f' transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})"'))
    head = mean(rows["head only"][1])
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(head):.1f}" y2="{y(head):.1f}" stroke="#555555"'
               ' stroke-dasharray="6 4" stroke-width="2"/>'
               + text(WIDTH - RIGHT, y(head) - 8, f"head alone, {head:.2f}", "end"))
    for name, colour, methods in SERIES:
        points = [(x(rows[method][0]), y(mean(rows[method][1]))) for method in methods]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dash = ' stroke-dasharray="2 4"' if name not in NAMES else ""
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        for method, (a, b) in zip(methods, points):
            spread = stdev(rows[method][1])
            out.append(f'<line x1="{a:.1f}" x2="{a:.1f}" y1="{y(mean(rows[method][1]) - spread):.1f}"'
                       f' y2="{y(mean(rows[method][1]) + spread):.1f}" stroke="{colour}"/>'
                       f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4.5" fill="{colour}"><title>{method}:'
                       f' {mean(rows[method][1]):.3f} ± {spread:.3f}</title></circle>')
            if method in LABELS:
                label, right, down, anchor = LABELS[method]
                out.append(text(a + right, b + down, label, anchor, f' fill="{colour}" font-size="12"'))
        if name in NAMES:
            at, up = NAMES[name]
            out.append(text(x(at), y(up), name, extra=f' fill="{colour}" font-weight="bold" font-size="17"'))
    print("\n".join(out) + "\n</svg>")


main()
