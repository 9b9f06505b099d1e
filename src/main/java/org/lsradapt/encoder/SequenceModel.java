package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.encoder.kernels.Kernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen encoder with adapters (or none) and a trainable head: scores for sequences, and the gradients of a loss.
 *
 * <p>Without adapters nothing below the head changes, so the encoder's result for a sequence is computed once and kept, up
 * to a bound. For one thread at a time. The encoder's weights, the adapters and the head stay their owners' to close.
 */
public final class SequenceModel implements AutoCloseable {
    private static final int KEPT_FEATURES = 50_000;

    private final EncoderWeights encoder;
    private final AdapterSet adapters;
    private final SequenceHead head;
    private final Loss loss;
    private final Backend backend;
    private final EncoderPass training;
    private final EncoderPass inference;
    private final IdentityHashMap<TokenSequence, INDArray> kept = new IdentityHashMap<>();

    /**
     * Puts the parts together.
     *
     * @param encoder frozen weights; kept
     * @param adapters adapters of its layers, or null to train the head alone; kept
     * @param head the head; kept
     * @param loss what training minimizes
     * @param backend the matrix products
     */
    public SequenceModel(
            EncoderWeights encoder, AdapterSet adapters, SequenceHead head, Loss loss, Backend backend) {
        this.encoder = encoder;
        this.adapters = adapters;
        this.head = head;
        this.loss = loss;
        this.backend = backend;
        EncoderKernels kernels = Kernels.standard(backend, encoder.dataType());
        EncoderPass.Output first = EncoderPass.Output.FIRST_TOKENS;
        inference = new EncoderPass(encoder, adapters, backend, kernels, first, false);
        training = adapters == null ? null : new EncoderPass(encoder, adapters, backend, kernels, first, true);
    }

    /** The adapters, or null. */
    public AdapterSet adapters() {
        return adapters;
    }

    /** The head. */
    public SequenceHead head() {
        return head;
    }

    /** Says that many calls follow each other, as for a training run; see {@link Backend#openPass}. */
    public Backend.Pass openPass() {
        return backend.openPass();
    }

    /** What an optimizer trains, in two blocks (one without adapters): {@code adapters} and {@code head}. */
    public List<Parameter> trainable() {
        List<Parameter> blocks = new ArrayList<>();
        if (adapters != null) {
            blocks.add(new Parameter("adapters", adapters.values(), adapters.gradients()));
        }
        blocks.add(new Parameter("head", head.values(), head.gradients()));
        return blocks;
    }

    /**
     * Class scores, or the regression value, with the parameters as they are now.
     *
     * @param sequences one batch, at least one
     * @return one row per sequence
     */
    public double[][] predict(List<TokenSequence> sequences) {
        if (adapters == null) {
            return head.forward(features(sequences));
        }
        adapters.materialize();
        return head.forward(inference.forward(TokenBatch.of(sequences, encoder.config())));
    }

    /**
     * The mean loss of a batch; fills the gradients of {@link #trainable()}.
     *
     * @param sequences one batch, at least one
     * @param labels class indices or values, one per sequence
     * @return the mean loss
     * @throws IllegalArgumentException if numbers differ, or a label is no class index where one is wanted
     */
    public double lossAndGradients(List<TokenSequence> sequences, double[] labels) {
        Require.argument(
                labels.length == sequences.size(),
                "training step: %d sequences and %d labels",
                sequences.size(),
                labels.length);
        if (loss == Loss.CROSS_ENTROPY) {
            for (double label : labels) {
                Require.argument(
                        label == Math.rint(label) && label >= 0 && label < head.outputs(),
                        "training step: label %s, expected a class index from 0 to %d",
                        label,
                        head.outputs() - 1);
            }
        }
        if (adapters == null) {
            return headLoss(features(sequences), labels).loss;
        }
        TokenBatch batch = TokenBatch.of(sequences, encoder.config());
        adapters.materialize();
        adapters.zeroGradients();
        HeadLoss result = headLoss(training.forward(batch), labels);
        training.backward(batch, result.gradFeatures);
        adapters.collectGradients();
        return result.loss;
    }

    private record HeadLoss(double loss, INDArray gradFeatures) {}

    private HeadLoss headLoss(INDArray features, double[] labels) {
        double[][] outputs = head.forward(features);
        double[][] gradients = new double[outputs.length][head.outputs()];
        double value = loss.mean(outputs, labels, gradients);
        return new HeadLoss(value, head.backward(gradients, adapters != null));
    }

    /** The encoder's result for each sequence, [n, hidden], new; from what is kept where possible. */
    private INDArray features(List<TokenSequence> sequences) {
        List<TokenSequence> missing =
                sequences.stream().filter(s -> !kept.containsKey(s)).toList();
        INDArray computed = missing.isEmpty()
                ? null
                : inference.forward(TokenBatch.of(missing, encoder.config()));
        IdentityHashMap<TokenSequence, INDArray> fresh = new IdentityHashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            INDArray row = computed.getRow(i).dup();
            fresh.put(missing.get(i), row);
            if (kept.size() < KEPT_FEATURES) {
                kept.put(missing.get(i), row);
            }
        }
        INDArray features = Nd4j.createUninitialized(
                encoder.dataType(), new long[] {sequences.size(), encoder.config().hidden()}, 'c');
        for (int i = 0; i < sequences.size(); i++) {
            INDArray row = kept.get(sequences.get(i));
            features.putRow(i, row != null ? row : fresh.get(sequences.get(i)));
        }
        return features;
    }

    @Override
    public void close() {
        inference.close();
        if (training != null) {
            training.close();
        }
        kept.clear();
    }
}
