package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.transformer.inputs.ModelInput;

/** Adds the loss and the gradients of a part of a step's batch, computed whole or in chunks. For one thread. */
final class BatchGradients {
    private final AdaptedPasses passes;
    private final Objective.Run run;

    BatchGradients(AdaptedPasses passes, Objective.Run run) {
        this.passes = passes;
        this.run = run;
    }

    /** Adds a part of a batch, at most {@code chunkSize} sequences per pass; returns its share of the loss. */
    double add(Objective.Batch batch, double total, int chunkSize) {
        int count = batch.sequences().size();
        try {
            if (chunkSize == 0 || count <= chunkSize) {
                return addWhole(batch, total);
            }
            if (run instanceof EmbeddingRun embeddings) {
                return addCached(embeddings, batch, total, chunkSize);
            }
            double loss = 0;
            for (int from = 0; from < count; from += chunkSize) {
                loss += addWhole(batch.part(from, Math.min(count, from + chunkSize)), total);
            }
            return loss;
        } finally {
            passes.dropout().end();
        }
    }

    /** Returns the outputs of a part of a step's batch, with the step's dropout. */
    double[][] outputs(List<? extends ModelInput> sequences) {
        passes.begin(sequences.size());
        try {
            return run.outputs(sequences, passes.training().forward(sequences));
        } finally {
            passes.dropout().end();
        }
    }

    private double addWhole(Objective.Batch batch, double total) {
        passes.begin(batch.sequences().size());
        FeaturePass pass = passes.training();
        Objective.Part part = run.loss(batch, pass.forward(batch.sequences()), total, true);
        pass.backward(part.gradient());
        return part.loss();
    }

    /** Computes gradients through the gradient cache; see {@link AdaptedModel#chunkSize}. */
    private double addCached(EmbeddingRun embeddings, Objective.Batch batch, double total, int chunkSize) {
        List<? extends ModelInput> sequences = batch.sequences();
        FeaturePass pass = passes.training();
        int chunks = (sequences.size() + chunkSize - 1) / chunkSize;
        int[] places = new int[chunks];
        embeddings.begin(sequences.size());
        for (int i = 0; i < chunks; i++) {
            List<? extends ModelInput> chunk = chunk(sequences, i, chunkSize);
            places[i] = passes.begin(chunk.size());
            embeddings.hold(i * chunkSize, chunk, pass.forward(chunk));
        }
        double loss = embeddings.loss(batch, total);
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
