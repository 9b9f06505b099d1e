package org.lsradapt.tasks;

import java.util.Set;

/** Names of published tasks, which a custom task cannot take: a saved adapter finds its task by name. */
final class PublishedNames {

    private static final Set<String> ALL = Set.of(
            "wordnet",
            "wordnet-10k",
            "cola",
            "sst2",
            "sst-2",
            "mrpc",
            "stsb",
            "sts-b",
            "qqp",
            "mnli",
            "mnli-mm",
            "qnli",
            "rte",
            "wnli",
            "boolq",
            "cb",
            "copa",
            "wic",
            "wsc");

    private PublishedNames() {}

    static boolean has(String name) {
        return ALL.contains(name);
    }
}
