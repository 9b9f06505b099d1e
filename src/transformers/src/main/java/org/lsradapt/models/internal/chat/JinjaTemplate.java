package org.lsradapt.models.internal.chat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A Jinja template of messages, rendered as transformers renders it: with Jinja2's meaning of every construct, in its immutable sandbox.
 * Blocks lose the line end after them and white space before them. Text in values is never read as a template. Unsupported constructs are
 * refused.
 *
 * <p>A template comes with a model and is not trusted. It reaches its values and the functions of {@link Functions}, but no Java object,
 * file or other template. It has at most {@value #LONGEST} characters and {@value Tokens#DEEPEST} nested blocks and parentheses, makes
 * texts of at most {@value Budget#LONGEST_TEXT} characters and ranges of at most {@value Budget#LARGEST_RANGE}, and takes at most ten
 * seconds; {@link Budget} bounds the steps and the memory.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class JinjaTemplate {
    /** Longest template in characters. */
    static final int LONGEST = 200_000;

    private static final Duration SLOWEST = Duration.ofSeconds(10);

    private final Parser.Template template;

    /** Checks a template; an exception says why it is too long, not valid or not supported. */
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

    /** Renders the template with texts, numbers, booleans, lists and maps by name; an exception says what it refuses. */
    public String render(Map<String, ?> values) {
        return render(values, SLOWEST);
    }

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
