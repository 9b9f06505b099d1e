package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.lsradapt.data.Dataset;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.EmbeddingLoss;

/** Texts whose embeddings are learned. */
public abstract class EmbeddingTask<D extends Dataset<?, ?, D>> extends TrainingTask<D, TextEmbedder> {
    private final Losses losses;

    EmbeddingTask(String name, D data, TrainingDefaults defaults, Losses losses, Feature... features) {
        super(name, data, defaults, features);
        this.losses = losses;
    }

    final Losses losses() {
        return losses;
    }

    /**
     * The losses of embeddings.
     *
     * @param loss the loss; empty for the usual one for the data
     * @param dimensions the lengths at which embeddings are learned; empty for whole embeddings only
     */
    public record Losses(Optional<EmbeddingLoss> loss, List<Integer> dimensions, List<Double> weights) {
        /** The usual losses, for whole embeddings only. */
        public static final Losses USUAL = new Losses(Optional.empty(), List.of(), List.of());

        static final TaskOption DIMENSIONS = TaskOption.list(
                "--dimensions",
                "N",
                "Embedding lengths to train (Matryoshka), such as 384,128,64, including the full length; embed"
                        + " --dimensions cuts to one of them.");
        static final TaskOption WEIGHTS = TaskOption.list(
                "--dimension-weights",
                "W",
                "With --dimensions: the weight of each length in the loss. Default: 1 for each.");

        /** Copies the lists, and checks the numbers. */
        public Losses {
            dimensions = List.copyOf(dimensions);
            weights = List.copyOf(weights);
            if (!dimensions.isEmpty() || !weights.isEmpty()) {
                EmbeddingLoss.matryoshka(EmbeddingLoss.cosine(), dimensions, weights);
            }
        }

        static Losses of(Optional<EmbeddingLoss> loss, TaskOptions given) {
            List<Integer> dimensions = given.integers(DIMENSIONS);
            return new Losses(
                    loss,
                    dimensions,
                    given.has(WEIGHTS) ? given.numbers(WEIGHTS) : Collections.nCopies(dimensions.size(), 1.0));
        }
    }

    abstract EmbeddingEvaluation evaluation();

    abstract TextEmbedder train(EmbedderTraining training) throws IOException;

    @Override
    public final TextEmbedder train(FrozenModel base, Setup setup) throws IOException {
        EmbedderTraining training =
                setup.apply(TextEmbedder.on((BaseModel) base).name(name()));
        losses.loss().ifPresent(training::loss);
        training.dimensions(losses.dimensions(), losses.weights());
        if (setup.teacher().isEmpty()) {
            return train(training);
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            List<TextEmbedder> teachers = new ArrayList<>();
            for (Path folder : setup.teacher().get().adapters()) {
                teachers.add(opened.add(TextEmbedder.load(folder)));
            }
            return train(training.teachers(teachers));
        }
    }

    @Override
    public final Measured measure(TextEmbedder model, Setup setup) throws IOException {
        return new Measured(evaluation().measure(model));
    }

    @Override
    public final List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        said.accept("measuring the base model");
        BaseModel model = (BaseModel) base;
        try (TextEmbedder untrained =
                TextEmbedder.of(model, model.embeddingSettings().withMaxLength(length))) {
            return List.of(Baseline.baseMetrics(evaluation().evaluate(untrained)));
        }
    }

    @Override
    public final Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        losses.loss().ifPresent(asked -> settings.put("loss", asked.toString()));
        if (!losses.dimensions().isEmpty()) {
            settings.put("dimensions", losses.dimensions());
            settings.put("weights of dimensions", losses.weights());
        }
        return settings;
    }

    @Override
    public final Usage usage(String adapter) {
        return Usage.of(
                adapter, "search --passages passages.txt 'a question'", "TextEmbedder", "embedQuery(\"a question\")");
    }

    @Override
    public final String primaryMetric() {
        return evaluation().primaryMetric();
    }

    @Override
    public final int usualLength(FrozenModel base) throws IOException {
        return ((BaseModel) base).embeddingSettings().maxLength();
    }
}
