package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.retrieval.ScoredPairData;

/** Pairs of texts with similarity scores. */
public final class SimilarityTask extends EmbeddingTask<ScoredPairData> {
    private static final TaskOption LOSS =
            TaskOption.value("--loss", "LOSS", "cosine (the scores' values) or cosent (their order). Default: cosine.");

    private static final String NAME = "similarity";

    /** {@code --task similarity}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(
                    TaskOption.TRAIN,
                    TaskOption.DEV,
                    TaskOption.FORMAT,
                    TaskOption.TEXT.described("Both columns of a pair. Default: sentence1,sentence2."),
                    TaskOption.LABEL.described("The column of the score. Default: score."),
                    LOSS,
                    Losses.DIMENSIONS,
                    Losses.WEIGHTS)
            .usualColumns("sentence1", "sentence2", "score")
            .defaults(given -> TrainingDefaults.EMBEDDINGS)
            .check(given -> {
                given.requireOneFile();
                given.requireTexts(2, 2);
                losses(given);
            })
            .reads(SimilarityTask::read);

    /** Creates a task of pairs with losses, with its name in folders. */
    public SimilarityTask(String name, ScoredPairData pairs, Losses losses) {
        super(name, pairs, TrainingDefaults.EMBEDDINGS, losses);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation pairs with scores",
                name(),
                data().train().size(),
                data().evaluation().size());
    }

    @Override
    protected SimilarityTask with(ScoredPairData other) {
        return new SimilarityTask(name(), other, losses());
    }

    @Override
    EmbeddingEvaluation evaluation() {
        return EmbeddingEvaluation.scored(data().evaluation());
    }

    @Override
    TextEmbedder train(EmbedderTraining training) throws IOException {
        return training.trainScored(data());
    }

    private enum Loss {
        COSINE(Optional.empty()),
        COSENT(Optional.of(EmbeddingLoss.cosent(EmbeddingLoss.SCALE)));

        private final Optional<EmbeddingLoss> minimized;

        Loss(Optional<EmbeddingLoss> minimized) {
            this.minimized = minimized;
        }
    }

    private static Losses losses(TaskOptions given) {
        return Losses.of(given.named(LOSS, Loss.values()).flatMap(loss -> loss.minimized), given);
    }

    private static SimilarityTask read(TaskOptions given) throws IOException {
        ScoredPairData.FromFile file = ScoredPairData.of(given.train());
        if (!given.text().isEmpty()) {
            file.texts(given.text().get(0), given.text().get(1));
        }
        given.label().ifPresent(file::score);
        given.dev().ifPresent(file::dev);
        return new SimilarityTask(NAME, file.read(), losses(given));
    }
}
