package org.lsradapt.cli;

import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;

/** What is trained beside the head. */
enum Method {
    /** Nothing. */
    FROZEN,
    /** LoRA adapters. */
    LORA,
    /** LSR adapters. */
    LSR;

    /** The name in options, files and tables. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Method named(String label) {
        return Require.named("method", label, values(), Method::label);
    }

    /** The adapters' configuration, or null where there are none. */
    LsrConfig config(FinetuneSettings settings) {
        return switch (this) {
            case FROZEN -> null;
            case LORA -> settings.lora();
            case LSR -> settings.lsr();
        };
    }

    /** The peak learning rate of what is trained beside the head; of the head where that is all. */
    double learningRate(FinetuneSettings settings) {
        return switch (this) {
            case FROZEN -> settings.headRate();
            case LORA -> settings.loraRate();
            case LSR -> settings.lsrRate();
        };
    }

    /** Fresh adapters, or null where there are none. */
    AdapterSet adapters(FinetuneSettings settings, List<FrozenLinear> layers, long seed, Backend backend) {
        LsrConfig config = config(settings);
        if (config == null) {
            return null;
        }
        AdapterSet adapters = AdapterSet.create(layers, config.withSeed(seed), backend);
        PrecisionOptions.skew(adapters, settings.skew());
        return adapters;
    }
}
