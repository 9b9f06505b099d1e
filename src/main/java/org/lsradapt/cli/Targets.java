package org.lsradapt.cli;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.LayerSelector;

/** What {@code --targets} means. */
final class Targets {
    static final String DESCRIPTION =
            "Layers to adapt: name suffixes, all-linear, or regex:EXPR over full names. Default: the query and value"
                    + " projections, by the model's names for them.";

    private static final String REGEX = "regex:";
    private static final String ALL = "all-linear";

    private Targets() {}

    /** Empty where the option was not given. */
    static Optional<LayerSelector> selector(String targets) {
        if (targets == null) {
            return Optional.empty();
        }
        if (targets.equals(ALL)) {
            return Optional.of(LayerSelector.allLinear());
        }
        return Optional.of(
                targets.startsWith(REGEX)
                        ? LayerSelector.regex(targets.substring(REGEX.length()))
                        : LayerSelector.suffixes(List.of(targets.split(",", -1))));
    }
}
