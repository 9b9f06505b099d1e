package org.lsradapt.spark.internal;

import java.io.Serializable;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * How the losses of a training are computed on executors: by the objective of a head, whose losses are those of single
 * items, or in two passes, if the loss of embeddings is one of a whole batch.
 *
 * @param head returns the head of the training's objective
 * @param remade makes the objective of a replica's head
 * @param ofBatch the loss of embeddings, which the driver computes; empty for a head
 */
public record ReplicaLosses(
        TaskDescription task,
        Function<Objective, SequenceHead> head,
        Function<Objective, OfHead> remade,
        Optional<EmbeddingLoss> ofBatch) {

    /** Makes the objective of a head; sent to executors. */
    @FunctionalInterface
    public interface OfHead extends Serializable {
        Objective objective(SequenceHead head);
    }

    public static <O extends Objective> ReplicaLosses ofHead(
            TaskDescription task, Class<O> type, Function<O, SequenceHead> head, Function<O, OfHead> remade) {
        return new ReplicaLosses(
                task,
                objective -> head.apply(type.cast(objective)),
                objective -> remade.apply(type.cast(objective)),
                Optional.empty());
    }

    public static ReplicaLosses ofEmbeddings(EmbeddingLoss loss) {
        OfHead none = head -> {
            throw new IllegalStateException("embeddings have no head");
        };
        return new ReplicaLosses(
                new EmbeddingDescription("training"),
                objective -> {
                    throw new IllegalStateException("embeddings have no head");
                },
                objective -> none,
                Optional.of(loss));
    }
}
