package org.lsradapt.cli.training;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.LayerSelector;

/** Parses {@code --targets}. */
final class Targets {
    static final String DESCRIPTION =
            "Layers to adapt: name suffixes, all-linear, or regex:EXPR over full names; PART:NAMES for layers"
                    + " of one part of the model, such as CLIP's vision_model:q_proj,v_proj or"
                    + " text_model:all-linear. Layers that the training does not use, such as BERT's pooler for"
                    + " embeddings, are skipped. Default: the model's query and value projections, for CLIP and"
                    + " SigLIP in both towers.";

    private static final String REGEX = "regex:";
    private static final String ALL = "all-linear";

    private Targets() {}

    /** Returns the selector; empty if the option was not given. */
    static Optional<LayerSelector> selector(String targets) {
        if (targets == null) {
            return Optional.empty();
        }
        if (targets.startsWith(REGEX)) {
            return Optional.of(LayerSelector.regex(targets.substring(REGEX.length())));
        }
        int end = targets.indexOf(':');
        String names = targets.substring(end + 1);
        LayerSelector selector =
                names.equals(ALL) ? LayerSelector.allLinear() : LayerSelector.suffixes(List.of(names.split(",", -1)));
        return Optional.of(end < 0 ? selector : selector.under(targets.substring(0, end)));
    }
}
