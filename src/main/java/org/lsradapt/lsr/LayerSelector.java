package org.lsradapt.lsr;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which layers of a model are adapted, chosen as in PEFT's {@code target_modules}: by a list of name suffixes, or by
 * a regular expression that must match the full name. Immutable, so threads may share it; it holds names only, and
 * the layers that it selects stay their owner's.
 */
public final class LayerSelector {
    private final List<String> suffixes;
    private final Pattern pattern;

    private LayerSelector(List<String> suffixes, Pattern pattern) {
        this.suffixes = suffixes;
        this.pattern = pattern;
    }

    /**
     * Layers whose name is one of the suffixes or ends with a dot and one of them.
     *
     * @param suffixes such as {@code query}, {@code attention.output.dense}; at least one
     * @return the selector
     */
    public static LayerSelector suffixes(List<String> suffixes) {
        Require.argument(!suffixes.isEmpty(), "layer selector: no name suffixes, expected at least one");
        for (String suffix : suffixes) {
            Require.argument(!suffix.isBlank(), "layer selector: blank name suffix in %s", suffixes);
        }
        return new LayerSelector(List.copyOf(suffixes), null);
    }

    /**
     * Layers whose full name matches.
     *
     * @param expression a regular expression, such as <code>encoder\.layer\.[0-3]\..*\.(query|value)</code>
     * @return the selector
     * @throws IllegalArgumentException if it is not a regular expression
     */
    public static LayerSelector regex(String expression) {
        try {
            return new LayerSelector(List.of(), Pattern.compile(expression));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "layer selector: '" + expression + "' is not a regular expression: " + e.getDescription(), e);
        }
    }

    /** Whether the layer of this full name is adapted. */
    public boolean matches(String name) {
        if (pattern != null) {
            return pattern.matcher(name).matches();
        }
        return suffixes.stream().anyMatch(suffix -> name.equals(suffix) || name.endsWith("." + suffix));
    }

    /**
     * The layers that match, in the given order.
     *
     * @param layers the model's linear layers
     * @return at least one layer
     * @throws IllegalArgumentException if none matches, or a suffix matches none; the message lists the names
     */
    public List<FrozenLinear> select(List<FrozenLinear> layers) {
        for (String suffix : suffixes) {
            LayerSelector one = new LayerSelector(List.of(suffix), null);
            Require.argument(
                    layers.stream().anyMatch(layer -> one.matches(layer.name())),
                    "layer selector: no layer's name ends with '%s'; the layers are %s",
                    suffix,
                    names(layers));
        }
        List<FrozenLinear> selected =
                layers.stream().filter(layer -> matches(layer.name())).toList();
        Require.argument(
                !selected.isEmpty(), "layer selector: no layer matches %s; the layers are %s", this, names(layers));
        return selected;
    }

    private static List<String> names(List<FrozenLinear> layers) {
        return layers.stream().map(FrozenLinear::name).toList();
    }

    /** The suffixes, or empty for a regular expression. */
    public List<String> suffixes() {
        return suffixes;
    }

    /** The regular expression, or null for suffixes. */
    public String expression() {
        return pattern == null ? null : pattern.pattern();
    }

    @Override
    public String toString() {
        return pattern == null ? String.join(",", suffixes) : pattern.pattern();
    }
}
