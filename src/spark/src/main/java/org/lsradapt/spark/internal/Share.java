package org.lsradapt.spark.internal;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * The part of a step that one task computes: a range of sequences of each batch.
 *
 * @param step the step's number, from 1
 * @param weight the total weight by which the step's loss is divided
 * @param pieces the sequences, one piece per batch
 */
// JDK 25 warns of each component whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public record Share(int step, double weight, double dropout, List<Piece> pieces) implements Serializable {

    /** The share's sequences of a batch, and the numbers of sequences before and after them. */
    @SuppressWarnings("ArrayRecordComponent")
    record Piece(int before, int behind, int[][] ids, int[][] typeIds, int[][] labels, List<Target> targets)
            implements Serializable {

        static Piece of(int before, int behind, List<? extends ModelInput> inputs, List<Target> targets) {
            List<TokenSequence> tokens = new ArrayList<>();
            for (ModelInput input : inputs) {
                Require.argument(input instanceof TokenSequence, "training on Spark: found images, expected texts");
                tokens.add((TokenSequence) input);
            }
            return new Piece(
                    before,
                    behind,
                    tokens.stream().map(TokenSequence::ids).toArray(int[][]::new),
                    tokens.stream().map(TokenSequence::typeIds).toArray(int[][]::new),
                    tokens.stream().map(TokenSequence::labels).toArray(int[][]::new),
                    new ArrayList<>(targets));
        }

        List<ModelInput> inputs() {
            List<ModelInput> inputs = new ArrayList<>();
            for (int i = 0; i < ids.length; i++) {
                inputs.add(new TokenSequence(ids[i], typeIds[i], 1, labels[i]));
            }
            return inputs;
        }
    }

    /** A share's part of the mean loss and of the gradients of the trainable blocks. */
    @SuppressWarnings("ArrayRecordComponent")
    record Result(double loss, float[][] gradients) implements Serializable {

        /** Adds results up in their order, in double, and rounds once. */
        static Result sum(List<byte[]> sent) {
            double loss = 0;
            double[][] sum = {};
            for (byte[] bytes : sent) {
                Result result = Wire.value(bytes, Result.class);
                loss += result.loss;
                if (sum.length == 0) {
                    sum = Arrays.stream(result.gradients)
                            .map(block -> new double[block.length])
                            .toArray(double[][]::new);
                }
                for (int block = 0; block < sum.length; block++) {
                    for (int i = 0; i < sum[block].length; i++) {
                        sum[block][i] += result.gradients[block][i];
                    }
                }
            }
            return new Result(loss, Arrays.stream(sum).map(Blocks::rounded).toArray(float[][]::new));
        }
    }

    /**
     * Divides a step into at most {@code count} shares of about equal numbers of tokens; leaves out empty ones. The sequences
     * of an item stay together.
     */
    static List<Share> divide(TrainingStep step, double weight, double dropout, int count) {
        List<List<Piece>> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pieces.add(new ArrayList<>());
        }
        for (List<TrainingExample> batch : step.batches()) {
            int sequences =
                    batch.stream().mapToInt(item -> item.sequences().size()).sum();
            int[] ends = ends(batch, count);
            int from = 0;
            int before = 0;
            for (int share = 0; share < count; share++) {
                List<TrainingExample> own = batch.subList(from, ends[share]);
                List<ModelInput> inputs =
                        own.stream().flatMap(item -> item.sequences().stream()).toList();
                List<Target> targets =
                        own.stream().flatMap(item -> item.targets().stream()).toList();
                int behind = sequences - before - inputs.size();
                pieces.get(share).add(Piece.of(before, behind, inputs, targets));
                from = ends[share];
                before += inputs.size();
            }
        }
        return pieces.stream()
                .filter(own -> own.stream().anyMatch(piece -> !piece.targets.isEmpty()))
                .map(own -> new Share(step.number(), weight, dropout, new ArrayList<>(own)))
                .toList();
    }

    /** The end of each share, for shares of about equal numbers of tokens. */
    private static int[] ends(List<TrainingExample> items, int count) {
        long total = items.stream().mapToLong(Share::tokens).sum();
        int[] ends = new int[count];
        int next = 0;
        long tokens = 0;
        for (int share = 0; share < count; share++) {
            // An item belongs to the share that contains its middle.
            while (next < items.size() && (2 * tokens + tokens(items.get(next))) * count < 2 * total * (share + 1)) {
                tokens += tokens(items.get(next++));
            }
            ends[share] = next;
        }
        ends[count - 1] = items.size();
        return ends;
    }

    private static long tokens(TrainingExample item) {
        return item.sequences().stream().mapToLong(ModelInput::length).sum();
    }
}
