package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Prediction of each token that is not given from the tokens before it: the mean cross-entropy over predicted tokens.
 * The objective itself has no parameters. It computes logits of the vocabulary for a few tokens at a time, so that
 * memory does not grow with the batch.
 *
 * <p>For one thread at a time; the owner of the model closes it.
 */
public final class NextTokenObjective implements Objective {
    private final FrozenWeight table;
    private final OptionalDouble cap;
    private final Backend backend;
    private final double smoothing;

    /**
     * Creates the objective of a causal model.
     *
     * @param model the model; its vocabulary table is kept
     * @throws IllegalArgumentException if the model does not predict tokens
     */
    public NextTokenObjective(TransformerWeights model, Backend backend) {
        this(model, 0, backend);
    }

    /**
     * Creates the objective of a causal model, with label smoothing: the loss of a token is (1 − ε) times its
     * cross-entropy plus ε times the mean cross-entropy of all tokens of the vocabulary. {@link Run#outputs} are not
     * smoothed.
     *
     * @param model the model; its vocabulary table is kept
     * @param smoothing ε, in [0, 1)
     * @throws IllegalArgumentException if the model does not predict tokens, or ε is out of range
     */
    public NextTokenObjective(TransformerWeights model, double smoothing, Backend backend) {
        Require.argument(
                model.model().isCausal() && model.vocabularyWeight().isPresent(),
                "next-token training: the model is not a causal language model, expected one such as LLaMA");
        table = model.vocabularyWeight().orElseThrow();
        cap = model.model().logitCap();
        this.smoothing = Loss.requireSmoothing(smoothing);
        this.backend = backend;
    }

    /**
     * Returns the peak memory in FLOAT: logits of some tokens per lane, at most 2²³ of them (or those of one token)
     * whatever the vocabulary, and the gradient of the hidden states.
     *
     * @param vocabulary number of token ids
     * @param capped whether the model has a {@link Transformer#logitCap}; training then holds logits twice
     * @param width width of the hidden states
     * @param trained number of predicted tokens in a training batch
     * @param evaluated number of predicted tokens in the largest batch of all
     * @param lanes number of lanes of the backend
     * @return bytes
     */
    public static long memoryBytes(
            long vocabulary, boolean capped, long width, long trained, long evaluated, int lanes) {
        long twice = capped ? VocabularyLoss.logitsBytes(vocabulary, trained, lanes) : 0;
        return VocabularyLoss.logitsBytes(vocabulary, Math.max(trained, evaluated), lanes)
                + twice
                + trained * width * Float.BYTES;
    }

    @Override
    public Rows rows() {
        return Rows.PREDICTING;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", smoothing == 0 ? "next tokens" : "next tokens, label smoothing " + smoothing);
    }

    @Override
    public double labelSmoothing() {
        return smoothing;
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        return sequences.stream().mapToLong(s -> s.length() - s.given()).sum();
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        return new TokenRun(memory()) {
            @Override
            public Part loss(Batch batch, INDArray features, double total, boolean wanted) {
                INDArray gradient = wanted ? memory.gradient(features.size(0)) : null;
                double sum = 0;
                for (double loss :
                        memory.losses(features, targets(batch.sequences()), smoothing, 1 / total, gradient)) {
                    sum += loss;
                }
                return new Part(sum / total, gradient);
            }
        };
    }

    /** Computes the probabilities of predicted tokens, in memory that it closes. */
    abstract static class TokenRun implements Run {
        final VocabularyLoss memory;

        TokenRun(VocabularyLoss memory) {
            this.memory = memory;
        }

        /** Returns for each sequence the sum of −log p over its predicted tokens, and their number. */
        @Override
        public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
            return outputs(sequences, features, null);
        }

        /** Computes the outputs, and overwrites {@code gradient}, unless null, with ∂(Σ −log p)/∂features. */
        final double[][] outputs(List<? extends ModelInput> sequences, INDArray features, @Nullable INDArray gradient) {
            double[] losses = memory.losses(features, targets(sequences), 0, gradient == null ? 0 : 1, gradient);
            double[][] outputs = new double[sequences.size()][2];
            int at = 0;
            for (int i = 0; i < outputs.length; i++) {
                int count = sequences.get(i).length() - sequences.get(i).given();
                for (int t = 0; t < count; t++) {
                    outputs[i][0] += losses[at++];
                }
                outputs[i][1] = count;
            }
            return outputs;
        }

        @Override
        public void openVocabularyBy(PassFactory factory) {
            memory.openBy(factory);
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    /** Opens memory for the losses of tokens, which the caller closes. */
    VocabularyLoss memory() {
        return new VocabularyLoss(table, cap, backend);
    }

    private static int[] targets(List<? extends ModelInput> sequences) {
        return sequences.stream()
                .map(TokenSequence.class::cast)
                .flatMapToInt(s -> Arrays.stream(s.ids(), s.given(), s.length()))
                .toArray();
    }
}
