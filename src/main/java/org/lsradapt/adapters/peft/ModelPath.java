package org.lsradapt.adapters.peft;

import java.util.List;
import java.util.Set;

/** Where layers and heads are in Hugging Face's models: {@code bert.encoder…} in a classifier, {@code encoder…} alone. */
final class ModelPath {

    /** The families that are read and written. */
    enum Family {
        BERT,
        ROBERTA
    }

    /** What PEFT puts before the model's own path. */
    static final String PEFT = "base_model.model.";

    /** What the names of a head's arrays begin with. */
    static final String HEAD = "classifier.";

    private static final List<String> BERT_HEAD = List.of("classifier.weight", "classifier.bias");
    private static final List<String> ROBERTA_HEAD = List.of(
            "classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias");

    private ModelPath() {}

    /** The encoder's path in a family's classifier, with a dot at its end. */
    static String of(Family family) {
        return family == Family.ROBERTA ? "roberta." : "bert.";
    }

    /** The encoder's path that a layer's path begins with; empty for a bare encoder's. */
    static String before(String layerPath) {
        for (Family family : Family.values()) {
            if (layerPath.startsWith(of(family))) {
                return of(family);
            }
        }
        return "";
    }

    /** The names of a family's head arrays; weights end in {@code .weight}. */
    static List<String> head(Family family) {
        return family == Family.ROBERTA ? ROBERTA_HEAD : BERT_HEAD;
    }

    /** The family whose head has these names, or null. */
    static Family familyOfHead(Set<String> names) {
        for (Family family : Family.values()) {
            if (names.equals(Set.copyOf(head(family)))) {
                return family;
            }
        }
        return null;
    }
}
