package org.lsradapt.lsr;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.lsr.internal.Require;

/**
 * A configuration as one line of text, for formats that store it with an adapter's parameters:
 *
 * <pre>
 *   r=4 s=16 d=2 alpha=4.0 rule=alpha in= out= rank= lambda=false init=zero-update seed=1
 * </pre>
 *
 * <p>Factor sizes are joined by {@code x}; empty means the balanced split.
 */
public final class LsrConfigText {
    private static final List<String> KEYS =
            List.of("r", "s", "d", "alpha", "rule", "in", "out", "rank", "lambda", "init", "seed");

    private LsrConfigText() {}

    /** Formats a configuration; {@link #parse} of the result gives an equal configuration. */
    public static String format(LsrConfig config) {
        List<Object> values = List.of(
                config.bottleneckRank(),
                config.separationRank(),
                config.factorCount(),
                config.alpha(),
                config.scalingRule().label(),
                join(config.inFactors()),
                join(config.outFactors()),
                join(config.rankFactors()),
                config.termWeights(),
                config.initialization().label(),
                config.seed());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < KEYS.size(); i++) {
            text.append(i == 0 ? "" : " ").append(KEYS.get(i)).append('=').append(values.get(i));
        }
        return text.toString();
    }

    /**
     * Reads a line.
     *
     * @param text a line as {@link #format} writes it, with each key exactly once
     * @throws IllegalArgumentException if a key is missing, unknown or repeated, or a value does not fit; the message
     *     contains the line
     */
    public static LsrConfig parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : text.strip().split(" +")) {
            int equals = part.indexOf('=');
            Require.argument(
                    equals > 0 && KEYS.contains(part.substring(0, equals)),
                    "LSR configuration '%s': '%s' is not KEY=VALUE with a key of %s",
                    text,
                    part,
                    KEYS);
            Require.argument(
                    values.put(part.substring(0, equals), part.substring(equals + 1)) == null,
                    "LSR configuration '%s': '%s' repeats a key",
                    text,
                    part);
        }
        Require.argument(
                values.size() == KEYS.size(),
                "LSR configuration '%s': has %s, expected %s",
                text,
                values.keySet(),
                KEYS);
        String lambda = values.get("lambda");
        Require.argument(
                lambda.equals("true") || lambda.equals("false"),
                "LSR configuration '%s': lambda is '%s', expected true or false",
                text,
                lambda);
        try {
            return new LsrConfig(
                    Integer.parseInt(values.get("r")),
                    Integer.parseInt(values.get("s")),
                    Integer.parseInt(values.get("d")),
                    Double.parseDouble(values.get("alpha")),
                    ScalingRule.named(values.get("rule")),
                    split(values.get("in")),
                    split(values.get("out")),
                    split(values.get("rank")),
                    Boolean.parseBoolean(lambda),
                    Initialization.named(values.get("init")),
                    Long.parseLong(values.get("seed")));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("LSR configuration '" + text + "': " + e.getMessage(), e);
        }
    }

    private static String join(List<Integer> sizes) {
        return sizes.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    private static List<Integer> split(String sizes) {
        return sizes.isEmpty()
                ? List.of()
                : Arrays.stream(sizes.split("x", -1)).map(Integer::valueOf).toList();
    }
}
