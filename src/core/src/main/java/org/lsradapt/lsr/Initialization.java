package org.lsradapt.lsr;

import org.lsradapt.lsr.internal.Require;

/** The initialization of an adapter's factors. With d factors per term, s terms and a layer of {@code in} inputs: */
public enum Initialization {
    /**
     * ΔW is exactly 0: the last factor of B is zero, all other factors are normal with standard deviation
     * (s·in)^(-1/2d), so that the entries of A have variance 1/in. Every factor has a gradient from the second step on.
     */
    ZERO_UPDATE("zero-update"),
    /**
     * All factors N(0, 0.01²), as in the published code of the LSR-Adapt paper's authors. ΔW is small but not 0, and so
     * are the gradients: it needs a scaling in the thousands.
     */
    PAPER_AUTHORS("paper-authors"),
    /**
     * ΔW is exactly 0: the last factor of B is zero, all other factors are uniform with mean 0, so that the entries of
     * A have the variance 1/(3·in) of PyTorch's Kaiming uniform with a = √5, as PEFT initializes LoRA.
     */
    KAIMING_UNIFORM("kaiming-uniform");

    private final String label;

    Initialization(String label) {
        this.label = label;
    }

    /** The name in options and files: {@code zero-update}, {@code paper-authors} or {@code kaiming-uniform}. */
    public String label() {
        return label;
    }

    /** Finds an initialization; the exception for an unknown label lists all. */
    public static Initialization named(String label) {
        return Require.named("initialization", label, values(), Initialization::label);
    }
}
