"""Makes the site out of README.md and docs/: navigation, links that leave docs/, and Markdown as GitHub reads it."""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
# Where the Javadoc plugin writes, depending on its version.
JAVADOCS = [ROOT / "target" / name / "apidocs" for name in ("reports", "site")]
JAVADOC = next((folder for folder in JAVADOCS if folder.is_dir()), None)
SOURCE = "https://github.com/lsr-adapt/lsr-adapt-java/blob/main/"
# Pages of the site whose files have other names, by path in the repository.
RENAMED = {"README.md": "index.md", "docs/README.md": "contents.md"}
SHELVES = ["Tutorials", "Guides", "Reference", "Background"]
LINK = re.compile(r"(\]\(|^\[[^\]]+\]: +)([^)\s#]*)(#[^)\s]*)?", re.MULTILINE)
FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)


def on_config(config):
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    nav = [{"Home": "index.md"}]
    for shelf in SHELVES:
        section = index.split(f"\n## {shelf}\n")[1].split("\n## ")[0]
        nav.append({shelf: re.findall(r"\]\(((?!\.\.)[^)#]+\.md)\)", section)})
    nav.append({"All pages": "contents.md"})
    if JAVADOC:
        nav.append({"Javadoc": "api/index.html"})
    config.nav = nav
    return config


def on_files(files, config):
    files.remove(files.get_file_from_path("README.md"))
    for path, name in RENAMED.items():
        files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    if JAVADOC:
        for file in sorted(JAVADOC.rglob("*")):
            if file.is_file() and file.suffix != ".md":  # licences, which are no pages of the site
                name = f"api/{file.relative_to(JAVADOC).as_posix()}"
                files.append(File.generated(config, name, abs_src_path=str(file)))
    return files


def on_page_markdown(markdown, page, config, files):
    site_path = page.file.src_uri
    path = next((path for path, name in RENAMED.items() if name == site_path), "docs/" + site_path)
    pieces = []
    end = 0
    for fence in FENCE.finditer(markdown):
        pieces += [LINK.sub(lambda link: resolved(link, path, site_path, files), markdown[end : fence.start()])]
        pieces += [fence.group()]
        end = fence.end()
    pieces += [LINK.sub(lambda link: resolved(link, path, site_path, files), markdown[end:])]
    return indented("".join(pieces))


def resolved(link, path, site_path, files):
    """A link to a page of the site, or to GitHub if the site does not have the file."""
    before, target, anchor = link.group(1), link.group(2), link.group(3) or ""
    if not target or re.match("[a-z]+:", target):
        return link.group()
    file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    name = RENAMED.get(file, file.removeprefix("docs/") if file.startswith("docs/") else "")
    if name and files.get_file_from_path(name):
        return before + posixpath.relpath(name, posixpath.dirname(site_path) or ".") + anchor
    return before + SOURCE + file + anchor


def indented(markdown):
    """Python-Markdown wants lists after a blank line and four spaces per level; GitHub neither."""
    lines = []
    lists = []  # of each open list: column of the marker, column of the text
    fence = None
    for line in markdown.split("\n"):
        column = len(line) - len(line.lstrip())
        if fence is not None:
            lines.append(" " * sum(4 - (text - marker) for marker, text in lists) + line if line.strip() else line)
            fence = None if line.strip() == "```" else fence
            continue
        item = re.match(r" *([-*]|\d+\.) +", line)
        if line.strip():
            while lists and column < lists[-1][1] and not (item and column == lists[-1][0]):
                lists.pop()
        shift = sum(4 - (text - marker) for marker, text in (lists[:-1] if item and lists and column == lists[-1][0] else lists))
        if item and (not lists or column != lists[-1][0]):
            if lines and lines[-1].strip():
                lines.append("")
            lists.append((column, len(item.group())))
        if line.lstrip().startswith("```"):
            fence = column
        lines.append(" " * shift + line if line.strip() else line)
    return "\n".join(lines)
