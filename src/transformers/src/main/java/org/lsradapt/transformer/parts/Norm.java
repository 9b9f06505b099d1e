package org.lsradapt.transformer.parts;

/**
 * A normalization of each row, with a trained weight γ and, for {@link Kind#LAYER}, bias β.
 *
 * @param name its full name; the tensors are {@code name.weight} and {@code name.bias}
 * @param kind the formula
 * @param width entries per row
 * @param epsilon ε ≥ 0
 */
public record Norm(String name, Kind kind, int width, double epsilon) {

    /** The formulas. */
    public enum Kind {
        /** (z − mean)/√(var + ε) ∘ γ + β; the variance is divided by the width. */
        LAYER,
        /** z/√(mean(z²) + ε) ∘ γ. */
        RMS
    }

    /** Checks the ranges. */
    public Norm {
        Sizes.requirePositive("width of " + name, width);
        Sizes.require(
                epsilon >= 0 && Double.isFinite(epsilon),
                "epsilon of " + name + " is " + epsilon + ", expected a finite number >= 0");
    }

    /** The name of γ, [width]. */
    public String weight() {
        return name + ".weight";
    }

    /** The name of β, [width]; {@link Kind#RMS} has none. */
    public String biasName() {
        return name + ".bias";
    }
}
