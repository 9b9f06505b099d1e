package org.lsradapt.cli;

import java.util.List;
import org.lsradapt.lsr.LsrConfig;

/** What the options of {@code finetune} are unless they are given. */
final class Defaults {

    static final String MODEL = "minilm";
    static final String TASK = "wordnet";
    static final List<String> METHODS = List.of("frozen", "lora", "lsr");
    static final List<Long> SEEDS = List.of(1L);
    static final String TARGETS = "query,value";

    /** Ranks, factors, scaling and start of LSR adapters. */
    static final LsrConfig LSR = LsrConfig.defaults();

    static final int LORA_RANK = 8;
    static final double LORA_ALPHA = 32;

    static final double LSR_RATE = 2e-3;
    static final double LORA_RATE = 1e-3;
    static final double HEAD_RATE = 5e-3;

    static final int BATCH = 32;
    static final int MAX_LENGTH = 128;
    static final double WEIGHT_DECAY = 0.01;
    static final double WARM_UP = 0.06;
    static final double CLIP = 1.0;

    private static final int EPOCHS = 5;
    private static final int WORDNET_EPOCHS = 6;

    private Defaults() {}

    /** Epochs for a task. */
    static int epochs(String task) {
        return task.equals(TASK) ? WORDNET_EPOCHS : EPOCHS;
    }
}
