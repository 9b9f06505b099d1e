package org.lsradapt.models.internal.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions and filters that transformers gives to a template, or that Jinjava has in another form. */
final class TemplateFunctions {
    private static final JsonMapper JSON = new JsonMapper();

    private static final Separators AS_PYTHON = Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");

    /** Java's form of each letter behind a percent sign. */
    private static final Map<Character, String> DATE_PARTS = Map.ofEntries(
            Map.entry('Y', "uuuu"),
            Map.entry('y', "uu"),
            Map.entry('m', "MM"),
            Map.entry('B', "MMMM"),
            Map.entry('b', "MMM"),
            Map.entry('d', "dd"),
            Map.entry('j', "DDD"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"));

    private TemplateFunctions() {}

    /** The exception of {@code raise_exception}, with the template's message. */
    static final class Raised extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Raised(String message) {
            super(message);
        }
    }

    /** The function {@code raise_exception}. */
    @SuppressWarnings("DoNotCallSuggester") // Templates call it, and mean that.
    public static String raise(String message) {
        throw new Raised(message);
    }

    /** The function {@code strftime_now}: the time now in English. */
    public static String now(String format) {
        return date(format, ZonedDateTime.now(ZoneId.systemDefault()));
    }

    /** A time in one of Python's formats. */
    static String date(String format, ZonedDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char part = format.charAt(++i);
            String pattern = DATE_PARTS.get(part);
            if (pattern == null && part != '%') {
                throw new Raised("strftime_now: %" + part + " is not supported");
            }
            text.append(
                    pattern == null
                            ? "%"
                            : DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)
                                    .format(time));
        }
        return text.toString();
    }

    /** The filter {@code trim}, with Python's notion of white space. */
    static final class Trim implements Filter {
        @Override
        public String getName() {
            return "trim";
        }

        @Override
        public @Nullable Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            return value == null
                    ? ""
                    : PythonStrings.strip(value.toString(), arguments.length == 0 ? null : arguments[0], true, true);
        }
    }

    /** The filter {@code tojson}, spaced as Python's {@code json.dumps}. */
    static final class ToJson implements Filter {
        @Override
        public String getName() {
            return "tojson";
        }

        @Override
        public Object filter(
                @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
            if (arguments.length > 0
                    || !named.keySet().stream().allMatch(name -> name.equals("indent") || name.equals("ensure_ascii"))
                    || Boolean.TRUE.equals(named.get("ensure_ascii"))) {
                throw new Raised("tojson: expected no arguments but indent, and ensure_ascii=false");
            }
            return json(value, named.get("indent"));
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            return json(value, null);
        }

        private static String json(@Nullable Object value, @Nullable Object indent) {
            try {
                return JSON.writer(printer(indent)).writeValueAsString(value);
            } catch (JsonProcessingException e) {
                throw new Raised("tojson: " + e.getOriginalMessage());
            }
        }

        private static PrettyPrinter printer(@Nullable Object indent) {
            if (indent == null) {
                return new DefaultPrettyPrinter(
                                AS_PYTHON.withObjectEntrySpacing(Spacing.AFTER).withArrayValueSpacing(Spacing.AFTER))
                        .withObjectIndenter(DefaultPrettyPrinter.NopIndenter.instance)
                        .withArrayIndenter(DefaultPrettyPrinter.NopIndenter.instance);
            }
            if (!(indent instanceof Number spaces) || spaces.longValue() < 0 || spaces.longValue() > 16) {
                throw new Raised("tojson: indent is " + indent + ", expected a number of spaces from 0 to 16");
            }
            DefaultIndenter lines = new DefaultIndenter(" ".repeat(spaces.intValue()), "\n");
            return new DefaultPrettyPrinter(AS_PYTHON).withObjectIndenter(lines).withArrayIndenter(lines);
        }
    }
}
