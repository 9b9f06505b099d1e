package org.lsradapt.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Tells whether a regular expression of a {@code tokenizer.json} needs time in proportion to the text. The native
 * engine backtracks, and ends the process where a search goes over its limit.
 *
 * <p>Allowed are alternatives of characters, classes and groups without repetition of their own, of which one may repeat
 * without bound if all behind it may be left out: such a match never goes back. Beside them, as they stand, the few
 * alternatives of known models that do go back, each with those that take up what it leaves.
 */
final class SplitExpression {

    /** Ways in which the bounded part of an alternative may match at one place. */
    private static final int MOST_WAYS = 256;

    private static final int LONGEST = 20_000;
    private static final int MOST_REPETITIONS = 1000;

    /** Groups in groups, or classes in classes: the native library reads them by recursion, without an end to it. */
    private static final int DEEPEST = 20;

    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String BEFORE = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    private static final String LAST_SPACE = "\\s+(?!\\S)";

    /** Runs of alternatives that go back at most once over what the next of the run, or they themselves, take. */
    private static final List<List<String>> KNOWN = List.of(
            List.of(LAST_SPACE),
            List.of("\\s*[\\r\\n]+", LAST_SPACE, "\\s+"),
            List.of("\\s*[\\r\\n]", LAST_SPACE, "\\s+"),
            List.of("\\s*[\\r\\n]+", "\\s+"),
            List.of(BEFORE + UPPER + "*" + LOWER + "+", BEFORE + UPPER + "+" + LOWER + "*"),
            List.of(
                    BEFORE + UPPER + "*" + LOWER + "+" + CONTRACTION,
                    BEFORE + UPPER + "+" + LOWER + "*" + CONTRACTION));

    /** Whole expressions; the one here goes back over white space in the middle of a text. */
    private static final Set<String> KNOWN_WHOLE = Set.of("\\s+$");

    private static final Set<String> SPACES = Set.of(" ", "\\s", "\\n", "\\r", "\\t", "\n", "\r", "\t");

    private final String text;
    private int at;
    private int groups;
    private boolean spacesOnly = true;

    private SplitExpression(String text) {
        this.text = text;
    }

    /**
     * Looks at an expression.
     *
     * @throws IllegalArgumentException if it may need more time; the message says what and where
     */
    static void requireLinear(String expression) {
        new SplitExpression(expression).check();
    }

    /**
     * Looks at an expression that is replaced.
     *
     * @throws IllegalArgumentException if it may need more time or matches anything but white space
     */
    static void requireSpaces(String expression) {
        SplitExpression checked = new SplitExpression(expression);
        checked.check();
        if (!checked.spacesOnly) {
            throw new IllegalArgumentException("expression \"" + expression
                    + "\" matches more than white space, which none of a known model does");
        }
    }

