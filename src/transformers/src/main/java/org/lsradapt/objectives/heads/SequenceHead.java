package org.lsradapt.objectives.heads;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Norm;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The parameters of a classification or regression head, in the form of Hugging Face's sequence and token classifiers:
 * the family's dense layer if it is trained, followed by a normalization if the family has one, and a linear layer to
 * the outputs. Weights are initialized as N(0, 0.02²), those of a normalization as 1, biases as 0. All parameters lie
 * in one vector.
 *
 * <p>Passes only read them, so several threads can share a head while none trains it. Closing frees the parameters, not
 * the model's weights.
 */
public final class SequenceHead implements AutoCloseable {
    private static final double DEVIATION = 0.02;

    private final TransformerWeights model;
    private final Head head;
    private final Optional<FrozenLinear> frozenDense;
    private final INDArray values;
    private final INDArray gradients;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Layer dense;
    private final TrainedNorm norm;
    private final Layer output;
    private final AtomicInteger owners = new AtomicInteger(1);
    private long used;

    /** A trained layer; {@code bias} is null for none. */
    record Layer(Parameter weight, Parameter bias) {}

    /** A trained normalization; {@code bias} is null for none. */
    record TrainedNorm(Norm part, Parameter weight, Parameter bias) {

        NormWeights weights() {
            return new NormWeights(part.kind(), part.epsilon(), weight.value(), bias == null ? null : bias.value());
        }
    }

    /** Creates a head that reads like the model's sequence classifier, whose pooler is kept; a regression has 1 output. */
    public SequenceHead(TransformerWeights model, int outputs, long seed) {
        this(model, model.model().head(), outputs, seed);
    }

    /**
     * Creates a head for a model.
     *
     * @param model the model, whose pooler is kept by reference
     * @param reading how the head reads hidden states, such as a family's {@code tokenHead}
     * @param outputs number of classes, or 1 for regression
     */
    public SequenceHead(TransformerWeights model, Head reading, int outputs, long seed) {
        this(model, reading, outputs);
        initialize(seed);
    }

    private SequenceHead(TransformerWeights model, Head reading, int outputs) {
        Require.argument(outputs >= 1, "head: %d outputs, expected at least 1", outputs);
        this.model = model;
        head = reading;
        frozenDense = head.dense()
                .flatMap(layer -> layer.source() == Head.Source.TRAINED
                        ? Optional.empty()
                        : model.linearLayer(layer.linear().name()));
        int width = model.model().width();
        Optional<Head.Dense> trained =
                head.dense().filter(part -> frozenDense.isEmpty() && part.source() != Head.Source.BASE);
        Optional<Norm> trainedNorm = trained.flatMap(Head.Dense::norm);
        long length = trained.map(part -> (long) width * width + (part.linear().bias() ? width : 0))
                        .orElse(0L)
                + trainedNorm.map(part -> part.bias() ? 2L * width : width).orElse(0L)
                + (long) head.features(width) * outputs
                + (head.outputBias() ? outputs : 0);
        values = Nd4j.zeros(model.dataType(), length);
        gradients = Nd4j.zeros(model.dataType(), length);
        dense = trained.map(part ->
                        layer(part.linear().name(), width, width, part.linear().bias()))
                .orElse(null);
        norm = trainedNorm
                .map(part -> new TrainedNorm(
                        part, next(part.weight(), width), part.bias() ? next(part.biasName(), width) : null))
                .orElse(null);
        output = layer(head.output(), head.features(width), outputs, head.outputBias());
    }

    private Layer layer(String name, long in, long out, boolean bias) {
        Parameter weight = next(name + ".weight", in, out);
        return new Layer(weight, bias ? next(name + ".bias", out) : null);
    }

    private Parameter next(String name, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        Parameter parameter =
                new Parameter(name, Views.piece(values, used, shape), Views.piece(gradients, used, shape));
        used += length;
        parameters.add(parameter);
        return parameter;
    }

    private void initialize(long seed) {
        Random random = SplitMix64.random(seed);
        for (Parameter parameter : parameters) {
            if (norm != null && parameter.name().equals(norm.weight.name())) {
                parameter.value().assign(1);
            } else if (parameter.name().endsWith(".weight")) {
                double[] drawn = new double[(int) parameter.count()];
                for (int i = 0; i < drawn.length; i++) {
                    drawn[i] = DEVIATION * random.nextGaussian();
                }
                parameter
                        .value()
                        .assign(Nd4j.createFromArray(drawn)
                                .castTo(values.dataType())
                                .reshape('c', parameter.value().shape()));
            }
        }
    }

    /**
     * Creates a head with the same parameters on the same base model.
     *
     * @param base the base model's weights, whose pooler is kept by reference
     * @return a copy, which the caller closes
     * @throws IllegalArgumentException if the parameters do not fit that model
     */
    public SequenceHead copyOn(TransformerWeights base) {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            Head part = readsEachToken() ? head : base.model().head();
            SequenceHead copied = opened.add(new SequenceHead(base, part, outputs()));
            Require.shape("add adapter", "the head", values, "a head of the base model", copied.values.length());
            Require.type("add adapter", "the head", values, base.dataType(), "the base model");
            copied.values.assign(values);
            return opened.release(copied);
        }
    }

    /** Creates a head of the same form on the same model with all parameters 0; the caller closes it. */
    public SequenceHead blank() {
        return new SequenceHead(model, head, outputs());
    }

    /** Returns this head for another owner: the last one that closes it frees the parameters. */
    public SequenceHead share() {
        owners.incrementAndGet();
        return this;
    }

    /** Whether the head has several owners. */
    public boolean isShared() {
        return owners.get() > 1;
    }

    /** Whether the head has outputs for each token of a sequence, not for the whole sequence. */
    public boolean readsEachToken() {
        return head.row() == Head.Row.EACH;
    }

    /** The head's model. */
    public TransformerWeights model() {
        return model;
    }

    /** The rule by which the head reads hidden states. */
    public Head part() {
        return head;
    }

    /** The dense layer before the outputs, if it belongs to the base model. */
    Optional<FrozenLinear> frozenDense() {
        return frozenDense;
    }

    Optional<Layer> trainedDense() {
        return Optional.ofNullable(dense);
    }

    /** The normalization after the dense layer, if any. */
    Optional<TrainedNorm> trainedNorm() {
        return Optional.ofNullable(norm);
    }

    Layer output() {
        return output;
    }

    /** Whether a dense layer precedes the outputs; a BERT without a pooler has none. */
    public boolean hasDenseLayer() {
        return frozenDense.isPresent() || dense != null;
    }

    /** Number of outputs. */
    public int outputs() {
        return (int) output.weight.value().size(1);
    }

    /** The trainable arrays under their Hugging Face names, weights as [in, out]; views of {@link #values}. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    /** Divides the outputs by positive numbers, in the weights, which this changes. */
    public void divideOutputs(double[] divisors) {
        Require.argument(divisors.length == outputs(), "head: %d divisors for %d outputs", divisors.length, outputs());
        INDArray row = Nd4j.createFromArray(divisors).castTo(values.dataType());
        output.weight.value().diviRowVector(row);
        if (output.bias != null) {
            output.bias.value().divi(row);
        }
    }

    /** All parameters, one vector; the storage itself. */
    public INDArray values() {
        return values;
    }

    /** All gradients in the order of {@link #values}; the storage itself. */
    public INDArray gradients() {
        return gradients;
    }

    @Override
    public void close() {
        if (owners.decrementAndGet() == 0) {
            values.close();
            gradients.close();
        }
    }
}
