package org.lsradapt.lsr.optimizer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), as in PyTorch's AdamW. With gradient g at
 * step t, counted for each parameter from its addition or its last {@linkplain #restart restart},
 *
 * <pre>
 *   m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
 *   θ ← θ − η·(m̂/(√v̂ + ε) + w·θ)
 * </pre>
 *
 * <p>with η the learning rate times the schedule's factor and w the weight decay. In the paper's algorithm 2 only the
 * factor multiplies the decay, not the learning rate: its λ is w times the learning rate here. Moments are held, and
 * steps computed, in double precision.
 */
public final class AdamW {
    /** Bytes of the optimizer's state for a parameter: two moments, gradient, value and age. */
    public static final int BYTES_PER_PARAMETER = 4 * Double.BYTES + Integer.BYTES;

    private final Backend backend = Backends.standard();
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final double weightDecay;
    private final List<Group> groups = new ArrayList<>();
    private int steps;

    private AdamW(Builder builder) {
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        epsilon = builder.epsilon;
        weightDecay = builder.weightDecay;
        Require.argument(beta1 >= 0 && beta1 < 1, "AdamW: beta1 is %s, expected >= 0 and < 1", beta1);
        Require.argument(beta2 >= 0 && beta2 < 1, "AdamW: beta2 is %s, expected >= 0 and < 1", beta2);
        Require.argument(
                epsilon > 0 && Double.isFinite(epsilon), "AdamW: epsilon is %s, expected a positive number", epsilon);
        Require.argument(weightDecay >= 0, "AdamW: weight decay is %s, expected >= 0", weightDecay);
    }

    /** A builder that holds PyTorch's defaults: β₁ = 0.9, β₂ = 0.999, ε = 1e-8, weight decay 0.01. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Adds a parameter; also allowed between steps.
     *
     * @param parameter its value is written, its gradient read, by each {@link #step}
     * @param learningRate η, positive
     * @return this
     * @throws IllegalArgumentException if the learning rate is not positive, or the value shares memory with that of an
     *     earlier parameter and would be updated twice
     */
    public AdamW add(Parameter parameter, double learningRate) {
        Require.argument(
                learningRate > 0 && Double.isFinite(learningRate),
                "AdamW: learning rate of %s is %s, expected a positive number",
                parameter.name(),
                learningRate);
        for (Group group : groups) {
            Require.argument(
                    !Views.overlap(group.parameter.value(), parameter.value()),
                    "AdamW: parameter %s shares memory with parameter %s, which was added before; expected each number"
                            + " once (AdapterSet.parameters() lists parameters that adapters share once)",
                    parameter.name(),
                    group.parameter.name());
        }
        groups.add(new Group(parameter, learningRate));
        return this;
    }

    /**
     * Adds parameters with one learning rate.
     *
     * @param parameters the parameters, such as an adapter's
     * @param learningRate η, positive
     * @return this
     * @throws IllegalArgumentException as {@link #add}
     */
    public AdamW addAll(List<Parameter> parameters, double learningRate) {
        parameters.forEach(parameter -> add(parameter, learningRate));
        return this;
    }

    /** Takes one step at the full learning rate, without gradient clipping. */
    public void step() {
        step(1, Double.POSITIVE_INFINITY);
    }

    /**
     * Takes one step.
     *
     * @param factor the schedule's factor of the learning rates
     * @param maxNorm the largest Euclidean norm of all gradients together; larger gradients are scaled down to it
     * @return the norm before scaling
     */
    public double step(double factor, double maxNorm) {
        steps++;
        double square = 0;
        for (Group group : groups) {
            square += group.readGradient();
        }
        double norm = Math.sqrt(square);
        double scale = norm > maxNorm ? maxNorm / norm : 1;
        for (Group group : groups) {
            group.step(factor, scale);
        }
        return norm;
    }

    /**
     * Resets the moments of some parameters to their initial state, for values that were replaced, not trained.
     *
     * @param part the value of a parameter, or a contiguous view of a part of one
     * @throws IllegalArgumentException if no parameter holds it
     */
    public void restart(INDArray part) {
        for (Group group : groups) {
            INDArray whole = group.parameter.value();
            long from = part.offset() - whole.offset();
            if (part.data().address() == whole.data().address()
                    && from >= 0
                    && from + part.length() <= whole.length()) {
                group.restart((int) from, (int) (from + part.length()));
                return;
            }
        }
        throw new IllegalArgumentException(
                "AdamW restart: an array " + part.shapeInfoToString() + " that is not part of a parameter");
    }

    /** The number of steps taken. */
    public int steps() {
        return steps;
    }

    /**
     * Visits the state of each parameter, in the order in which they were added.
     *
     * @param visitor reads or fills the optimizer's own arrays
     * @throws IOException if the visitor throws it
     */
    public void visit(StateVisitor visitor) throws IOException {
        for (Group group : groups) {
            visitor.visit(group.mean, group.variance, group.born);
        }
    }

    /** Resumes after a number of steps, once {@link #visit} has filled the moments. */
    public void resume(int newSteps) {
        Require.argument(newSteps >= 0, "AdamW: %s steps, expected >= 0", newSteps);
        steps = newSteps;
    }

    /** Reads or fills the state of one parameter. */
    @FunctionalInterface
    public interface StateVisitor {
        /**
         * Visits a parameter.
         *
         * @param variance the mean of the gradients' squares
         * @param born for each element the number of steps before its moments begin
         * @throws IOException if a file cannot be read or written
         */
        void visit(double[] mean, double[] variance, int[] born) throws IOException;
    }

    private final class Group {
        private final Parameter parameter;
        private final double learningRate;
        private final double[] mean;
        private final double[] variance;
        /** The number of steps before each element's moments begin. */
        private final int[] born;

        private final double[] gradient;
        private final double[] value;

        Group(Parameter parameter, double learningRate) {
            this.parameter = parameter;
            this.learningRate = learningRate;
            mean = new double[(int) parameter.count()];
            variance = new double[mean.length];
            born = new int[mean.length];
            Arrays.fill(born, steps);
            gradient = new double[mean.length];
            value = new double[mean.length];
        }

        void restart(int from, int to) {
            Arrays.fill(mean, from, to, 0);
            Arrays.fill(variance, from, to, 0);
            Arrays.fill(born, from, to, steps);
        }

        double readGradient() {
            backend.read(parameter.gradient(), gradient);
            double square = 0;
            for (double g : gradient) {
                square += g * g;
            }
            return square;
        }

        void step(double factor, double scale) {
            double rate = learningRate * factor;
            double meanCorrection = 0;
            double varianceCorrection = 0;
            int age = 0;
            backend.read(parameter.value(), value);
            for (int i = 0; i < value.length; i++) {
                if (steps - born[i] != age) {
                    age = steps - born[i];
                    meanCorrection = 1 / (1 - Math.pow(beta1, age));
                    varianceCorrection = 1 / (1 - Math.pow(beta2, age));
                }
                double g = gradient[i] * scale;
                mean[i] = beta1 * mean[i] + (1 - beta1) * g;
                variance[i] = beta2 * variance[i] + (1 - beta2) * g * g;
                double direction = mean[i] * meanCorrection / (Math.sqrt(variance[i] * varianceCorrection) + epsilon);
                value[i] -= rate * (direction + weightDecay * value[i]);
            }
            backend.write(value, parameter.value());
        }
    }

    /** Collects the settings of an optimizer. For one thread. */
    public static final class Builder {
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double epsilon = 1e-8;
        private double weightDecay = 0.01;

        private Builder() {}

        /** Sets β₁, the decay of the mean of gradients, 0 ≤ β₁ &lt; 1. */
        public Builder beta1(double value) {
            beta1 = value;
            return this;
        }

        /** Sets β₂, the decay of the mean of squared gradients, 0 ≤ β₂ &lt; 1. */
        public Builder beta2(double value) {
            beta2 = value;
            return this;
        }

        /** Sets ε, positive. */
        public Builder epsilon(double value) {
            epsilon = value;
            return this;
        }

        /** Sets the weight decay w, at least 0. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Checks that settings are in their ranges, and builds an optimizer; {@link AdamW#add} gives it parameters. */
        public AdamW build() {
            return new AdamW(this);
        }
    }
}
