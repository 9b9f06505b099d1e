package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.FirstStage;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.RankingLoss;
import org.lsradapt.runs.RankingRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.Candidates;
import org.lsradapt.tasks.RankingData;
import org.lsradapt.tasks.RetrievalData;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The task of queries whose passages are ranked, and the options that only it takes. */
final class RerankTask implements DataTask {
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

    @Option(names = "--query", paramLabel = "COLUMN", description = "rerank: the column of the query. Default: query.")
    private String query;

    @Option(
            names = "--passage",
            paramLabel = "COLUMN",
            description = "rerank: the column of the passage; --label names the column of its label. Default: passage.")
    private String passage;

    @Option(
            names = "--scores",
            paramLabel = "COLUMN",
            description = "rerank: the column of a teacher's scores, to learn their margins.")
    private String scores;

    @Option(
            names = "--first-stage",
            paramLabel = "MODEL",
            description = "rerank: embedding model, or folder of an adapter for one, that finds the candidates to"
                    + " evaluate on. Default: the passages in each query's rows.")
    @Names(Names.Use.INPUT)
    private String firstStage;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "rerank: candidates per query from the first stage. Default: 100.")
    private Integer candidates;

    @Override
    public String name() {
        return "rerank";
    }

    @Override
    public List<String> options() {
        return List.of(
                "--train",
                "--dev",
                "--format",
                "--label",
                "--positive",
                "--negative",
                "--corpus",
                "--query",
                "--passage",
                "--scores",
                "--loss",
                "--first-stage",
                "--candidates",
                "--teacher");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return read.orElse(null) instanceof RankingRunData queries
                ? TrainingDefaults.of(queries.loss())
                : TrainingDefaults.HEAD;
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        boolean corpus = given.corpus().isPresent();
        given.refuse(corpus && given.dev().isPresent(), "--corpus and --dev", "one of them");
        boolean positive = given.positive().isPresent();
        given.refuse(
                positive && (passage != null || given.label().isPresent()),
                "--positive together with --passage or --label",
                "passages with labels, or positives with negatives");
        given.refuse(!positive && !given.negatives().isEmpty(), "--negative", "--positive as well");
        given.refuse(corpus && firstStage == null, "--corpus", "--first-stage as well, which searches it");
        given.refuse(candidates != null && firstStage == null, "--candidates", "--first-stage as well");
        given.refuse(candidates != null && candidates < 1, "--candidates " + candidates, ">= 1");
        boolean taught = given.teacher().isPresent();
        given.refuse(taught && scores != null, "--scores together with --teacher", "one of them");
        given.refuse(
                taught && askedLoss(given).filter(asked -> !asked.isOfScores()).isPresent(),
                "--loss " + given.losses().name().orElse("") + " together with --teacher",
                "margin, by which a teacher's scores are learned");
    }

    private Optional<RankingLoss> askedLoss(DataOptions given) {
        return given.losses().name().map(name -> Require.named("loss", name, Losses.values(), Losses::label).loss);
    }

    /** Reads the files; the first stage then retrieves candidates. */
    @Override
    public RunData read(DataOptions given) throws IOException {
        RankingData.FromFile rows = RankingData.from(given.train());
        given.format().ifPresent(rows::format);
        given.dev().ifPresent(rows::dev);
        Optional.ofNullable(query).ifPresent(rows::query);
        Optional.ofNullable(passage).ifPresent(rows::passage);
        given.label().ifPresent(rows::label);
        given.positive().ifPresent(rows::positive);
        Optional.ofNullable(scores).ifPresent(rows::scores);
        if (!given.negatives().isEmpty()) {
            rows.negatives(given.negatives().toArray(new String[0]));
        }
        Optional<Path> corpus = given.corpus();
        if (corpus.isPresent()) {
            rows.evaluation(search(DataOptions.beir(corpus.get())));
        }
        RankingData data = rows.read();
        if (firstStage != null && corpus.isEmpty()) {
            data = data.withEvaluation(search(data.evaluation().data()));
        }
        if (given.teacher().isPresent()) {
            return new RankingRunData(name(), data, RankingLoss.margin());
        }
        RankingLoss minimized = askedLoss(given).orElse(RerankerTraining.usualLoss(data.train()));
        RerankerTraining.check(data.train(), minimized);
        return new RankingRunData(name(), data, minimized);
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
