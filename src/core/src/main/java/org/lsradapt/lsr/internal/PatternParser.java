package org.lsradapt.lsr.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the expression of a {@link BoundedPattern}. */
final class PatternParser {

    /** Groups in groups; reading and matching are recursive. */
    private static final int DEEPEST = 100;

    private static final Pattern COUNTS = Pattern.compile("\\{(\\d{1,9})(,(\\d{0,9}))?\\}");

    /** Letters that stand for one character behind a \\, and which. */
    private static final String LETTERS = "tnrf";

    private static final String LETTERS_MEAN = "\t\n\r\f";
    private static final String SPACES = " \t\n\u000b\f\r";
    private static final String LINE_ENDS = "\n\r\u0085\u2028\u2029";

    private final String expression;
    private int position;
    private int depth;

    PatternParser(String expression) {
        this.expression = expression;
    }

    PatternPart parse() {
        PatternPart all = alternatives();
        if (hasNext()) {
            throw failure("a ) without a (");
        }
        return all;
    }

    private PatternPart alternatives() {
        List<PatternPart> alternatives = new ArrayList<>();
        do {
            List<PatternPart> sequence = new ArrayList<>();
            while (hasNext() && peek() != '|' && peek() != ')') {
                sequence.add(repeated());
            }
            alternatives.add(PatternPart.sequence(sequence));
        } while (skip("|"));
        return alternatives.size() == 1 ? alternatives.get(0) : PatternPart.alternatives(alternatives);
    }

    private PatternPart repeated() {
        PatternPart part = one();
        int least;
        int most;
        if (skip("*")) {
            least = 0;
            most = Integer.MAX_VALUE;
        } else if (skip("+")) {
            least = 1;
            most = Integer.MAX_VALUE;
        } else if (skip("?")) {
            least = 0;
            most = 1;
        } else {
            Matcher counts = COUNTS.matcher(expression).region(position, expression.length());
            if (!counts.lookingAt()) {
                return part;
            }
            position = counts.end();
            least = Integer.parseInt(counts.group(1));
            most = counts.group(2) == null
                    ? least
                    : counts.group(3).isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(counts.group(3));
            if (most < least) {
                throw failure("a repetition of " + least + " to " + most + " times");
            }
        }
        // How much is tried first makes no difference to whether all of a text matches.
        skip("?");
        if (hasNext() && "*+?{".indexOf(peek()) >= 0) {
            throw failure("a repetition of a repetition");
        }
        return PatternPart.repeated(part, least, most);
    }

    private PatternPart one() {
        return switch (peek()) {
            case '(' -> group();
            case '^', '$' -> PatternPart.edge(expression.charAt(position++) == '$');
            case '.' -> {
                position++;
                yield PatternPart.character(c -> LINE_ENDS.indexOf(c) < 0, 1);
            }
            case '[' -> {
                position++;
                yield characters();
            }
            case '*', '+', '?', '{' -> throw failure("a repetition of nothing");
            default -> PatternPart.character(character(), 1);
        };
    }

    private PatternPart group() {
        if (++depth > DEEPEST) {
            throw unsupported("a group deeper than " + DEEPEST);
        }
        boolean ahead = skip("(?=");
        boolean notAhead = !ahead && skip("(?!");
        if (!ahead && !notAhead && !skip("(?:")) {
            skip("(");
            if (hasNext() && peek() == '?') {
                throw unsupported("a group of another kind than (...), (?:...), (?=...) or (?!...)");
            }
        }
        PatternPart inside = alternatives();
        if (!skip(")")) {
            throw failure("a ( without a )");
        }
        depth--;
        return ahead || notAhead ? PatternPart.lookahead(inside, ahead) : inside;
    }

    /** A class behind its [. */
    private PatternPart characters() {
        boolean others = skip("^");
        List<IntPredicate> any = new ArrayList<>();
        while (any.isEmpty() || !skip("]")) {
            if (!hasNext()) {
                throw failure("a [ without a ]");
            }
            if (peek() == '[' || expression.startsWith("&&", position) || (any.isEmpty() && peek() == ']')) {
                throw unsupported("a class in a class, or one that begins with ],");
            }
            any.add(range());
        }
        return PatternPart.character(c -> any.stream().anyMatch(one -> one.test(c)) != others, any.size());
    }

    private IntPredicate range() {
        int least = code();
        IntPredicate one = character();
        if (!expression.startsWith("-", position) || expression.startsWith("-]", position)) {
            return one;
        }
        position++;
        int most = hasNext() ? code() : -1;
        if (least < 0 || most < least) {
            throw failure("a range that is none");
        }
        character();
        return c -> c >= least && c <= most;
    }

    /** The character that the next one stands for, or -1 if it stands for several. */
    private int code() {
        int c = expression.codePointAt(position);
        if (c != '\\') {
            return c;
        }
        if (position + 1 == expression.length()) {
            throw failure("a \\ with nothing behind it");
        }
        char escaped = expression.charAt(position + 1);
        int letter = LETTERS.indexOf(escaped);
        return letter >= 0 ? LETTERS_MEAN.charAt(letter) : Character.isLetterOrDigit(escaped) ? -1 : escaped;
    }

    /** The next character, or those that a letter behind a \\ stands for. */
    private IntPredicate character() {
        int code = code();
        if (code >= 0) {
            position += peek() == '\\' ? 2 : Character.charCount(code);
            return c -> c == code;
        }
        char letter = expression.charAt(position + 1);
        IntPredicate several = switch (Character.toLowerCase(letter)) {
            case 'd' -> c -> c >= '0' && c <= '9';
            case 'w' -> c -> c < 0x80 && (Character.isLetterOrDigit(c) || c == '_');
            case 's' -> c -> SPACES.indexOf(c) >= 0;
            default -> throw unsupported("\\" + letter);
        };
        position += 2;
        return Character.isUpperCase(letter) ? several.negate() : several;
    }

    private boolean hasNext() {
        return position < expression.length();
    }

    private char peek() {
        return expression.charAt(position);
    }

    private boolean skip(String text) {
        boolean there = expression.startsWith(text, position);
        position += there ? text.length() : 0;
        return there;
    }

    private IllegalArgumentException failure(String complaint) {
        return new IllegalArgumentException("'" + BoundedPattern.shortened(expression)
                + "' is not a regular expression: " + complaint + " at character " + (position + 1));
    }

    private IllegalArgumentException unsupported(String what) {
        return new IllegalArgumentException("regular expression '" + BoundedPattern.shortened(expression) + "': " + what
                + " at character " + (position + 1) + " is not supported");
    }
}
