package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.description.EmbeddingDescription;

/** Pairs of texts whose embeddings should be close, such as questions and passages. */
public final class PairsTask extends EmbeddingTask<PairData> {
    /** The column of positive texts. */
    public static final TaskOption POSITIVE =
            TaskOption.value("--positive", "COLUMN", "The column of the positive text. Default: positive.");
    /** The columns of hard negatives. */
    public static final TaskOption NEGATIVE = TaskOption.list(
            "--negative", "COLUMN", "The columns of hard negatives: texts that resemble the positive but are wrong.");
    /** The folder to evaluate on. */
    public static final TaskOption CORPUS = TaskOption.input(
            "--corpus",
            "DIR",
            "Evaluate on this BEIR folder (corpus.jsonl, queries.jsonl, qrels). Default: held-out pairs.");

    /** The column of queries. */
    public static final TaskOption ANCHOR =
            TaskOption.value("--anchor", "COLUMN", "The column of the query text. Default: anchor.");

    private static final TaskOption LOSS = TaskOption.value(
            "--loss",
            "LOSS",
            "contrast (with the other pairs of a batch) or triplet (each pair with its own negatives). Default:"
                    + " contrast.");

    private static final String NAME = "pairs";

    /** {@code --task pairs}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(
                    TaskOption.DATA.described(
                            "A BEIR folder (corpus.jsonl, queries.jsonl, qrels), instead of --train."),
                    TaskOption.TRAIN,
                    TaskOption.DEV,
                    TaskOption.FORMAT,
                    ANCHOR,
                    POSITIVE,
                    NEGATIVE,
                    CORPUS,
                    LOSS,
                    Losses.DIMENSIONS,
                    Losses.WEIGHTS,
                    TaskOption.TEACHER)
            .usualColumns("anchor", "positive")
            .defaults(given -> TrainingDefaults.PAIRS)
            .check(PairsTask::check)
            .loads(EmbeddingDescription.class, TextEmbedder::new)
            .reads(PairsTask::read);

    /** Creates a task of pairs with losses, with its name in folders. */
    public PairsTask(String name, PairData pairs, Losses losses) {
        super(name, pairs, TrainingDefaults.PAIRS, losses, Feature.TEACHER);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training pairs; %,d queries to find in %,d texts",
                name(),
                data().train().size(),
                data().evaluation().queries().size(),
                data().evaluation().corpus().size());
    }

    @Override
    protected PairsTask with(PairData other) {
        return new PairsTask(name(), other, losses());
    }

    @Override
    EmbeddingEvaluation evaluation() {
        return EmbeddingEvaluation.retrieval(data().evaluation());
    }

    @Override
    TextEmbedder train(EmbedderTraining training) throws IOException {
        return training.train(data());
    }

    private enum Loss {
        CONTRAST(EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE)),
        TRIPLET(EmbeddingLoss.triplet(EmbeddingLoss.MARGIN));

        private final EmbeddingLoss minimized;

        Loss(EmbeddingLoss minimized) {
            this.minimized = minimized;
        }
    }

    private static Losses losses(TaskOptions given) {
        return Losses.of(given.named(LOSS, Loss.values()).map(loss -> loss.minimized), given);
    }

    private static void check(TaskOptions given) {
        losses(given);
        given.refuse(
                given.has(TaskOption.TEACHER) && given.has(LOSS),
                "--loss together with --teacher",
                "one of them, because a teacher's embeddings replace the pairs");
        if (given.data().isEmpty()) {
            given.requireOneFile();
            given.refuse(given.has(CORPUS) && given.dev().isPresent(), "--corpus and --dev", "one of them");
            given.refuse(
                    given.value(LOSS).filter("triplet"::equals).isPresent() && !given.has(NEGATIVE),
                    "--loss triplet",
                    "--negative as well");
            return;
        }
        boolean others =
                List.of(TaskOption.FORMAT, ANCHOR, POSITIVE, NEGATIVE, CORPUS, TaskOption.TRAIN, TaskOption.DEV)
                        .stream()
                        .anyMatch(given::has);
        given.refuse(others, "--data with other files or columns", "one way");
    }

    private static PairsTask read(TaskOptions given) throws IOException {
        Optional<Path> folder = given.data();
        if (folder.isPresent()) {
            return new PairsTask(NAME, PairData.beir(folder.get()).read(), losses(given));
        }
        PairData.FromFile file = PairData.of(given.train());
        if (given.has(NEGATIVE)) {
            file.negatives(given.values(NEGATIVE).toArray(String[]::new));
        }
        given.value(ANCHOR).ifPresent(file::anchor);
        given.value(POSITIVE).ifPresent(file::positive);
        given.dev().ifPresent(file::dev);
        if (given.has(CORPUS)) {
            file.evaluation(beir(given.path(CORPUS).orElseThrow()));
        }
        return new PairsTask(NAME, file.read(), losses(given));
    }

    /** Reads a BEIR folder to evaluate on, with its split {@code dev} if it has one, else {@code test}. */
    public static RetrievalData beir(Path folder) throws IOException {
        return RetrievalData.beir(folder, Files.exists(folder.resolve("qrels/dev.tsv")) ? "dev" : "test");
    }
}
