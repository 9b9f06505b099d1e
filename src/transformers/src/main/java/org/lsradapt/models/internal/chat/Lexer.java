package org.lsradapt.models.internal.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

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
        FLOAT,
        OPERATOR,
        END
    }

    /** A token; the text of a string is what it means. */
    record Token(Kind kind, String text, int line) {}

    private static final String OPEN = "([{";
    private static final String CLOSE = ")]}";
    private static final List<String> LONG_OPERATORS = List.of("**", "//", "==", "!=", ">=", "<=");
    private static final String OPERATORS = "+-/*%~[](){}<>=.:|,;";
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
        } else if (kind == '%' && skipsRaw()) {
            raw();
        } else {
            code(kind == '{');
        }
    }

    private int signAt(int position) {
        return position < source.length() && (source.charAt(position) == CUT || source.charAt(position) == KEPT)
                ? source.charAt(position)
                : 0;
    }

    /** The text before a tag. */
    private void addData(int tag, int sign, boolean isBlock) {
        String text = source.substring(at, tag);
        if (sign == CUT) {
            text = Texts.strip(text, Texts.SPACE, false, true);
        } else if (sign != KEPT && isBlock) {
            int begin = text.lastIndexOf('\n') + 1;
            if ((begin > 0 || lineStarts) && Texts.isBlank(text, begin)) {
                text = text.substring(0, begin);
            }
        }
        if (!text.isEmpty()) {
            add(Kind.DATA, text);
        }
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            requireNothingLeft("a comment has no end");
            return;
        }
        int sign = end > at ? signAt(end - 1) : 0;
        at = end + 2;
        endTag(sign);
    }

    /** Whether a raw block begins, whose tag is left behind. */
    private boolean skipsRaw() {
        int position = skipSpace(at);
        if (!source.startsWith("raw", position)) {
            return false;
        }
        position = skipSpace(position + 3);
        if (source.startsWith("-%}", position)) {
            at = skipSpace(position + 3);
        } else if (source.startsWith("%}", position)) {
            at = position + 2;
        } else {
            return false;
        }
        lineStarts = source.charAt(at - 1) == '\n';
        return true;
    }

    private void raw() {
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            int sign = signAt(tag + 2);
            int position = skipSpace(tag + 2 + (sign == 0 ? 0 : 1));
            if (source.startsWith("endraw", position)) {
                position = skipSpace(position + 6);
                int endSign = signAt(position);
                position += endSign == 0 ? 0 : 1;
                if (source.startsWith("%}", position)) {
                    addData(tag, sign, true);
                    at = position + 2;
                    endTag(endSign);
                    return;
                }
            }
        }
        requireNothingLeft("a raw block has no end");
    }

    /** Jinja renders what it begins with the last characters. */
    private void requireNothingLeft(String message) {
        if (at < source.length()) {
            throw failure(message);
        }
    }

    /** Goes on behind a block or a comment. */
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
        Deque<Integer> open = new ArrayDeque<>();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw failure("a tag has no end");
            }
            if (open.isEmpty() && endsCode(prints)) {
                return;
            }
            char c = source.charAt(at);
            if (isDigit(c)) {
                number();
            } else if (isNameStart(c)) {
                int end = at;
                while (end < source.length() && (isNameStart(source.charAt(end)) || isDigit(source.charAt(end)))) {
                    end++;
                }
                add(Kind.NAME, source.substring(at, end));
                at = end;
            } else if (c == '\'' || c == '"') {
                string(c);
            } else {
                operator(open);
            }
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

    private void operator(Deque<Integer> open) {
        String operator = LONG_OPERATORS.stream()
                .filter(one -> source.startsWith(one, at))
                .findFirst()
                .orElse(source.substring(at, at + 1));
        if (operator.length() == 1 && !OPERATORS.contains(operator)) {
            throw failure("unexpected character '" + operator + "'");
        }
        if (OPEN.contains(operator)) {
            open.push(OPEN.indexOf(operator));
        } else if (CLOSE.contains(operator) && (open.isEmpty() || open.pop() != CLOSE.indexOf(operator))) {
            throw failure("unexpected '" + operator + "'");
        }
        add(Kind.OPERATOR, operator);
        at += operator.length();
    }

    private void number() {
        int radix = at + 1 < source.length() && source.charAt(at) == '0'
                ? switch (source.charAt(at + 1)) {
                    case 'x', 'X', 'b', 'B', 'o', 'O' -> 16;
                    default -> 10;
                }
                : 10;
        if (radix != 10) {
            throw failure("hexadecimal, octal and binary numbers are not supported");
        }
        int end = skipDigits(at);
        boolean isFloat = false;
        if (at == 0 || source.charAt(at - 1) != '.') {
            if (end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1))) {
                end = skipDigits(end + 1);
                isFloat = true;
            }
            int exponent = end + 1;
            if (end < source.length() && (source.charAt(end) | ' ') == 'e') {
                exponent += signAt(exponent) == 0 ? 0 : 1;
                if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                    end = skipDigits(exponent);
                    isFloat = true;
                }
            }
        }
        String digits = source.substring(at, end).replace("_", "");
        if (!isFloat
                && digits.length() > 1
                && digits.charAt(0) == '0'
                && !digits.chars().allMatch(c -> c == '0')) {
            throw failure("a number begins with 0");
        }
        if (digits.length() > Budget.MOST_DIGITS) {
            throw failure("a number has " + digits.length() + " digits, expected " + Budget.MOST_DIGITS + " at most");
        }
        add(isFloat ? Kind.FLOAT : Kind.INTEGER, digits);
        at = end;
    }

    private int skipDigits(int from) {
        int end = from;
        while (end < source.length()
                && (isDigit(source.charAt(end))
                        || (source.charAt(end) == '_'
                                && end + 1 < source.length()
                                && isDigit(source.charAt(end + 1))))) {
            end++;
        }
        return end;
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
            int simple = "abfnrtv\\'\"\n".indexOf(c);
            if (simple >= 0) {
                text.append("\u0007\b\f\n\r\t\u000b\\'\"".substring(Math.min(simple, 10), Math.min(simple + 1, 10)));
            } else if (c >= '0' && c <= '7') {
                int end = i + 1;
                while (end < Math.min(i + 3, literal.length())
                        && literal.charAt(end) >= '0'
                        && literal.charAt(end) <= '7') {
                    end++;
                }
                text.append((char) Integer.parseInt(literal.substring(i, end), 8));
                i = end - 1;
            } else if (c == 'x' || c == 'u' || c == 'U') {
                int end = i + 1 + (c == 'x' ? 2 : c == 'u' ? 4 : 8);
                text.appendCodePoint(point(literal, i + 1, end));
                i = end - 1;
            } else if (c == 'N' || c > 127) {
                throw failure("\\" + c + " in a string is not supported");
            } else {
                text.append('\\').append(c);
            }
        }
        return text.toString();
    }

    private int point(String literal, int from, int to) {
        String digits = to <= literal.length() ? literal.substring(from, to) : "";
        if (!digits.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128) || digits.isEmpty()) {
            throw failure("an escape in a string is cut short");
        }
        long point = Long.parseLong(digits, 16);
        if (point > Character.MAX_CODE_POINT
                || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            throw failure("an escape in a string is no character");
        }
        return (int) point;
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
