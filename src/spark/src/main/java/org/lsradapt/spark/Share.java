package org.lsradapt.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.TrainingExample;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TokenSequence;

/** What one task computes of a step: a run of sequences of each batch. */
// JDK 25 names each field whose type is not serializable by itself, such as a list.
@SuppressWarnings("serial")
final class Share implements Serializable {
    private static final long serialVersionUID = 1L;

    /** A batch's sequences that are the share's, and how many lie before and behind them. */
    static final class Piece implements Serializable {
        private static final long serialVersionUID = 1L;

        final int before;
        final int behind;
        final double[] labels;
        private final int[][] ids;
        private final int[][] typeIds;

        Piece(int before, int behind, List<? extends ModelInput> inputs, double[] labels) {
            this.before = before;
            this.behind = behind;
            this.labels = labels;
            ids = new int[inputs.size()][];
            typeIds = new int[inputs.size()][];
            for (int i = 0; i < ids.length; i++) {
                Require.argument(
                        inputs.get(i) instanceof TokenSequence, "training on Spark: found images, expected texts");
                TokenSequence tokens = (TokenSequence) inputs.get(i);
                ids[i] = tokens.ids();
                typeIds[i] = tokens.typeIds();
            }
        }

        List<ModelInput> inputs() {
            List<ModelInput> inputs = new ArrayList<>();
            for (int i = 0; i < ids.length; i++) {
                inputs.add(new TokenSequence(ids[i], typeIds[i]));
            }
            return inputs;
        }
    }

    final int step;
    final double weight;
    final List<Piece> pieces;

    private Share(int step, double weight, List<Piece> pieces) {
        this.step = step;
        this.weight = weight;
        this.pieces = new ArrayList<>(pieces);
    }

    /**
     * Divides a step into shares of about equal numbers of tokens; those that would be empty are left out.
     *
     * @param step the step
     * @param weight the weight of what its loss is a mean of
     * @param count how many, at most
     */
    static List<Share> divide(TrainingStep step, double weight, int count) {
        List<List<Piece>> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pieces.add(new ArrayList<>());
        }
        for (List<TrainingExample> batch : step.batches()) {
            List<ModelInput> inputs = new ArrayList<>();
            double[] labels = batch.stream()
                    .flatMapToDouble(item -> Arrays.stream(item.labels()))
                    .toArray();
            batch.forEach(item -> inputs.addAll(item.sequences()));
            int[] ends = ends(inputs, count);
            int from = 0;
            for (int share = 0; share < count; share++) {
                int to = ends[share];
                pieces.get(share)
                        .add(new Piece(
                                from,
                                inputs.size() - to,
                                inputs.subList(from, to),
                                Arrays.copyOfRange(labels, from, to)));
                from = to;
            }
        }
        return pieces.stream()
                .filter(own -> own.stream().anyMatch(piece -> piece.labels.length > 0))
                .map(own -> new Share(step.number(), weight, own))
                .toList();
    }

    /** Where each share ends, if each has about as many tokens as the others. */
    private static int[] ends(List<? extends ModelInput> inputs, int count) {
        long total = inputs.stream().mapToLong(ModelInput::length).sum();
        int[] ends = new int[count];
        int next = 0;
        long tokens = 0;
        for (int share = 0; share < count; share++) {
            // A sequence is in the share in which its middle lies.
            while (next < inputs.size() && (2 * tokens + inputs.get(next).length()) * count < 2 * total * (share + 1)) {
                tokens += inputs.get(next++).length();
            }
            ends[share] = next;
        }
        ends[count - 1] = inputs.size();
        return ends;
    }
}
