package org.lsradapt.tasks.reranking;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.classification.RememberedOutputs;
import org.lsradapt.tasks.classification.Teachers;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.embeddings.PairsTask;
import org.lsradapt.tasks.embeddings.TextEmbedder;

/** Queries whose passages are ranked. */
public final class RerankTask extends TrainingTask<RankingData, Reranker> {
    private static final int CANDIDATE_COUNT = 100;
    private static final TaskOption QUERY =
            TaskOption.value("--query", "COLUMN", "The column of the query. Default: query.");
    private static final TaskOption PASSAGE = TaskOption.value(
            "--passage",
            "COLUMN",
            "The column of the passage; --label names the column of its label. Default: passage.");
    private static final TaskOption SCORES =
            TaskOption.value("--scores", "COLUMN", "The column of a teacher's scores, to learn their margins.");
    private static final TaskOption FIRST_STAGE = TaskOption.input(
            "--first-stage",
            "MODEL",
            "Embedding model, or folder of an adapter for one, that finds the candidates to evaluate on. Default:"
                    + " the passages in each query's rows.");
    private static final TaskOption CANDIDATES = TaskOption.value(
            "--candidates", "N", "Candidates per query from the first stage. Default: " + CANDIDATE_COUNT + ".");
    private static final TaskOption LOSS = TaskOption.value(
            "--loss",
            "LOSS",
            "binary (each passage is relevant or not), listwise (LambdaLoss: the order of a query's passages) or"
                    + " margin (to a teacher's scores). Default: margin with --scores, listwise where a label is"
                    + " above 1, else binary.");

    private static final String NAME = "rerank";

    /** {@code --task rerank}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(
                    TaskOption.TRAIN,
                    TaskOption.DEV,
                    TaskOption.FORMAT,
                    TaskOption.LABEL,
                    PairsTask.POSITIVE,
                    PairsTask.NEGATIVE,
                    PairsTask.CORPUS,
                    QUERY,
                    PASSAGE,
                    SCORES,
                    LOSS,
                    FIRST_STAGE,
                    CANDIDATES,
                    TaskOption.TEACHER)
            .usualColumns("query", "passage")
            .usualColumns("query", "positive")
            .check(RerankTask::check)
            .loads(RerankingDescription.class, parts -> new Reranker(parts.ofTexts(), Optional.empty()))
            .reads(RerankTask::read);

    private final RankingLoss loss;
    /** The queries whose passages a teacher scores, of which the training queries are a part. */
    private final List<Example> taught;

    /** Creates a task of queries with a loss, with its name in folders. */
    public RerankTask(String name, RankingData data, RankingLoss loss) {
        this(
                name,
                data,
                loss,
                data.train().stream()
                        .flatMap(query -> query.passages().stream().map(passage -> new Example(query.query(), passage)))
                        .toList());
    }

