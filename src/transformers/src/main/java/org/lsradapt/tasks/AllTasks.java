package org.lsradapt.tasks;

import java.util.List;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.answers.SpansTask;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.embeddings.PairsTask;
import org.lsradapt.tasks.embeddings.SimilarityTask;
import org.lsradapt.tasks.generation.PreferencesTask;
import org.lsradapt.tasks.generation.TextTask;
import org.lsradapt.tasks.images.ImagesTasks;
import org.lsradapt.tasks.labels.LabelsTask;
import org.lsradapt.tasks.masked.MaskedTask;
import org.lsradapt.tasks.ordinal.OrdinalTask;
import org.lsradapt.tasks.queries.QueryAdapterTask;
import org.lsradapt.tasks.reranking.RerankTask;
import org.lsradapt.tasks.tokens.TokensTask;

/** The tasks of this library. */
public final class AllTasks implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(
                ClassificationTask.TYPE,
                ClassificationTask.REGRESSION,
                OrdinalTask.TYPE,
                LabelsTask.TYPE,
                TokensTask.TYPE,
                SpansTask.TYPE,
                TextTask.TYPE,
                TextTask.INSTRUCTIONS,
                PreferencesTask.TYPE,
                MaskedTask.TYPE,
                PairsTask.TYPE,
                SimilarityTask.TYPE,
                RerankTask.TYPE,
                QueryAdapterTask.TYPE,
                ImagesTasks.TYPE);
    }
}
