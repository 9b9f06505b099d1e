package org.lsradapt.transformer.parts;

/**
 * A normalization of each row, with a trained weight γ and an optional bias β.
 *
 * @param name its full name; the tensors are {@code name.weight} and {@code name.bias}
 * @param width entries per row
 * @param epsilon ε ≥ 0
 * @param bias whether there is β, which only {@link Kind#LAYER} can have
 */
public record Norm(String name, Kind kind, int width, double epsilon, boolean bias) {

    /** The formulas. */
    public enum Kind {
        /** (z − mean)/√(var + ε) ∘ γ, and + β; the variance is divided by the width. */
        LAYER,
        /** z/√(mean(z²) + ε) ∘ γ. */
        RMS,
        /** z/√(mean(z²) + ε) ∘ (1 + γ), as in Gemma. */
        RMS_FROM_ONE,
        /**
         * z ∘ γ, layer scale (Touvron et al., arXiv 2103.17239, section 2), which normalizes nothing; only inside
         * residuals.
         */
        SCALE
    }

    /** Checks the ranges. */
    public Norm {
        Sizes.requirePositive("width of " + name, width);
        Sizes.require(
                epsilon >= 0 && Double.isFinite(epsilon),
                "epsilon of " + name + " is " + epsilon + ", expected a finite number >= 0");
        Sizes.require(kind == Kind.LAYER || !bias, name + " has a bias, which " + kind + " has not");
    }

    /** Creates a normalization that has β if its kind can. */
    public Norm(String name, Kind kind, int width, double epsilon) {
        this(name, kind, width, epsilon, kind == Kind.LAYER);
    }

    /** Creates a layer scale, whose tensor is {@code name.lambda1}. */
    public static Norm scale(String name, int width) {
        return new Norm(name, Kind.SCALE, width, 0, false);
    }

    /** The name of γ, [width]. */
    public String weight() {
        return name + (kind == Kind.SCALE ? ".lambda1" : ".weight");
    }

    /** The name of β, [width], if there is one. */
    public String biasName() {
        return name + ".bias";
    }
}
