package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a template into tokens, with the white space that Jinja's {@code trim_blocks} and {@code lstrip_blocks} leave. */
final class Lexer {
    enum Kind {
        DATA,
        PRINT_BEGIN,
        PRINT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        OPERATOR,
        END
    }

    /** A token; a string's text is unescaped. */
    record Token(Kind kind, String text, int line) {}

    private static final String OPEN = "([{";
    private static final String CLOSE = ")]}";
    private static final Pattern TOKEN = Pattern.compile(
            "[A-Za-z_][A-Za-z0-9_]*+|[0-9]++(?:\\.[0-9]++)?+|\\*\\*|//|[=!<>]=|[-+/*%~\\[\\](){}<>=.:|,;]");
    private static final int KEPT = '+';
    private static final int CUT = '-';

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int counted;
    private int line = 1;
    private boolean lineStarts = true;

    private Lexer(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        source = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    /** All tokens, the last of which is the end. */
    static List<Token> tokens(String template) {
        Lexer lexer = new Lexer(template);
        while (lexer.at < lexer.source.length()) {
            lexer.data();
        }
        lexer.add(Kind.END, "");
        return lexer.tokens;
    }

    private void data() {
        int tag = source.indexOf('{', at);
        while (tag >= 0 && !(tag + 1 < source.length() && "{%#".indexOf(source.charAt(tag + 1)) >= 0)) {
            tag = source.indexOf('{', tag + 1);
        }
        if (tag < 0) {
            add(Kind.DATA, source.substring(at));
            at = source.length();
            return;
        }
        char kind = source.charAt(tag + 1);
        int sign = signAt(tag + 2);
        addData(tag, sign, kind != '{');
        at = tag + 2 + (sign == 0 ? 0 : 1);
        lineStarts = false;
        if (kind == '#') {
            comment();
        } else {
            code(kind == '{');
        }
    }

    private int signAt(int position) {
        return position < source.length() && (source.charAt(position) == CUT || source.charAt(position) == KEPT)
                ? source.charAt(position)
                : 0;
    }

    private void addData(int tag, int sign, boolean isBlock) {
        String text = source.substring(at, tag);
        if (sign == CUT) {
            text = Texts.strip(text, Texts.SPACE, "rstrip");
        } else if (sign != KEPT && isBlock) {
            int begin = text.lastIndexOf('\n') + 1;
            if ((begin > 0 || lineStarts)
                    && begin < text.length()
                    && text.substring(begin).chars().allMatch(Texts::isSpace)) {
                text = text.substring(0, begin);
            }
        }
        if (!text.isEmpty()) {
            add(Kind.DATA, text);
        }
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0 && at < source.length()) {
            throw failure("a comment has no end");
        }
        int sign = end > at ? signAt(end - 1) : 0;
        at = end < 0 ? source.length() : end + 2;
        endTag(sign);
    }

    /** Continues after a block or a comment. */
    private void endTag(int sign) {
        if (sign == CUT) {
            at = skipSpace(at);
        } else if (sign == 0 && source.startsWith("\n", at)) {
            at++;
        }
        lineStarts = source.charAt(at - 1) == '\n';
    }

    private void code(boolean prints) {
        add(prints ? Kind.PRINT_BEGIN : Kind.BLOCK_BEGIN, "");
        Matcher token = TOKEN.matcher(source);
        int open = 0;
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw failure("a tag has no end");
            }
            if (open == 0 && endsCode(prints)) {
                return;
            }
            char c = source.charAt(at);
            if (c == '\'' || c == '"') {
                string(c);
                continue;
            }
            if (!token.region(at, source.length()).lookingAt()) {
                throw failure("unexpected character '" + c + "'");
            }
            String text = token.group();
            if (isDigit(c)) {
                requirePlainNumber(text);
                add(Kind.INTEGER, text);
            } else {
                add(isNameStart(c) ? Kind.NAME : Kind.OPERATOR, text);
                open += OPEN.contains(text) ? 1 : CLOSE.contains(text) ? -1 : 0;
            }
            at += text.length();
        }
    }

    private void requirePlainNumber(String number) {
        int end = at + number.length();
        boolean leads = number.contains(".")
                || number.matches("0[0-9]+")
                || (end < source.length() && isNameStart(source.charAt(end)));
        if (leads || number.length() > Budget.MOST_DIGITS) {
            throw failure("a number with a point, an exponent, a radix, an underscore, a 0 before it or more than "
                    + Budget.MOST_DIGITS + " digits is not supported");
        }
    }

    private boolean endsCode(boolean prints) {
        int sign = signAt(at);
        int end = at + (sign == 0 ? 0 : 1);
        if (!source.startsWith(prints ? "}}" : "%}", end) || (prints && sign == KEPT)) {
            return false;
        }
        add(prints ? Kind.PRINT_END : Kind.BLOCK_END, "");
        at = end + 2;
        if (prints && sign == 0) {
            lineStarts = false;
        } else {
            endTag(sign);
        }
        return true;
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw failure("a string has no end");
        }
        add(Kind.STRING, unescaped(source.substring(at + 1, end)));
        at = end + 1;
    }

    private String unescaped(String literal) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            c = literal.charAt(++i);
            int simple = "nrt\\'\"".indexOf(c);
            if (simple >= 0) {
                text.append("\n\r\t\\'\"".charAt(simple));
            } else if (c == 'x' || c == 'u') {
                int end = i + (c == 'x' ? 3 : 5);
                String digits = end <= literal.length() ? literal.substring(i + 1, end) : "";
                if (!digits.matches("[0-9a-fA-F]+") || Character.isSurrogate((char) Integer.parseInt(digits, 16))) {
                    throw failure("\\" + c + digits + " in a string is no character");
                }
                text.append((char) Integer.parseInt(digits, 16));
                i = end - 1;
            } else if (c > 127 || "abfvNU01234567".indexOf(c) >= 0) {
                throw failure("\\" + c + " in a string is not supported");
            } else {
                text.append(c == '\n' ? "" : "\\" + c);
            }
        }
        return text.toString();
    }

    private int skipSpace(int from) {
        int end = from;
        while (end < source.length() && Texts.isSpace(source.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, lineHere()));
    }

    private int lineHere() {
        for (; counted < at; counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
        return line;
    }

    private Failure failure(String message) {
        return new Failure("line " + lineHere() + ": " + message);
    }
}
