package org.lsradapt.training;

/** Thrown when training stops because the loss, a gradient or a score is no longer finite. */
public final class DivergedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }

    /** Throws unless a number is finite. */
    public static void requireFinite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw new DivergedException(
                    "training diverged: " + what + " is " + value + "; try a smaller learning rate or scaling");
        }
    }
}
