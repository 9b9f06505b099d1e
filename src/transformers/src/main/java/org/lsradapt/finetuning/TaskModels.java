package org.lsradapt.finetuning;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.tasks.TaskDescription;

/** The registry of tasks: how a task's model is made from the parts that were loaded. A task on one base model has one entry here. */
final class TaskModels {
    private static final Map<Class<? extends TaskDescription>, Function<Loaded, FineTunedModel>> ALL = Map.ofEntries(
            of(
                    TaskDescription.Classification.class,
                    (task, loaded) -> loaded.model().readsImages()
                            ? new ImageClassifier(loaded.parts())
                            : new TextClassifier(loaded.parts())),
            of(TaskDescription.MultiLabel.class, (task, loaded) -> new MultiLabelClassifier(loaded.textParts())),
            of(TaskDescription.Regression.class, (task, loaded) -> new TextRegressor(loaded.textParts())),
            of(TaskDescription.Reranking.class, (task, loaded) -> new Reranker(loaded.textParts())),
            of(
                    TaskDescription.Tokens.class,
                    (task, loaded) -> new TokenClassifier(
                            loaded.base(),
                            loaded.adapters(),
                            loaded.head().orElseThrow(),
                            task,
                            loaded.maxLength(),
                            Optional.empty(),
                            Optional.empty())),
            of(TaskDescription.Spans.class, (task, loaded) -> {
                AnswerExtractor.requireEncoder(loaded.model());
                return new AnswerExtractor(
                        loaded.base(),
                        loaded.adapters(),
                        loaded.head().orElseThrow(),
                        task,
                        loaded.maxLength(),
                        Optional.empty(),
                        Optional.empty());
            }),
            of(
                    TaskDescription.Text.class,
                    (task, loaded) -> new TextGenerator(
                            loaded.base(), loaded.adapters(), task.name(), loaded.maxLength(), Optional.empty())),
            of(
                    TaskDescription.Masked.class,
                    (task, loaded) -> new MaskedLanguageModel(
                            loaded.base(), loaded.adapters(), task.name(), loaded.maxLength(), Optional.empty())),
            of(
                    TaskDescription.Embedding.class,
                    (task, loaded) -> new TextEmbedder(
                            loaded.base(),
                            loaded.adapters(),
                            task.name(),
                            loaded.embedding().orElseThrow(),
                            Optional.empty())));

    private TaskModels() {}

    private static <T extends TaskDescription>
            Map.Entry<Class<? extends TaskDescription>, Function<Loaded, FineTunedModel>> of(
                    Class<T> type, BiFunction<T, Loaded, FineTunedModel> made) {
        return Map.entry(type, loaded -> made.apply(type.cast(loaded.task()), loaded));
    }

    /** Makes the model of a task, which takes ownership of the parts. */
    static FineTunedModel make(Loaded loaded) {
        return ALL.get(loaded.task().getClass()).apply(loaded);
    }

    /**
     * The loaded parts of a model.
     *
     * @param pairs whether inputs are pairs; empty if unknown
     */
    record Loaded(
            BaseHandle<BaseModel> base,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            TaskDescription task,
            Optional<Boolean> pairs,
            int maxLength,
            Optional<EmbeddingSettings> embedding) {

        private BaseModel model() {
            return base.model();
        }

        private SequenceModel.Parts parts() {
            return new SequenceModel.Parts(
                    base, adapters, head.orElseThrow(), task, pairs, maxLength, Optional.empty(), Optional.empty());
        }

        private SequenceModel.Parts textParts() {
            Require.argument(
                    !model().readsImages(),
                    "model %s: its head is for a task of texts (%s), expected a classifier of images with one of several"
                            + " classes for each",
                    model().name(),
                    task.summary());
            return parts();
        }
    }
}