    private RerankTask(String name, RankingData data, RankingLoss loss, List<Example> taught) {
        super(name, data, TrainingDefaults.of(loss), Feature.HEAD, Feature.TEACHER);
        this.loss = loss;
        this.taught = taught;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training queries with %,d passages, loss %s; %,d queries with %,d candidates, %s",
                name(),
                data().train().size(),
                data().train().stream()
                        .mapToInt(query -> query.passages().size())
                        .sum(),
                loss,
                data().evaluation().data().queries().size(),
                data().evaluation().size(),
                data().evaluation().stage());
    }

    @Override
    protected RerankTask with(RankingData other) {
        return new RerankTask(name(), other, loss, taught);
    }

    @Override
    public OptionalInt labelled() {
        return OptionalInt.of(RerankerTraining.items(data().train(), loss));
    }

    @Override
    public int headSteps(int usual, FrozenModel base) {
        return Reranker.hasTrainedHead((BaseModel) base) ? 0 : usual;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("loss", loss.toString());
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter,
                "rerank --passages passages.txt --query 'a question'",
                "Reranker",
                "rank(\"a question\", passages, 10)");
    }

    @Override
    public String primaryMetric() {
        return RankingMetrics.NAMES.get(0);
    }

    @Override
    public int usualLength(FrozenModel base) {
        return FineTuning.TEXT_LENGTH;
    }

    /** Returns the first stage and, if the base model is a cross-encoder, the base model's own scores. */
    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        Candidates candidates = data().evaluation();
        Baseline first = Baseline.firstStage(RankingMetrics.of(candidates), candidates.stage());
        BaseModel model = (BaseModel) base;
        if (!Reranker.hasTrainedHead(model)) {
            return List.of(first);
        }
        said.accept("training begins with the base model's own head, without steps of the head alone");
        said.accept("measuring the base model");
        try (Reranker reranker = Reranker.of(model)) {
            return List.of(first, Baseline.baseMetrics(reranker.evaluate(candidates)));
        }
    }

    @Override
    public Reranker train(FrozenModel base, Setup setup) throws IOException {
        RerankerTraining training =
                setup.apply(Reranker.on((BaseModel) base).name(name()).loss(loss));
        if (setup.teacher().isPresent()) {
            RememberedOutputs answers = Teachers.answers(setup.teacher().get(), taught);
            Require.argument(
                    answers.task() instanceof RerankingDescription, "teacher: expected rerankers for task %s", name());
            training.teacher(answers);
        }
        return training.train(data());
    }

    @Override
    public Measured measure(Reranker model, Setup setup) {
        return new Measured(model.measure(data().evaluation()));
    }

    private enum Loss {
        BINARY(RankingLoss.binary()),
        LISTWISE(RankingLoss.listwise()),
        MARGIN(RankingLoss.margin());

        private final RankingLoss minimized;

        Loss(RankingLoss minimized) {
            this.minimized = minimized;
        }
    }

    private static Optional<RankingLoss> loss(TaskOptions given) {
        return given.named(LOSS, Loss.values()).map(loss -> loss.minimized);
    }

    private static void check(TaskOptions given) {
        given.requireOneFile();
        boolean corpus = given.has(PairsTask.CORPUS);
        boolean positive = given.has(PairsTask.POSITIVE);
        given.refuse(corpus && given.dev().isPresent(), "--corpus and --dev", "one of them");
        given.refuse(
                positive && (given.has(PASSAGE) || given.label().isPresent()),
                "--positive together with --passage or --label",
                "passages with labels, or positives with negatives");
        given.refuse(!positive && given.has(PairsTask.NEGATIVE), "--negative", "--positive as well");
        given.refuse(corpus && !given.has(FIRST_STAGE), "--corpus", "--first-stage as well, which searches it");
        given.refuse(given.has(CANDIDATES) && !given.has(FIRST_STAGE), "--candidates", "--first-stage as well");
        int count = given.integer(CANDIDATES).orElse(CANDIDATE_COUNT);
        given.refuse(count < 1, "--candidates " + count, ">= 1");
        boolean taught = given.has(TaskOption.TEACHER);
        given.refuse(taught && given.has(SCORES), "--scores together with --teacher", "one of them");
        given.refuse(
                taught && loss(given).filter(asked -> !asked.isOfScores()).isPresent(),
                "--loss " + given.value(LOSS).orElse("") + " together with --teacher",
                "margin, by which a teacher's scores are learned");
    }

    /** Reads the files; the first stage then retrieves candidates. */
    private static RerankTask read(TaskOptions given) throws IOException {
        RankingData.FromFile rows = RankingData.of(given.train());
        given.dev().ifPresent(rows::dev);
        given.value(QUERY).ifPresent(rows::query);
        given.value(PASSAGE).ifPresent(rows::passage);
        given.label().ifPresent(rows::label);
        given.value(PairsTask.POSITIVE).ifPresent(rows::positive);
        given.value(SCORES).ifPresent(rows::scores);
        if (given.has(PairsTask.NEGATIVE)) {
            rows.negatives(given.values(PairsTask.NEGATIVE).toArray(String[]::new));
        }
        Optional<Path> corpus = given.path(PairsTask.CORPUS);
        if (corpus.isPresent()) {
            rows.evaluation(search(PairsTask.beir(corpus.get()), given));
        }
        RankingData data = rows.read();
        if (given.has(FIRST_STAGE) && corpus.isEmpty()) {
            data = data.withEvaluation(search(data.evaluation().data(), given));
        }
        if (given.has(TaskOption.TEACHER)) {
            return new RerankTask(NAME, data, RankingLoss.margin());
        }
        RankingLoss minimized = loss(given).orElse(RerankerTraining.usualLoss(data.train()));
        RerankerTraining.check(data.train(), minimized);
        return new RerankTask(NAME, data, minimized);
    }

    private static Candidates search(RetrievalData data, TaskOptions given) throws IOException {
        int count = given.integer(CANDIDATES).orElse(CANDIDATE_COUNT);
        String stage = given.value(FIRST_STAGE).orElseThrow();
        Path folder = Path.of(stage);
        if (AdapterFolder.isOne(folder)) {
            try (TextEmbedder embedder = TextEmbedder.load(folder)) {
                return FirstStage.candidates(embedder, stage, data, count);
            }
        }
        try (BaseModel base = BaseModel.load(stage);
                TextEmbedder embedder = TextEmbedder.of(base)) {
            return FirstStage.candidates(embedder, stage, data, count);
        }
    }
}
