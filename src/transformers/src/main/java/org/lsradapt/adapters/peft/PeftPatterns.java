package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.lsradapt.lsr.internal.patterns.BoundedPattern;

/**
 * The expressions of one {@code adapter_config.json}, each compiled once. All expressions share a limit of steps, so matching ends for
 * any number of expressions and layers.
 */
final class PeftPatterns {

    /** For comparison, the 882 linear layers of the largest LLaMA with a pattern each take 30 million steps. */
    private static final long STEPS = 50_000_000;

    private final String location;
    private final BoundedPattern.Steps steps = new BoundedPattern.Steps(STEPS);
    private final Map<PeftRules, Map<String, BoundedPattern>> keys = new EnumMap<>(PeftRules.class);
    private final Map<String, BoundedPattern> targets = new HashMap<>();

    PeftPatterns(String location) {
        this.location = location;
    }

    boolean targets(String expression, String path) throws IOException {
        return found(path, () -> compiled(targets, expression, expression).matches(path, steps));
    }

    /** Whether the key of a pattern matches the path of a layer by the rules of a version: Python's {@code re.match}. */
    boolean key(PeftRules rules, String key, boolean lycoris, String path) throws IOException {
        Map<String, BoundedPattern> ofRules = keys.computeIfAbsent(rules, any -> new HashMap<>());
        return found(
                path,
                () -> compiled(ofRules, key, rules.expression(key, lycoris)).begins(path, steps));
    }

    private static BoundedPattern compiled(Map<String, BoundedPattern> known, String name, String expression) {
        return known.computeIfAbsent(name, any -> BoundedPattern.compile(expression));
    }

    private boolean found(String path, BooleanSupplier match) throws IOException {
        if (path.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IOException(location + ": layer '" + path + "' has a character beyond printable ASCII, which"
                    + " expressions may read differently in Python");
        }
        try {
            return match.getAsBoolean();
        } catch (IllegalArgumentException e) {
            throw new IOException(location + ": " + e.getMessage(), e);
        }
    }
}
