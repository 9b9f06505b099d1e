package org.lsradapt.tasks.queries;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;

/** Adapters of queries, which have no base model and so load in {@link QueryAdapter#load} alone. */
public final class QueriesModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(QueryAdapterTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return Optional.empty();
    }
}
