"""Writes chat.json: conversations, rendered by transformers with the templates of this folder."""

import json
import pathlib

from transformers.utils.chat_template_utils import render_jinja_template

HERE = pathlib.Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def message(role, content):
    return {"role": role, "content": content}


CHATS = [
    [message("user", "Hi there")],
    [message("user", "  What is 2+2?\n"), message("assistant", ' It is "4". ')],
    [
        message("system", "Be brief."),
        message("user", "Hi"),
        message("assistant", "Hello!\n\nHow are you?"),
        message("user", "I'm fine \u2014 \u00e7a va <b>&'x'</b>\u00a0"),
        message("assistant", "Good."),
    ],
    [message("user", "a"), message("assistant", "<think>\nhm\n</think>\n\nb"), message("user", "c")],
    [message("user", "{{ 1+1 }} {% raw %}"), message("assistant", "{# c #} \\n \\ {{ bos_token }}")],
    [message("user", "one"), message("user", "two")],
    [message("user", ""), message("assistant", "")],
]


def rendered(template, chat, answering):
    try:
        texts, _ = render_jinja_template([chat], chat_template=template, add_generation_prompt=answering, **TOKENS)
        return {"text": texts[0]}
    except Exception as e:  # What the template raises.
        return {"error": str(e)}


cases = []
for file in sorted((HERE / "templates").glob("*.jinja")):
    template = file.read_text(encoding="utf-8")
    for chat in CHATS:
        for answering in (False, True):
            cases.append(
                {"template": file.name, "messages": chat, "answering": answering, **rendered(template, chat, answering)}
            )
(HERE / "chat.json").write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
