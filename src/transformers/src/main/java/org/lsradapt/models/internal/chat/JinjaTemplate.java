package org.lsradapt.models.internal.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaNodePreProcessor;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;
import org.lsradapt.models.internal.chat.TemplateFunctions.Raised;

/**
 * A Jinja template of messages, as transformers renders it: blocks lose the line end behind them and white space before them,
 * and what values contain is text and no template.
 *
 * <p>A template comes with a model and is not trusted. It sees the values that it is given and reaches nothing else: there is no
 * reflection, no file, no other template. It is at most {@value #LONGEST} characters, makes at most {@value #LONGEST_OUTPUT},
 * lists of at most {@value #LARGEST_LIST}, nests at most {@value #DEEPEST} deep, and takes at most ten seconds.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class JinjaTemplate {
    /** Longest template in characters. */
    static final int LONGEST = 200_000;

    /** Longest text in characters. */
    static final int LONGEST_OUTPUT = 16_000_000;

    static final int LARGEST_LIST = 100_000;
    static final int DEEPEST = 40;

    private static final Duration SLOWEST = Duration.ofSeconds(10);
    private static final String DEADLINE = "deadline of this rendering";
    private static final Pattern CONDITION = Pattern.compile("\\bif\\b");
    private static final Pattern BEFORE_BLOCK = Pattern.compile("(\\A|\n)[^\\S\n]+(\\{[%#])(?!\\+)");
    private static final Pattern BEHIND_BLOCK = Pattern.compile("(?<!\\+)([%#]\\})\n");
    private static final Engine ENGINE = new Engine();

    private final String template;

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
        this.template = trimmed(template);
        JinjavaInterpreter interpreter = ENGINE.newInterpreter();
        requireSupported(interpreter.parse(this.template));
        interpreter.getErrorsCopy().stream().findFirst().ifPresent(error -> {
            throw failure(error);
        });
    }

    /**
     * With line feeds alone, and without the white space that Jinja leaves out: before a block at a line's beginning, the line end behind a block, and one at the
     * end. Jinjava's own settings leave out more.
     */
    private static String trimmed(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        String whole = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
        String begun = BEFORE_BLOCK.matcher(whole).replaceAll("$1$2");
        return BEHIND_BLOCK.matcher(begun).replaceAll("$1");
    }

    /** Jinjava always renders the else of a loop, and leaves its condition out. */
    private static void requireSupported(Node node) {
        boolean loops = node instanceof TagNode tag && tag.getName().equals("for");
        if (loops && CONDITION.matcher(((TagNode) node).getHelpers()).find()) {
            throw new IllegalArgumentException(
                    "line " + node.getLineNumber() + ": {% for %} with a condition is not supported");
        }
        for (Node child : node.getChildren()) {
            if (loops && child instanceof TagNode tag && tag.getName().equals("else")) {
                throw new IllegalArgumentException(
                        "line " + child.getLineNumber() + ": {% for %} with {% else %} is not supported");
            }
            requireSupported(child);
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
        Map<String, Object> all = new HashMap<>(values);
        // Templates ask whether these functions are defined.
        all.put("strftime_now", true);
        all.put("raise_exception", true);
        all.put(DEADLINE, new End(System.nanoTime() + slowest.toNanos(), slowest));
        RenderResult result;
        try {
            result = ENGINE.renderForResult(template, all);
        } catch (StackOverflowError | RuntimeException e) {
            throw new IllegalArgumentException("cannot be rendered: " + reason(e), e);
        }
        result.getErrors().stream().findFirst().ifPresent(error -> {
            throw failure(error);
        });
        return result.getOutput();
    }

    private static IllegalArgumentException failure(TemplateError error) {
        return new IllegalArgumentException(
                "line " + error.getLineno() + ": "
                        + (error.getException() == null ? error.getMessage() : reason(error.getException())),
                error.getException());
    }

    /** The template's own message, if it raised one. */
    private static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Raised) {
                return cause.getMessage();
            }
        }
        return String.valueOf(failure.getMessage());
    }

    /** Jinjava with Python's expressions, and without what reaches out of a template. */
    private static final class Engine extends Jinjava {
        private final ExpressionFactory expressions = new ExpressionFactoryImpl(
                new TreeStore(new PythonSyntax(), new Cache(4096)), new TruthyTypeConverter());

        Engine() {
            super(JinjavaConfig.newBuilder()
                    .withKeepTrailingNewline(true)
                    .withNestedInterpretationEnabled(false)
                    .withLegacyOverrides(LegacyOverrides.newBuilder()
                            .withEvaluateMapKeys(true)
                            .withIterateOverMapKeys(true)
                            .withUsePyishObjectMapper(true)
                            .withUseSnakeCasePropertyNaming(true)
                            .withParseWhitespaceControlStrictly(true)
                            .withUseTrimmingForNotesAndExpressions(true)
                            .withKeepNullableLoopValues(true)
                            .withHandleBackslashInQuotesOnly(true)
                            .withUseNaturalOperatorPrecedence(true)
                            .build())
                    .withElResolver(new SafeResolver())
                    .withDisabled(Map.of(Library.TAG, Set.of("include", "import", "from", "extends")))
                    .withProcessors(JinjavaProcessors.newBuilder()
                            .withNodePreProcessor(new Deadline())
                            .build())
                    .withMaxOutputSize(LONGEST_OUTPUT)
                    .withMaxStringLength(LONGEST_OUTPUT)
                    .withMaxListSize(LARGEST_LIST)
                    .withMaxMapSize(LARGEST_LIST)
                    .withRangeLimit(LARGEST_LIST)
                    .withMaxRenderDepth(DEEPEST)
                    .withEnableRecursiveMacroCalls(true)
                    .withMaxMacroRecursionDepth(DEEPEST)
                    .build());
            setResourceLocator((name, encoding, interpreter) -> {
                throw new IllegalStateException("templates read no files");
            });
            Context context = getGlobalContext();
            context.registerFunction(
                    new ELFunctionDefinition("", "raise_exception", TemplateFunctions.class, "raise", String.class));
            context.registerFunction(
                    new ELFunctionDefinition("", "strftime_now", TemplateFunctions.class, "now", String.class));
            context.registerFilter(new TemplateFunctions.Trim());
            context.registerFilter(new TemplateFunctions.ToJson());
            context.registerTag(new Generation());
        }

        @Override
        public ExpressionFactory getExpressionFactory() {
            return expressions;
        }
    }

    /** The moment by which a rendering has to end, on the clock of {@link System#nanoTime}, and the time that it was given. */
    private record End(long nanos, Duration slowest) {}

    /** Looks at the clock before each node. */
    private static final class Deadline extends JinjavaNodePreProcessor {
        @Override
        public void accept(Node node, JinjavaInterpreter interpreter) {
            super.accept(node, interpreter);
            Object deadline = interpreter.getContext().get(DEADLINE);
            if (deadline instanceof End end && System.nanoTime() - end.nanos() > 0) {
                throw new Raised("took more than " + end.slowest().toSeconds() + " seconds");
            }
        }
    }

    /** TRL's mark of what an assistant writes, which is rendered as if it was not there. */
    private static final class Generation implements Tag {
        private static final long serialVersionUID = 1L;

        @Override
        public String getName() {
            return "generation";
        }

        @Override
        public String getEndTagName() {
            return "endgeneration";
        }

        @Override
        public String interpret(TagNode node, JinjavaInterpreter interpreter) {
            StringBuilder text = new StringBuilder();
            node.getChildren().forEach(child -> text.append(child.render(interpreter)));
            return text.toString();
        }
    }
}
