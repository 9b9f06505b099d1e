package org.lsradapt.tasks.embeddings;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.description.EmbeddingDescription;

/** Embeddings of texts. */
public final class EmbeddingsModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(PairsTask.TYPE, SimilarityTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof EmbeddingDescription ? Optional.of(new TextEmbedder(parts)) : Optional.empty();
    }
}
