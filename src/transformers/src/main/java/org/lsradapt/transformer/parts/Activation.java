package org.lsradapt.transformer.parts;

import java.util.List;

/** Activation functions, under the names of Hugging Face's {@code hidden_act}. */
public enum Activation {
    /** x·Φ(x), the exact (erf) form. */
    GELU("gelu"),
    /** ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))). */
    GELU_TANH("gelu_new", "gelu_pytorch_tanh"),
    /** x·σ(1.702x). */
    QUICK_GELU("quick_gelu"),
    /** x·σ(x), σ(x) = 1/(1 + e⁻ˣ). */
    SILU("silu", "swish"),
    /** max(0, x), with derivative 0 at 0. */
    RELU("relu"),
    /** tanh(x). */
    TANH("tanh");

    private final List<String> labels;

    Activation(String... labels) {
        this.labels = List.of(labels);
    }

    /** The first name. */
    public String label() {
        return labels.get(0);
    }

    /** Finds a function; the exception for an unknown name lists all. */
    public static Activation named(String label) {
        for (Activation activation : values()) {
            if (activation.labels.contains(label)) {
                return activation;
            }
        }
        List<String> all =
                List.of(values()).stream().flatMap(a -> a.labels.stream()).toList();
        throw new IllegalArgumentException(
                "activation \"" + label + "\" is not supported, expected one of " + String.join(", ", all));
    }
}
