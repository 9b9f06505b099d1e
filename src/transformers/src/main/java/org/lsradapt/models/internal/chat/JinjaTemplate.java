package org.lsradapt.models.internal.chat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A Jinja template of messages, rendered as transformers renders it: with Jinja2's meaning of every construct, in its immutable
 * sandbox, where blocks lose the line end behind them and white space before them, and what values contain is text and no
 * template. What is not supported is refused, never rendered otherwise.
 *
 * <p>A template comes with a model and is not trusted. It sees the values that it is given and the functions of
 * {@link Functions}, and reaches nothing else: no Java object, no file, no other template. It has at most {@value #LONGEST}
 * characters and {@value Tokens#DEEPEST} blocks and parentheses within one another, makes texts of at most
 * {@value Budget#LONGEST_TEXT} characters and ranges of at most {@value Budget#LARGEST_RANGE}, and takes at most ten seconds;
 * {@link Budget} bounds the steps and the memory.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class JinjaTemplate {
    /** Longest template in characters. */
    static final int LONGEST = 200_000;

    private static final Duration SLOWEST = Duration.ofSeconds(10);

    private final Parser.Template template;

    /**
     * Checks a template.
     *
     * @throws IllegalArgumentException if it is too long, no valid template, or uses what is not supported; the message says which
     */
    public JinjaTemplate(String template) {
        if (template.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "is " + template.length() + " characters long, expected " + LONGEST + " at most");
        }
        try {
            this.template = Parser.read(template);
        } catch (Failure e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("nests too deep", e);
        }
    }

    /**
     * Renders it.
     *
     * @param values what it sees: texts, numbers, booleans, lists and maps
     * @return the text
     * @throws IllegalArgumentException if the template refuses the values or goes past a bound; the message says why
     */
    public String render(Map<String, ?> values) {
        return render(values, SLOWEST);
    }

    /** Renders it within a time. */
    String render(Map<String, ?> values, Duration slowest) {
        Budget budget = new Budget(slowest);
        try {
            Map<String, Object> seen = new HashMap<>(Functions.ALL);
            values.forEach((name, value) -> seen.put(name, Values.of(budget, value)));
            Text text = new Text(budget);
            template.body().run(new Frame(template.scope(), seen, budget), text);
            return text.toString();
        } catch (Failure e) {
            throw new IllegalArgumentException("line " + budget.line() + ": " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("line " + budget.line() + ": nests values too deep", e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("line " + budget.line() + ": cannot be rendered: " + e, e);
        }
    }
}