    private void check() {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "expression has " + text.length() + " characters, expected at most " + LONGEST);
        }
        if (KNOWN_WHOLE.contains(text)) {
            return;
        }
        List<Integer> starts = new ArrayList<>();
        List<String> alternatives = new ArrayList<>();
        divide(starts, alternatives);
        for (int i = 0; i < alternatives.size(); ) {
            int known = knownRun(alternatives, i);
            if (known == 0) {
                at = starts.get(i);
                alternative(true);
                i++;
            }
            spacesOnly &= known == 0;
            i += known;
        }
    }

    /** The longest known run of alternatives that begins at one; 0 if none does. */
    private static int knownRun(List<String> alternatives, int from) {
        int longest = 0;
        for (List<String> run : KNOWN) {
            int to = from + run.size();
            if (to <= alternatives.size() && alternatives.subList(from, to).equals(run)) {
                longest = Math.max(longest, run.size());
            }
        }
        return longest;
    }

    /** Where the outermost alternatives begin, and what they are. */
    private void divide(List<Integer> starts, List<String> alternatives) {
        int depth = 0;
        int start = 0;
        at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                escape();
                continue;
            }
            if (c == '[') {
                characterClass();
                continue;
            }
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == '|' && depth == 0) {
                starts.add(start);
                alternatives.add(text.substring(start, at));
                start = at + 1;
            }
            at++;
        }
        starts.add(start);
        alternatives.add(text.substring(start));
    }

    /**
     * One alternative, up to its end.
     *
     * @param outermost whether it stands in no group, where one part may repeat without bound
     * @return in how many ways it may match at one place
     */
    private long alternative(boolean outermost) {
        long ways = 1;
        boolean unbounded = false;
        boolean empty = true;
        int start = at;
        while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
            int from = at;
            long own = atom();
            boolean group = text.charAt(from) == '(';
            long[] times = repetition();
            if (group && (times[1] != 1 || times[0] > 1)) {
                throw refusal(from, "a group that repeats");
            }
            if (unbounded && times[0] > 0) {
                throw refusal(from, "a part that must follow one of any length");
            }
            if (times[1] == Long.MAX_VALUE) {
                if (!outermost) {
                    throw refusal(from, "a part of any length inside a group");
                }
                unbounded = true;
            } else if (!unbounded) {
                ways = Math.min(ways * Math.addExact(own, times[1] - times[0]), Integer.MAX_VALUE);
            }
            empty &= times[0] == 0;
        }
        if (empty) {
            throw refusal(start, "an alternative that matches nothing");
        }
        if (ways > MOST_WAYS) {
            throw refusal(start, "an alternative that matches in " + ways + " ways, more than " + MOST_WAYS);
        }
        if (outermost && at < text.length() && text.charAt(at) == ')') {
            throw refusal(at, "a ')' without '('");
        }
        return ways;
    }

    /** A character, escape, class or group; returns in how many ways it may match. */
    private long atom() {
        int from = at;
        char c = text.charAt(at);
        switch (c) {
            case '(' -> {
                return group();
            }
            case '[' -> characterClass();
            case '\\' -> escape();
            case '*', '+', '?', '{', '^', '$', ']', '}' -> throw refusal(at, "'" + c + "' as a character of its own");
            default -> at += Character.charCount(text.codePointAt(at));
        }
        spacesOnly &= isSpaces(text.substring(from, at));
        return 1;
    }

    private long group() {
        int from = at;
        int open = text.startsWith("(?:", at) ? 3 : text.startsWith("(?i:", at) ? 4 : 0;
        if (open == 0) {
            throw refusal(from, "a group other than (?:…) and (?i:…)");
        }
        if (++groups > DEEPEST) {
            throw refusal(from, "a group deeper than " + DEEPEST);
        }
        at += open;
        long ways = alternative(false);
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            ways += alternative(false);
        }
        if (at == text.length()) {
            throw refusal(from, "a '(' without ')'");
        }
        at++;
        groups--;
        return ways;
    }

    /** How often the part before stands at least and at most; Long.MAX_VALUE for no bound. */
    private long[] repetition() {
        char c = at < text.length() ? text.charAt(at) : ' ';
        if (c == '{') {
            return counted();
        }
        if (c != '?' && c != '*' && c != '+') {
            return new long[] {1, 1};
        }
        long[] times = {c == '+' ? 1 : 0, c == '?' ? 1 : Long.MAX_VALUE};
        at++;
        if (at < text.length() && text.charAt(at) == '+') {
            at++;
        } else if (at < text.length() && "?*{".indexOf(text.charAt(at)) >= 0) {
            throw refusal(at, "a repetition of a repetition");
        }
        return times;
    }

    private long[] counted() {
        int from = at;
        int close = text.indexOf('}', at);
        String[] bounds =
                close < 0 ? new String[0] : text.substring(at + 1, close).split(",", -1);
        if (bounds.length < 1
                || bounds.length > 2
                || !bounds[0].matches("[0-9]{1,4}")
                || (bounds.length == 2 && !bounds[1].matches("[0-9]{0,4}"))) {
            throw refusal(from, "a repetition other than {n}, {n,} and {n,m}");
        }
        int least = Integer.parseInt(bounds[0]);
        long most = bounds.length == 1 ? least : bounds[1].isEmpty() ? Long.MAX_VALUE : Integer.parseInt(bounds[1]);
        if (most < least || least > MOST_REPETITIONS || (most != Long.MAX_VALUE && most > MOST_REPETITIONS)) {
            throw refusal(from, "a repetition that ends before it begins or of more than " + MOST_REPETITIONS);
        }
        at = close + 1;
        if (at < text.length() && "?*+{".indexOf(text.charAt(at)) >= 0) {
            throw refusal(at, "a repetition of a repetition");
        }
        return new long[] {least, most};
    }

    /** A class with those inside of it. */
    private void characterClass() {
        int from = at;
        int depth = 0;
        do {
            if (at == text.length()) {
                throw refusal(from, "a '[' without ']'");
            }
            char c = text.charAt(at);
            if (c == '\\') {
                escape();
                continue;
            }
            if (text.startsWith("&&", at) || text.startsWith("[]", at) || text.startsWith("[^]", at)) {
                throw refusal(at, "an intersection or an empty class");
            }
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth > DEEPEST) {
                throw refusal(at, "a class deeper than " + DEEPEST);
            }
            at++;
        } while (depth > 0);
    }

    private void escape() {
        int from = at;
        char c = at + 1 < text.length() ? text.charAt(at + 1) : 'A';
        int length;
        if ("rntsSdDwW".indexOf(c) >= 0 || (c < 0x80 && !Character.isLetterOrDigit(c))) {
            length = 2;
        } else if (c == 'p' || c == 'P') {
            length = text.indexOf('}', at) + 1 - at;
            if (length <= 0 || !text.substring(at + 2, at + length).matches("\\{\\^?[A-Za-z_]{1,40}}")) {
                throw refusal(from, "an incomplete property");
            }
        } else if (c == 'u' && text.substring(at + 2).matches("(?s)[0-9A-Fa-f]{4}.*")) {
            length = 6;
        } else {
            throw refusal(from, "an escape other than a property or a kind of character");
        }
        at += length;
    }

    private static boolean isSpaces(String atom) {
        if (!atom.startsWith("[")) {
            return SPACES.contains(atom);
        }
        // Possessive, since the other kinds of repetition are recursive.
        return atom.matches("\\[(?:[ \n\r\t]|\\\\[snrt])++]");
    }

    private IllegalArgumentException refusal(int where, String what) {
        return new IllegalArgumentException("expression \"" + shortened(text) + "\" has at character " + where + " "
                + what + "; expected one that cannot go back over a text, or a known model's");
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
