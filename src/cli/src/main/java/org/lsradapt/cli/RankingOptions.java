package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FirstStage;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.RankingLoss;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.Candidates;
import org.lsradapt.tasks.RankingData;
import org.lsradapt.tasks.RetrievalData;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of {@code --task rerank} that no other task has. */
final class RankingOptions {
    /** What losses are called on the command line. */
    private enum Losses {
        BINARY(RankingLoss.binary()),
        LISTWISE(RankingLoss.listwise()),
        MARGIN(RankingLoss.margin());

        private final RankingLoss loss;

        Losses(RankingLoss loss) {
            this.loss = loss;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--query",
            paramLabel = "COLUMN",
            description = "rerank: the column of what is asked. Default: query.")
    private String query;

    @Option(
            names = "--passage",
            paramLabel = "COLUMN",
            description = "rerank: the column of the passage, whose label is in --label. Default: passage.")
    private String passage;

    @Option(
            names = "--scores",
            paramLabel = "COLUMN",
            description = "rerank: the column of a teacher's scores, to learn their margins.")
    private String scores;

    @Option(
            names = "--loss",
            paramLabel = "LOSS",
            description =
                    "rerank: binary (each passage is relevant or not), listwise (LambdaLoss: the order of a query's"
                            + " passages) or margin (to a teacher's scores). Default: margin with --scores, listwise where a label is"
                            + " above 1, else binary.")
    private String loss;

    @Option(
            names = "--first-stage",
            paramLabel = "MODEL",
            description =
                    "rerank: what finds the candidates to evaluate on: an embedding model, or the folder of an adapter"
                            + " for one. Default: the passages of each query's own rows.")
    private String firstStage;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "rerank: how many candidates the first stage finds for each query. Default: 100.")
    private Integer candidates;

    /** Whether some are given. */
    Optional<String> given() {
        if (query != null) {
            return Optional.of("--query");
        }
        if (passage != null) {
            return Optional.of("--passage");
        }
        if (scores != null) {
            return Optional.of("--scores");
        }
        if (loss != null) {
            return Optional.of("--loss");
        }
        if (firstStage != null) {
            return Optional.of("--first-stage");
        }
        return candidates == null ? Optional.empty() : Optional.of("--candidates");
    }

    /**
     * The files and columns, of which other tasks have options too.
     *
     * @param label null for the default, as all that follow
     */
    record Files(
            Path train,
            Optional<Path> dev,
            @Nullable Path corpus,
            TableFormatOption format,
            @Nullable String label,
            @Nullable String positive,
            List<String> negatives) {}

    /** Checks what can be checked without reading anything. */
    void check(Files files) {
        refuse(
                files.positive() != null && (passage != null || files.label() != null),
                "--positive beside --passage or --label",
                "passages with labels, or positives with negatives");
        refuse(files.positive() == null && !files.negatives().isEmpty(), "--negative", "--positive beside it");
        refuse(files.corpus() != null && firstStage == null, "--corpus", "--first-stage beside it, which searches it");
        refuse(candidates != null && firstStage == null, "--candidates", "--first-stage beside it");
        refuse(candidates != null && candidates < 1, "--candidates " + candidates, ">= 1");
        askedLoss();
    }

    private static void refuse(boolean wrong, String found, String expected) {
        if (wrong) {
            throw new BadInput("--task rerank: found " + found + ", expected " + expected);
        }
    }

    private Optional<RankingLoss> askedLoss() {
        return Optional.ofNullable(loss).map(name -> Require.named("loss", name, Losses.values(), Losses::label).loss);
    }

    /** Reads the files, and lets the first stage find candidates. */
    RunData read(String task, Files files) throws IOException {
        RankingData.FromFile rows = RankingData.from(files.train());
        files.format().asked().ifPresent(rows::format);
        files.dev().ifPresent(rows::dev);
        set(query, rows::query);
        set(passage, rows::passage);
        set(files.label(), rows::label);
        set(files.positive(), rows::positive);
        set(scores, rows::scores);
        if (!files.negatives().isEmpty()) {
            rows.negatives(files.negatives().toArray(new String[0]));
        }
        if (files.corpus() != null) {
            rows.evaluation(search(beir(files.corpus())));
        }
        RankingData data = rows.read();
        if (firstStage != null && files.corpus() == null) {
            data = data.withEvaluation(search(data.evaluation().data()));
        }
        RankingLoss minimized = askedLoss().orElse(RerankerTraining.usualLoss(data.train()));
        RerankerTraining.check(data.train(), minimized);
        return new RunData.Ranking(task, data, minimized);
    }

    private static void set(@Nullable String column, Consumer<String> setter) {
        if (column != null) {
            setter.accept(column);
        }
    }

    private static RetrievalData beir(Path folder) throws IOException {
        boolean dev = java.nio.file.Files.exists(folder.resolve("qrels").resolve("dev.tsv"));
        return RetrievalData.beir(folder, dev ? "dev" : "test");
    }

    private Candidates search(RetrievalData data) throws IOException {
        int count = candidates == null ? 100 : candidates;
        Path folder = Path.of(firstStage);
        if (AdapterFolder.isOne(folder)) {
            try (TextEmbedder embedder = TextEmbedder.load(folder)) {
                return FirstStage.candidates(embedder, firstStage, data, count);
            }
        }
        try (BaseModel base = BaseModel.load(firstStage);
                TextEmbedder embedder = TextEmbedder.of(base)) {
            return FirstStage.candidates(embedder, firstStage, data, count);
        }
    }
}
