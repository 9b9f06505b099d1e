package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.TaskDescription;

/** Embeddings of texts. */
public final class EmbeddingsModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(new PairsTask.Type(), new SimilarityTask.Type());
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TaskDescription.Embedding
                ? Optional.of(new TextEmbedder(parts))
                : Optional.empty();
    }
}
