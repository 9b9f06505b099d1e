package org.lsradapt.lsr;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.patterns.BoundedPattern;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * Selects the layers of a model to adapt, as PEFT's {@code target_modules} does: by a list of name suffixes, by a
 * regular expression that must match the full name, or all of them. Immutable, so threads may share it. It holds only
 * names; the selected layers still belong to their owner.
 */
public final class LayerSelector {
    private static final LayerSelector ALL = new LayerSelector("all-linear", List.of(), "", name -> true);

    private final String text;
    private final List<String> suffixes;
    /** The prefix of the layers' names, with its final dot; empty for all layers. */
    private final String beginning;

    private final Predicate<String> matches;

    private LayerSelector(String text, List<String> suffixes, String beginning, Predicate<String> matches) {
        this.text = text;
        this.suffixes = suffixes;
        this.beginning = beginning;
        this.matches = matches;
    }

    /** Every linear layer of the model, PEFT's {@code all-linear}. */
    public static LayerSelector allLinear() {
        return ALL;
    }

    /** Layers whose name is one of the suffixes, such as {@code attention.output.dense}, or ends with a dot and one of them. */
    public static LayerSelector suffixes(List<String> suffixes) {
        Require.argument(!suffixes.isEmpty(), "layer selector: no name suffixes, expected at least one");
        for (String suffix : suffixes) {
            Require.argument(!suffix.isBlank(), "layer selector: blank name suffix in %s", suffixes);
        }
        List<String> copy = List.copyOf(suffixes);
        return new LayerSelector(
                String.join(",", copy), copy, "", name -> copy.stream().anyMatch(suffix -> hasSuffix(name, suffix)));
    }

    /** Selects the layers with these full names, as a saved adapter lists them. */
    public static LayerSelector named(List<String> names) {
        Set<String> copy = Set.copyOf(names);
        return new LayerSelector(copy.size() + " by name", List.of(), "", copy::contains);
    }

    /**
     * Layers whose full name matches.
     *
     * @param expression a regular expression that {@link java.util.regex.Pattern} and Python's {@code re} read alike,
     *     such as
     *     <code>encoder\.layer\.[0-3]\..*\.(query|value)</code>: characters and classes of them, groups,
     *     alternatives, lookaheads, and greedy or reluctant repetitions up to 999 times
     * @throws IllegalArgumentException if it is not such an expression
     */
    public static LayerSelector regex(String expression) {
        BoundedPattern pattern = BoundedPattern.compile(expression);
        return new LayerSelector(expression, List.of(), "", pattern::matches);
    }

    /**
     * Restricts this selector to the layers of a part of the model.
     *
     * @param part the beginning of their full names, up to a dot: {@code vision_model}, {@code encoder.layer.0}
     * @return the selector; {@link #select(List)} fails if a suffix matches no layer of the part
     */
    public LayerSelector under(String part) {
        Require.argument(!part.isBlank(), "layer selector: a blank name of a part, expected such as vision_model");
        return new LayerSelector(
                part + ":" + text, suffixes, part + ".", name -> name.startsWith(part + ".") && matches.test(name));
    }

    /**
     * Whether the layer of this full name is adapted.
     *
     * @throws IllegalArgumentException if matching a regular expression takes too long
     */
    public boolean matches(String name) {
        return matches.test(name);
    }

    private static boolean hasSuffix(String name, String suffix) {
        return name.equals(suffix) || name.endsWith("." + suffix);
    }

    /**
     * The layers that match, in the given order.
     *
     * @return at least one layer
     * @throws IllegalArgumentException if none matches, or a suffix matches none; the message lists the names
     */
    public List<FrozenLinear> select(List<FrozenLinear> layers) {
        for (String suffix : suffixes) {
            Require.argument(
                    layers.stream()
                            .anyMatch(layer -> layer.name().startsWith(beginning) && hasSuffix(layer.name(), suffix)),
                    "layer selector: no layer's name %sends with '%s'; the layers are %s",
                    beginning.isEmpty() ? "" : "begins with '" + beginning + "' and ",
                    suffix,
                    names(layers));
        }
        List<FrozenLinear> selected =
                layers.stream().filter(layer -> matches(layer.name())).toList();
        Require.argument(
                !selected.isEmpty(), "layer selector: no layer matches %s; the layers are %s", this, names(layers));
        return selected;
    }

    /**
     * The layers that match and that the trained output reads, in the given order.
     *
     * @param read the layers that the trained output reads; adapters of other layers would have no effect
     * @return at least one layer
     * @throws IllegalArgumentException as {@link #select(List)}, or if none of the matching layers is read
     */
    public List<FrozenLinear> select(List<FrozenLinear> layers, List<FrozenLinear> read) {
        List<String> unread = unread(layers, read);
        List<FrozenLinear> selected = select(layers).stream()
                .filter(layer -> !unread.contains(layer.name()))
                .toList();
        Require.argument(
                !selected.isEmpty(),
                "layer selector: %s chooses %s, which the training does not read; the layers that it reads are %s",
                this,
                unread,
                names(read));
        return selected;
    }

    /**
     * The names of the layers that match but are not read.
     *
     * @param read the layers that the trained output reads
     * @throws IllegalArgumentException as {@link #select(List)}
     */
    public List<String> unread(List<FrozenLinear> layers, List<FrozenLinear> read) {
        Set<String> names = Set.copyOf(names(read));
        return names(select(layers)).stream()
                .filter(name -> !names.contains(name))
                .toList();
    }

    private static List<String> names(List<FrozenLinear> layers) {
        return layers.stream().map(FrozenLinear::name).toList();
    }

    @Override
    public String toString() {
        return text;
    }
}
