package org.lsradapt.tasks;

import java.util.List;
import java.util.Map;

/** How well each of several labels is found, and all of them together. */
public sealed interface LabelScores permits EntityScores, MultiLabelScores {

    /** The score of each label. */
    List<LabelScore> types();

    /** That of all together, each occurrence counted once (the micro average). */
    LabelScore all();

    /** The metrics by name, in the order in which they choose the best epoch; cannot be modified. */
    Map<String, Double> metrics();

    /** The noun for the counted items, for reports. */
    String counted();
}
