package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.transformer.ModelInput;

/** Adds the loss and the gradients of a part of a step's batch, computed whole or in chunks. For one thread. */
final class BatchGradients {
    private final AdaptedPasses passes;
    private final Objective.Run run;

    BatchGradients(AdaptedPasses passes, Objective.Run run) {
        this.passes = passes;
        this.run = run;
    }

    /**
     * Adds a part of a batch.
     *
     * @param sequences the part, at least one
     * @param targets as {@link Objective#weight} takes them
     * @param total {@link Objective#weight} of the whole batch
     * @param chunkSize the most sequences per pass; 0 for all
     * @return the part's share of the mean loss
     */
    double add(List<? extends ModelInput> sequences, List<Target> targets, double total, int chunkSize) {
        try {
            if (chunkSize == 0 || sequences.size() <= chunkSize) {
                return addWhole(sequences, targets, total);
            }
            return run instanceof EmbeddingRun embeddings
                    ? addCached(embeddings, sequences, targets, total, chunkSize)
                    : addChunks(sequences, targets, total, chunkSize);
        } finally {
            passes.dropout().end();
        }
    }

    private double addWhole(List<? extends ModelInput> sequences, List<Target> targets, double total) {
        passes.begin(sequences.size());
        FeaturePass pass = passes.training();
        Objective.Part part = run.loss(sequences, targets, pass.forward(sequences), total, true);
        pass.backward(part.gradient());
        return part.loss();
    }

    private double addChunks(List<? extends ModelInput> sequences, List<Target> targets, double total, int chunkSize) {
        double loss = 0;
        for (int from = 0; from < sequences.size(); from += chunkSize) {
            int to = Math.min(sequences.size(), from + chunkSize);
            loss += addWhole(sequences.subList(from, to), targets.subList(from, to), total);
        }
        return loss;
    }

    /** Computes gradients through the gradient cache; see {@link AdaptedModel#chunkSize}. */
    private double addCached(
            EmbeddingRun embeddings,
            List<? extends ModelInput> sequences,
            List<Target> targets,
            double total,
            int chunkSize) {
        FeaturePass pass = passes.training();
        int chunks = (sequences.size() + chunkSize - 1) / chunkSize;
        int[] places = new int[chunks];
        embeddings.begin(sequences.size());
        for (int i = 0; i < chunks; i++) {
            List<? extends ModelInput> chunk = chunk(sequences, i, chunkSize);
            places[i] = passes.begin(chunk.size());
            embeddings.hold(i * chunkSize, chunk, pass.forward(chunk));
        }
        double loss = embeddings.loss(sequences, targets, total);
        for (int i = chunks - 1; i >= 0; i--) {
            List<? extends ModelInput> chunk = chunk(sequences, i, chunkSize);
            // The last chunk's state is still there for its backward pass.
            if (i < chunks - 1) {
                passes.dropout().beginAgain(places[i]);
                pass.forward(chunk);
            }
            pass.backward(embeddings.gradient(i * chunkSize, chunk));
        }
        return loss;
    }

    private static List<? extends ModelInput> chunk(List<? extends ModelInput> sequences, int index, int chunkSize) {
        int from = index * chunkSize;
        return sequences.subList(from, Math.min(sequences.size(), from + chunkSize));
    }
}
