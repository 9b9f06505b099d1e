package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.lsradapt.lsr.internal.BoundedPattern;

/**
 * The expressions of one {@code adapter_config.json}, each compiled once. However many there are, on however many layers,
 * they end: all have so many steps together.
 */
final class PeftPatterns {

    /** The 882 linear layers of the largest LLaMA with a pattern each take 30 million. */
    private static final long STEPS = 50_000_000;

    private final String location;
    private final BoundedPattern.Steps steps = new BoundedPattern.Steps(STEPS);
    private final Map<PeftRules, Map<String, BoundedPattern>> keys = new EnumMap<>(PeftRules.class);
    private final Map<String, BoundedPattern> targets = new HashMap<>();

    /** None are compiled yet. */
    PeftPatterns(String location) {
        this.location = location;
    }

    /** Whether {@code target_modules}, which is an expression, matches the path of a layer. */
    boolean targets(String expression, String path) throws IOException {
        return matches(targets, expression, path, expression);
    }

    /** Whether the key of a pattern matches the path of a layer, by the rules of a version. */
    boolean key(PeftRules rules, String key, boolean lokr, String path) throws IOException {
        Map<String, BoundedPattern> compiled = keys.computeIfAbsent(rules, any -> new HashMap<>());
        return matches(compiled, key, path, compiled.containsKey(key) ? key : rules.expression(key, lokr));
    }

    private boolean matches(Map<String, BoundedPattern> compiled, String name, String path, String expression)
            throws IOException {
        try {
            return compiled.computeIfAbsent(name, any -> BoundedPattern.compile(expression))
                    .matches(path, steps);
        } catch (IllegalArgumentException e) {
            throw new IOException(location + ": " + e.getMessage(), e);
        }
    }
}
