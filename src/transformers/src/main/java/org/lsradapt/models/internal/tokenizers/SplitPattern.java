package org.lsradapt.models.internal.tokenizers;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides which regular expressions of a {@code tokenizer.json} may run. The native engine backtracks. It ends the
 * process if a search exceeds its limit, or if classes or groups are nested too deeply.
 *
 * <p>The expressions of known models are allowed, and so are alternatives that never backtrack: characters and classes,
 * of which one may be optional, a later one may repeat without bound, and so may the last.
 */
final class SplitPattern {

    private static final int LONGEST = 5000;

    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String BEFORE = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String CAPITALIZED = BEFORE + UPPER + "*" + LOWER + "+";
    private static final String CAPITALS = BEFORE + UPPER + "+" + LOWER + "*";

    /** Alternatives that backtrack at most once over the text that they, or the next of them, match. */
    private static final List<String> KNOWN = List.of(
            CONTRACTION,
            CAPITALIZED + "|" + CAPITALS,
            CAPITALIZED + CONTRACTION + "?|" + CAPITALS + CONTRACTION + "?",
            "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
            "\\s*[\\r\\n]+|\\s+",
            "\\s+(?!\\S)",
            " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+");

    /** Backtracks over white space in the middle of a text. */
    private static final String LAST_SPACE = "\\s+$";

    private static final String ATOM =
            "(?:[^\\\\\\[\\](){}|^$.*+?]|\\\\[dDsSwWrntvf]|\\\\[^\\w\\s]|\\\\[pP]\\{\\^?\\w+\\}"
                    + "|\\[\\^?(?:[^\\[\\]\\\\]|\\\\[^\\dgkoRuxX])++\\])";
    private static final String PLAIN = ATOM + "{0,100}(?:" + ATOM + "(?:\\?\\+?|\\{\\d(?:,\\d)?\\}))?(?:" + ATOM
            + "(?:[+*]\\+?|\\{\\d,\\}))?(?:" + ATOM + "\\*)?";
    private static final String SPACE =
            "(?:[ \\n\\r\\t]|\\\\[snrt]|\\[(?:[ \\n\\r\\t]|\\\\[snrt])++\\])(?:\\+|\\{[1-9],?\\d?\\})?";

    private static final Pattern ALLOWED =
            alternatives(KNOWN.stream().map(Pattern::quote).collect(Collectors.joining("|", "", "|")) + PLAIN);
    private static final Pattern SPACES = alternatives(SPACE);

    /** A class of ASCII punctuation without ranges, nested classes, negation or intersection. */
    private static final Pattern PUNCTUATION = Pattern.compile(
            "\\[(?!\\^)(?:[!\"#$%'()*+./:;<=>?@^_`{|}~]|&(?!&)|,-\\.|,(?!-)|\\\\[!-/:-@\\[-`{-~])++\\]\\+?");

    private SplitPattern() {}

    /** Atomic and possessive: no recursion, and no second look at an alternative. */
    private static Pattern alternatives(String one) {
        String whole = "(?>(?:" + one + ")(?=\\||\\z))";
        return Pattern.compile(whole + "(?:\\|" + whole + ")*+");
    }

    /** Checks an expression at which texts are split; refuses one that is not allowed. */
    static String checked(String expression) {
        boolean allowed = expression.equals(LAST_SPACE)
                || (expression.length() <= LONGEST
                        && ALLOWED.matcher(expression).matches());
        return required(allowed, expression, "cannot go back over a text, or a known model's");
    }

    /** Checks an expression that is replaced: it may match only white space or only punctuation, and not nothing. */
    static String checkedReplaced(String expression) {
        boolean allowed = expression.length() <= LONGEST
                && (SPACES.matcher(expression).matches()
                        || PUNCTUATION.matcher(expression).matches());
        return required(allowed, expression, "matches white space or punctuation alone, as those of known models do");
    }

    private static String required(boolean allowed, String expression, String expected) {
        if (!allowed) {
            String shown = expression.length() <= 100 ? expression : expression.substring(0, 100) + "...";
            throw new IllegalArgumentException("found expression \"" + shown + "\", expected one that " + expected);
        }
        return expression;
    }
}
