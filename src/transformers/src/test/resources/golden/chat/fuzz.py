"""Random templates with what Jinja2 makes of them in transformers' environment.

python fuzz.py              writes fuzz.jsonl, the sample of the build
python fuzz.py COUNT SEED   writes so many to standard output

One JSON object per line: template, values, and text or error.
"""

import itertools
import json
import pathlib
import random
import sys
import warnings

from transformers.utils.chat_template_utils import _cached_compile_jinja_template

warnings.simplefilter("ignore")

TEXTS = ["", "a", "ab", "Hello World", "  x ", "\n", "a\nb\n", "user", "assistant", "it's", 'q"', "😀e\u0301é", "ß", "<b>&",
         "1", "42", " 7 ", "3.5", "1e3", "a,b,,c", "a b  c", "</think>x", "%s", "%d%%", "{}", "{0}", "\\", "\t", "ǆ", "\u00a0",
         "x-y z", "ABC", "\u2028", "\x1f", "0", "None", "{{ x }}", "tool"]
NAMES = ["s", "t", "n", "k", "f", "b", "c", "z", "l", "w", "d", "e", "ms", "tu", "o", "u", "v", "ns"]
KINDS = {
    "str": ["s", "t"], "int": ["n", "k"], "float": ["f"], "bool": ["b", "c"], "list": ["l", "w", "ms", "tu"],
    "dict": ["d", "e"], "any": NAMES,
}
LITERALS = ["'a'", '"b"', "'it\\'s'", "'\\n'", "'\\u00e9\\x41'", "'\\d'", "'x' 'y'", "'😀'", "','", "' '", "''", "'%s'",
            "'{}'", "'\\\n'", "'role'", "'user'", "'{{'", "'%}'"]


