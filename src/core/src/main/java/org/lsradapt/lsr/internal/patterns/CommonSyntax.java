package org.lsradapt.lsr.internal.patterns;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * The part of regular expressions that {@link java.util.regex.Pattern} and Python's {@code re} read alike in every
 * version that PEFT runs on. An expression with any other syntax is refused, even if it happens to mean the same in
 * both. Constructs that can match for long without reading a character are refused too.
 */
final class CommonSyntax {
    static final String EXPECTED =
            "characters, classes such as [a-c_], \\d, \\w, \\s and their opposites, \\b, ^, $, groups"
                    + " (a|b) and (?:a|b), lookaheads, and greedy or reluctant repetitions up to 999 times";

    private static final String CLASSES = "dDwWsS";
    private static final String BOUNDARIES = "bB";
    private static final int MOST_TIMES = 999;

    private enum Last {
        /** Nothing yet in an alternative. */
        NOTHING,
        /** An element that can be repeated. */
        ATOM,
        /** An element that cannot be repeated: a repetition, an anchor, a lookahead. */
        OTHER
    }

    private final String text;
    /** Whether each open group is a lookahead. */
    private final Deque<Boolean> groups = new ArrayDeque<>();

    private int at;
    private Last last = Last.NOTHING;

    private CommonSyntax(String text) {
        this.text = text;
    }

    /** Checks an expression that {@code Pattern} compiles; the exception quotes any other syntax and its place. */
    static void require(String expression) {
        CommonSyntax syntax = new CommonSyntax(expression);
        while (syntax.at < expression.length()) {
            syntax.next();
        }
        syntax.requireAlternative(expression.length());
    }

    private void next() {
        int from = at;
        char c = text.charAt(at++);
        switch (c) {
            case '(' -> open(from);
            case ')' -> {
                requireAlternative(from);
                // Pattern has already refused unbalanced closing brackets.
                last = groups.pop() ? Last.OTHER : Last.ATOM;
            }
            case '|' -> {
                requireAlternative(from);
                last = Last.NOTHING;
            }
            case '*', '+', '?' -> repeat(from);
            case '{' -> {
                count(from);
                repeat(from);
            }
            case '[' -> {
                characters(from);
                last = Last.ATOM;
            }
            case '\\' -> last = escape(from, CLASSES + BOUNDARIES) && isBoundary() ? Last.OTHER : Last.ATOM;
            case '^', '$' -> last = Last.OTHER;
            case '}', ']' -> throw failure(from);
            default -> last = Last.ATOM;
        }
    }

    private void open(int from) {
        boolean ahead = text.startsWith("?=", at) || text.startsWith("?!", at);
        if (ahead || text.startsWith("?:", at)) {
            at += 2;
        } else if (at < text.length() && (text.charAt(at) == '?' || text.charAt(at) == '*')) {
            at = Math.min(text.length(), at + 3);
            throw failure(from);
        }
        groups.push(ahead);
        last = Last.NOTHING;
    }

    private void requireAlternative(int from) {
        if (last == Last.NOTHING) {
            throw new IllegalArgumentException(quoted() + ": an empty alternative or group ends at character "
                    + (from + 1) + ", expected " + EXPECTED);
        }
    }

    private void repeat(int from) {
        boolean repeatable = last == Last.ATOM;
        if (at < text.length() && text.charAt(at) == '?') {
            at++;
        } else if (at < text.length() && text.charAt(at) == '+') {
            at++;
            throw failure(from);
        }
        if (!repeatable) {
            throw failure(from);
        }
        last = Last.OTHER;
    }

    /** Reads the rest of {n}, {n,} or {n,m}; Pattern has checked its form. */
    private void count(int from) {
        int end = text.indexOf('}', at);
        String[] numbers = text.substring(at, Math.max(at, end)).split(",", -1);
        at = end < 0 ? text.length() : end + 1;
        for (int i = 0; i < numbers.length; i++) {
            boolean open = i == 1 && numbers[i].isEmpty();
            if (!open && (!numbers[i].matches("[0-9]{1,4}") || Integer.parseInt(numbers[i]) > MOST_TIMES)) {
                throw failure(from);
            }
        }
    }

    /** Reads the rest of a class: ranges and characters, with a minus only at the beginning or the end. */
    private void characters(int from) {
        if (at < text.length() && text.charAt(at) == '^') {
            at++;
        }
        int first = at;
        while (at < text.length() && (text.charAt(at) != ']' || at == first)) {
            int begin = at;
            boolean single = character(first);
            boolean range = single && text.startsWith("-", at) && !text.startsWith("-]", at);
            if (range) {
                int minus = at++;
                if (!character(first) || text.codePointBefore(at) < text.codePointBefore(minus)) {
                    throw failure(begin);
                }
            }
        }
        if (at++ >= text.length()) {
            throw failure(from);
        }
    }

    /** Reads a character of a class and returns whether it is a single character. */
    private boolean character(int first) {
        int begin = at;
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        boolean minus = c == '-' && begin != first && !text.startsWith("]", at);
        if (minus || c == '[' || c == ']' || c == '^' || ("&|~".indexOf(c) >= 0 && text.indexOf(c, at) == at)) {
            throw failure(begin);
        }
        return c != '\\' || !escape(begin, CLASSES);
    }

    /** Reads an escaped character; false if it is none of {@code letters}. Refuses other letters and digits. */
    private boolean escape(int from, String letters) {
        if (at == text.length()) {
            throw failure(from);
        }
        char c = text.charAt(at++);
        boolean known = letters.indexOf(c) >= 0;
        if (!known && (c >= 128 || Character.isLetterOrDigit(c))) {
            throw failure(from);
        }
        return known;
    }

    private boolean isBoundary() {
        return BOUNDARIES.indexOf(text.charAt(at - 1)) >= 0;
    }

    private String quoted() {
        return String.format(Locale.ROOT, "regular expression '%s'", BoundedPattern.shortened(text));
    }

    private IllegalArgumentException failure(int from) {
        return new IllegalArgumentException(quoted() + ": '" + text.substring(from, Math.min(at, from + 20))
                + "' at character " + (from + 1) + " may mean something else in Python, expected " + EXPECTED);
    }
}