JSON = ["ensure_ascii=true", "separators=[',', ':']", "indent=0", "true", "indent=1, separators=(' ,', ' : ')"]


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.macros = []
        self.loops = 0
        self.names = list(NAMES)

    def one(self, *choices):
        return self.r.choice(choices)

    def chance(self, percent):
        return self.r.random() * 100 < percent

    # Values

    def value(self, depth=2):
        r = self.r
        kind = r.randrange(9 if depth else 6)
        if kind == 0:
            return r.choice([0, 1, 2, 3, -1, -7, 10, 100, 2**31, 2**63, 10**20])
        if kind == 1:
            return r.choice([0.0, 1.0, -1.5, 0.1, 1e16, 1e-5, 123456.789, 1 / 3, 2**-44, 1e22, 5e-324, -0.0, 1e15])
        if kind == 2:
            return r.choice([True, False])
        if kind == 3:
            return None
        if kind in (4, 5):
            return r.choice(TEXTS)
        if kind == 6:
            return [self.value(depth - 1) for _ in range(r.randrange(4))]
        return {r.choice(["role", "content", "a", "b", "items", "x y", "get", "n"]): self.value(depth - 1)
                for _ in range(r.randrange(4))}

    def values(self):
        r = self.r
        same = [r.choice(TEXTS) for _ in range(r.randrange(5))]
        return {
            "s": r.choice(TEXTS), "t": r.choice(TEXTS), "n": r.choice([0, 1, 2, 3, 5, -2, 10]), "k": self.number(),
            "f": r.choice([0.5, 1.0, 2.25, -3.1, 1e20, 0.1]), "b": r.choice([True, False]), "c": True, "z": None,
            "l": [r.choice([1, 2, 3, 0, -5, 2.0, 10**18]) for _ in range(r.randrange(5))], "w": same,
            "d": {k: self.value(1) for k in r.sample(["a", "b", "role", "content", "n"], r.randrange(1, 4))},
            "e": self.value(2) if self.chance(50) else {},
            "ms": [{"role": r.choice(["user", "assistant", "system"]), "content": r.choice(TEXTS), **self.more()}
                   for _ in range(r.randrange(4))],
            "tu": self.value(2), "o": self.value(2),
        }

    def number(self):
        return self.r.choice([0, 1, 2, 3, 7, -3, 2**40, 2**70])

    def more(self):
        return {"n": self.r.randrange(4)} if self.chance(40) else {}

    # Expressions

    def expression(self, kind=None, depth=3):
        kind = kind or self.one("str", "str", "str", "int", "bool", "list", "dict", "any", "float")
        if self.chance(4):
            kind = "any"
        if depth <= 0 or self.chance(12):
            return self.atom(kind)
        return getattr(self, "of_" + kind)(depth - 1)

    def atom(self, kind):
        if self.chance(55):
            return self.r.choice(KINDS[kind] if kind != "any" else self.names)
        return {
            "str": lambda: self.r.choice(LITERALS), "int": lambda: self.one("0", "1", "2", "3", "10", "1000"),
            "float": lambda: self.one("f", "d.n", "o"), "bool": lambda: self.one("true", "False", "True", "false"),
            "list": lambda: self.one("[]", "[1, 2, 3]", "['a', 'b']", "(1, 2)", "[1, none, true]", "(1,)", "()", "[[1], [2]]", "range(3)"),
            "dict": lambda: self.one("{}", "{'a': 1}", "{'a': 'x', 'b': none}", "{1: 'one', true: 'yes', 0: 'f'}", "{'role': 'user'}"),
            "any": lambda: self.one("none", "None", "u", "[]", "{}", "0", "''", "missing"),
        }[kind]()

    def operand(self, kind, depth):
        """What may stand before a dot or an operator of any precedence."""
        whole = self.expression(kind, depth)
        return whole if whole.isidentifier() or whole[0] in "'\"[" and whole[-1] in "'\"]" and len(whole) < 12 else f"({whole})"

    def of_any(self, d):
        return self.one(
            lambda: self.expression(None, d), lambda: f"{self.operand('dict', d)}.{self.key()}",
            lambda: f"{self.operand('dict', d)}[{self.expression('str', d)}]",
            lambda: f"{self.operand('list', d)}[{self.expression('int', d)}]",
            lambda: f"{self.operand('any', d)}.{self.key()}", lambda: f"({self.expression('any', d)})",
            lambda: f"{self.operand('list', d)}|{self.one('first', 'last', 'min', 'max')}",
            lambda: f"({self.expression('any', d)} if {self.expression('bool', d)} else {self.expression('any', d)})",
            lambda: f"({self.expression('any', d)} if {self.expression('bool', d)})",
            lambda: f"{self.expression('any', d)} {self.one('or', 'and')} {self.expression('any', d)}",
            lambda: f"{self.operand('any', d)}|default({self.expression('any', d)}{self.one('', ', true', ', boolean=false')})",
            lambda: f"{self.expression('any', d)}{self.one('+', '-', '*', '//', '%', '~', ' + ')}{self.expression('any', d)}",
            lambda: f"{self.operand('dict', d)}.get({self.expression('str', d)}{self.one('', ', 1', ', none')})",
            lambda: "loop." + self.one("index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem",
                                       "nope"),
            lambda: self.call(d), lambda: "ns." + self.one("a", "b"),
        )()

    def call(self, d):
        if not self.macros:
            return self.atom("any")
        name, parameters = self.r.choice(self.macros)
        given = [self.expression(None, d) for _ in range(self.r.randrange(parameters + 1))]
        if self.chance(15):
            given.append(f"{self.one('p', 'q')}={self.expression(None, d)}")
        return f"{name}({', '.join(given)})"

    def key(self):
        return self.one("a", "b", "role", "content", "n", "items", "get", "x", "keys()", "items()", "_x", "values()")

    def of_str(self, d):
        e = self.expression
        return self.one(
            lambda: f"{e('str', d)} + {e('str', d)}", lambda: f"{e('any', d)} ~ {e('any', d)}",
            lambda: f"{self.operand('str', d)}|{self.one('upper', 'lower', 'trim', 'capitalize', 'string', 'reverse', 'first', 'last')}",
            lambda: f"{self.operand('any', d)}|{self.one('string', 'tojson', 'upper', 'trim', 'safe', 'tojson(indent=2)', 'tojson(sort_keys=true)')}",
            lambda: f"{self.operand('any', d)}|tojson({self.r.choice(JSON)})",
            lambda: f"{self.operand('str', d)}.{self.one('strip', 'lstrip', 'rstrip')}({self.one('', e('str', 0), 'none')})",
            lambda: f"{self.operand('str', d)}.{self.one('upper', 'lower', 'title', 'capitalize')}()",
            lambda: f"{self.operand('str', d)}.replace({e('str', d)}, {e('str', d)}{self.one('', ', 1', ', -1', ', 0')})",
            lambda: f"{self.operand('str', d)}|replace({e('str', d)}, {e('any', d)}{self.one('', ', 1', ', count=2')})",
            lambda: f"{self.operand('str', d)}.split({self.one(e('str', 0), e('str', 0) + ', 1')})[{e('int', 0)}]",
            lambda: f"{self.operand('str', d)}.join({e('list', d)})", lambda: f"{self.operand('list', d)}|join({self.one('', e('str', d), chr(39) + ', ' + chr(39))})",
            lambda: f"{self.operand('str', d)}[{self.slice()}]", lambda: f"{self.operand('str', d)}[{e('int', d)}]", lambda: f"{e('str', d)} * {e('int', 0)}",
            lambda: f"{self.one('{}', '{} {}', 'a{}b', '<{}>')!r}.format({self.one(e('any', d), e('any', 0) + ', ' + e('any', 0))})",
            lambda: f"{self.operand('str', d)}|indent({self.one('', '2', '2, true', 'first=true, blank=true')})",
            lambda: f"({e('str', d)} if {e('bool', d)} else {e('str', d)})", lambda: self.call(d),
            lambda: f"{self.operand('any', d)}|safe + {e('str', d)}" if self.chance(30) else f"{self.operand('str', d)}|trim",
        )()

    def slice(self):
        part = lambda: self.one("", "", "0", "1", "-1", "2", "-3", "n", "none", "100")
        return f"{part()}:{part()}" + (f":{self.one('', '1', '-1', '2', '-2', '0')}" if self.chance(40) else "")

    def of_int(self, d):
        e = self.expression
        return self.one(
            lambda: f"{e('int', d)} {self.one('+', '-', '*', '//', '%')} {e('int', d)}", lambda: f"{self.operand('any', d)}|length",
            lambda: f"{self.operand('list', d)}|count", lambda: f"-{e('int', d)}", lambda: f"{self.operand('any', d)}|int", lambda: f"{self.operand('any', d)}|int({e('any', 0)})",
            lambda: f"{self.operand('str', d)}.split({e('str', d)})|length",
            lambda: f"{self.operand('list', d)}|{self.one('min', 'max')}",
            lambda: f"({e('int', d)})",
        )()

    def of_float(self, d):
        return self.one(lambda: f"({self.expression('float', d)})", lambda: self.atom("float"))()

    def of_bool(self, d):
        e = self.expression
        test = self.one("defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "boolean", "true", "false",
                        "integer", "float", "odd", "even")
        return self.one(
            lambda: f"{e('any', d)} {self.one('==', '!=')} {e('any', d)}", lambda: f"{e('any', d)} {self.one('<', '<=', '>', '>=')} {e('any', d)}",
            lambda: f"{e('int', d)} {self.one('<', '<=', '>', '>=')} {e('int', d)}",
            lambda: f"{e('str', d)} {self.one('in', 'not in')} {self.one(e('str', d), e('list', d), e('dict', d))}",
            lambda: f"{e('any', d)} {self.one('in', 'not in')} {e('any', d)}", lambda: f"not {e('any', d)}",
            lambda: f"{e('any', d)} is {self.one('', 'not ')}{test}", lambda: f"{e('bool', d)} {self.one('and', 'or')} {e('bool', d)}",
            lambda: f"{self.operand('str', d)}.{self.one('startswith', 'endswith')}({e('str', d)})",
            lambda: f"({e('bool', d)})", lambda: f"{e('any', d)} in ({e('any', d)}, {e('any', d)})",
        )()

    def of_list(self, d):
        e = self.expression
        lazy = self.one("map('upper')", "map(attribute='role')", "map(attribute='n', default=0)", "select", "reject", "select('string')",
                        "selectattr('role', 'equalto', 'user')", "selectattr('n')", "rejectattr('n', 'defined')", "unique", "reverse", "reverse|reverse",
                        "map('string')", "reject('equalto', 1)", "select('in', [1, 'a'])", "items", "map('default', 'x')", "map(attribute='0')",
                        "selectattr('content', 'string')", "unique(attribute='role')", "map('tojson')")
        return self.one(
            lambda: f"{e('list', d)} + {e('list', d)}", lambda: f"{self.operand('list', d)}|{lazy}|list", lambda: f"{self.operand('list', d)}|{lazy}",
            lambda: f"{self.operand('list', d)}[{self.slice()}]", lambda: f"{self.operand('any', d)}|list",
            lambda: f"{self.operand('list', d)}|sort{self.one('', '(reverse=true)', '(case_sensitive=true)', '(attribute=' + chr(39) + 'role' + chr(39) + ')')}",
            lambda: f"{self.operand('dict', d)}.{self.one('items', 'keys', 'values')}(){self.one('', '|list')}",
            lambda: f"{self.operand('dict', d)}|{self.one('items', 'dictsort')}|list",
            lambda: f"{self.operand('str', d)}.split({self.one(e('str', 0), e('str', 0) + ', 1', 'sep=' + e('str', 0))})",
            lambda: f"[{', '.join(e(None, d) for _ in range(self.r.randrange(4)))}]", lambda: f"({e('any', d)}, {e('any', d)})",
            lambda: f"{e('list', d)} * {e('int', 0)}", lambda: f"range({self.one('3', 'n', '1, 4', '5, 0, -2', '0, 10, 3', e('int', 0))})", lambda: "ms",
        )()

    def of_dict(self, d):
        e = self.expression
        return self.one(
            lambda: "ms[0]", lambda: f"ms|{self.one('first', 'last')}", lambda: f"{{{e('str', d)}: {e('any', d)}, {self.one('1', chr(39) + 'a' + chr(39), 's', 'true')}: {e('any', d)}}}",
            lambda: f"dict({self.one('a=' + e('any', d), '', 'b=' + e('any', 0))})", lambda: "d", lambda: "e",
        )()

    # Statements

    def open(self):
        return self.one("{%", "{%", "{%-", "{%-", "{%+")

    def close(self):
        return self.one("%}", "%}", "-%}", "-%}", "+%}") if self.chance(60) else "%}"

    def tag(self, text):
        return f"{self.open()} {text} {self.close()}"

    def text(self):
        return self.one("a", " ", "\n", "  \n", "\n  ", "x\n", "<|im|>", " b ", "\n\n", "\t", "é", "{", "}", "#", "\r\n", "")

    def body(self, depth):
        return "".join(self.statement(depth) for _ in range(self.r.randrange(1, 4)))

    def statement(self, depth):
        if self.chance(25):
            return self.text()
        if depth <= 0 or self.chance(40):
            return self.printed()
        return self.one(self.condition, self.condition, self.loop, self.loop, self.loop, self.assignment, self.assignment, self.assignment,
                        self.macro, self.block, self.comment, self.space)(depth - 1)

    def printed(self):
        return f"{self.one('{{', '{{', '{{-')} {self.expression()} {self.one('}}', '}}', '-}}')}"

    def condition(self, depth):
        parts = self.tag(f"if {self.expression('bool')}") + self.body(depth)
        if self.chance(30):
            parts += self.tag(f"elif {self.expression('bool')}") + self.body(depth)
        if self.chance(50):
            parts += self.tag("else") + self.body(depth)
        return parts + self.tag("endif")

    def loop(self, depth):
        target, over = self.one(("x", self.expression("list", 2)), ("m", "ms"), ("s", self.expression("list", 2)), ("x, y", "d.items()"),
                                ("x, y", "d|items"), ("x, y", "d|dictsort"), ("x", "range(n)"), ("x", self.expression("any", 2)), ("ch", "s"))
        test = f" if {self.one('x', 'm.role == ' + chr(39) + 'user' + chr(39), 'not ns.a', 'loop.first', self.expression('bool', 1))}" if self.chance(25) else ""
        before = list(self.names)
        self.names += ["x", "m", "y", "loop.index", "loop.last"]
        self.loops += 1
        body = self.body(depth)
        if self.chance(40):
            body += "{{ " + self.one("loop.index", "loop.last", "loop.previtem", "loop.nextitem", "loop.length", "loop.revindex0",
                                     "loop.first", "x", "y") + " }}"
        if self.chance(10):
            body += self.tag(f"if {self.expression('bool', 2)}") + self.tag(self.one("break", "continue")) + self.tag("endif")
        self.loops -= 1
        self.names = before
        return self.tag(f"for {target} in {over}{test}") + body + self.tag("endfor")

    def assignment(self, depth):
        return self.one(
            lambda: self.tag(f"set {self.r.choice(NAMES[:-1] + ['x', 'y'])} = {self.expression()}"),
            lambda: self.tag(f"set {self.one('ns', 'ns', 'ns2')} = namespace({self.one('a=1', 'a=' + self.expression(None, 1), 'b=[], a=false', '')})"),
            lambda: self.tag(f"set ns.{self.one('a', 'b')} = {self.expression(None, 2)}"),
            lambda: self.tag(f"set {self.one('s', 'x', 'v')}") + self.body(depth) + self.tag("endset"),
        )()

    def macro(self, depth):
        name = self.one("ma", "mb")
        parameters = self.one(("", 0), ("p", 1), ("p, q=1", 2), ("p, q=p", 2), ("s, t=none", 2))
        before = list(self.names)
        self.names += ["p", "q"]
        loops, self.loops = self.loops, 0
        body = self.body(depth)
        self.loops = loops
        self.names = before
        if not self.chance(10):
            self.macros.append((name, parameters[1]))
        call = "{{ " + self.call(1) + " }}" if self.chance(60) else ""
        return self.tag(f"macro {name}({parameters[0]})") + body + self.tag("endmacro") + call

    def block(self, depth):
        loops, self.loops = self.loops, 0
        body = self.body(depth)
        self.loops = loops
        return self.one(
            lambda: self.tag("generation") + body + self.tag("endgeneration"),
            lambda: self.tag(f"filter {self.one('upper', 'trim', 'replace(s, t)', 'indent(2)|upper')}") + body + self.tag("endfilter"),
        )()

    def comment(self, depth):
        return f"{self.one('{#', '{#-', '{#+')} {self.one('c', '{{ x }}', 'a' + chr(10), '-')} {self.one('#}', '-#}', '+#}')}"

    def space(self, depth):
        return self.one("\n", "  ", "\n   ") + self.statement(depth) + self.one("\n", "  \n", " ")


def cases(seed):
    """Those that raise, up to one that is rendered."""
    for again in range(6):
        one = attempt(f"{seed}-{again}")
        yield one
        if "text" in one:
            break


def attempt(seed):
    generator = Generator(seed)
    values = generator.values()
    depth = generator.r.randrange(1, 4)
    template = "".join(generator.statement(depth) for _ in range(generator.r.randrange(1, 4)))
    try:
        return {"template": template, "values": values, "text": _cached_compile_jinja_template(template).render(**values)}
    except Exception as e:  # What Jinja or the template raises.
        return {"template": template, "values": values, "error": type(e).__name__}


def main():
    if len(sys.argv) == 3:
        printed = 0
        for seed in itertools.count():
            for one in cases(f"{sys.argv[2]}-{seed}"):
                print(json.dumps(one))
                printed += 1
                if printed == int(sys.argv[1]):
                    return
    rendered = []
    raised = []
    for seed in range(1000):
        for one in cases(f"golden-{seed}"):
            line = json.dumps(one)
            if " at 0x" not in line and 450 < len(line) < 900:
                (rendered if "text" in one else raised).append(line)
    lines = rendered[:320] + raised[:60]
    (pathlib.Path(__file__).parent / "fuzz.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
