package org.lsradapt.tasks.reranking;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.tasks.classification.Ensemble;
import org.lsradapt.tasks.classification.ScoringModel;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Configures and runs the training of a reranker, on pairs of a query and a passage, or on all passages of a query
 * together. Its defaults are those of other models, with batches of queries where the loss takes a query's passages
 * together. If the base model is a trained cross-encoder, the training begins with its head, without steps of the head
 * alone. For one thread at a time.
 */
public final class RerankerTraining extends FineTuning<RerankerTraining, BaseModel> {
    private static final String NAME = "rerank";

    private Optional<RankingLoss> loss = Optional.empty();
    private Optional<ScoringModel> teacher = Optional.empty();

    RerankerTraining(BaseHandle.Source<BaseModel> source) {
        super(source);
    }

    /** Sets the loss, in place of {@link #usualLoss}. */
    public RerankerTraining loss(RankingLoss minimized) {
        loss = Optional.of(minimized);
        return this;
    }

    /**
     * Learns the margins between a teacher's scores, which replace those of the queries: the loss is {@link RankingLoss#margin}. An
     * {@link Ensemble} is a teacher, too; its scores are the members' means. The teacher scores each pair of the training data once.
     *
     * @param model a reranker; used by {@code train} and not closed
     */
    public RerankerTraining teacher(ScoringModel model) {
        teacher = Optional.of(model);
        return this;
    }

    /**
     * Returns the default loss: the margin to a teacher's scores if the queries have them, {@link RankingLoss#listwise}
     * if a grade is above 1, and {@link RankingLoss#binary} otherwise.
     */
    public static RankingLoss usualLoss(List<JudgedQuery> queries) {
        if (queries.stream().noneMatch(query -> query.scores().isEmpty())) {
            return RankingLoss.margin();
        }
        return queries.stream().flatMap(query -> query.grades().stream()).anyMatch(grade -> grade > 1)
                ? RankingLoss.listwise()
                : RankingLoss.binary();
    }

    /** The number of items of batches that queries make. */
    public static int items(List<JudgedQuery> queries, RankingLoss minimized) {
        return minimized.isOfQueries()
                ? (int) queries.stream()
                        .filter(query -> isOfUse(query, minimized))
                        .count()
                : queries.stream().mapToInt(query -> query.passages().size()).sum();
    }

    /** Trains on queries, a tenth of which is held out for evaluation, at random; see {@link #train(RankingData)}. */
    public Reranker train(List<JudgedQuery> queries) throws IOException {
        return train(RankingData.of(queries).seed(seed()).read());
    }

    /** Trains on queries, measured by the ranks of the passages of others; see {@link #train(RankingData)}. */
    public Reranker train(List<JudgedQuery> queries, List<JudgedQuery> evaluation) throws IOException {
        return train(RankingData.of(queries).dev(evaluation).read());
    }

    /**
     * Trains on queries, and keeps the parameters with the best {@code ndcg@10} on the evaluation candidates.
     *
     * @param data queries with judged passages, and the evaluation data
     * @return the reranker of the best evaluation, which the caller closes
     */
    public Reranker train(RankingData data) throws IOException {
        return teacher.isPresent() ? learn(data.withTrain(scored(teacher.get(), data.train()))) : learn(data);
    }

    private Reranker learn(RankingData data) throws IOException {
        RankingLoss minimized = loss.orElseGet(() -> usualLoss(data.train()));
        Require.argument(
                teacher.isEmpty() || minimized.isOfScores(),
                "teacher: found the loss %s, expected the margin, by which its scores are learned",
                minimized);
        check(data.train(), minimized);
        return train(new Queries(nameOr(NAME), data, minimized));
    }

    /** Checks that a loss can learn from queries; an exception names the query. */
    public static void check(List<JudgedQuery> queries, RankingLoss minimized) {
        for (JudgedQuery query : queries) {
            if (isOfUse(query, minimized)) {
                try {
                    targets(query, order(query), minimized);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("query \"" + query.query() + "\": " + e.getMessage(), e);
                }
            }
        }
        Require.argument(
                items(queries, minimized) > 0,
                "rerank: no query has passages of two labels, expected one at least for the loss %s",
                minimized);
    }

    /** Whether the loss can learn from a query: a loss that compares passages needs two with different labels. */
    private static boolean isOfUse(JudgedQuery query, RankingLoss minimized) {
        return !minimized.isOfQueries() || query.grades().stream().distinct().count() > 1;
    }

    private static List<TrainingExample> encode(
            List<JudgedQuery> queries, RankingLoss minimized, Tokenizer tokenizer, int length) {
        List<TrainingExample> examples = new ArrayList<>();
        for (JudgedQuery query : queries) {
            if (!isOfUse(query, minimized)) {
                continue;
            }
            int[] order = order(query);
            List<TokenSequence> pairs = IntStream.of(order)
                    .mapToObj(i ->
                            tokenizer.encode(query.query(), query.passages().get(i), length))
                    .toList();
            List<Target> targets = targets(query, order, minimized);
            if (minimized.isOfQueries()) {
                examples.add(TrainingExample.ofQuery(pairs, targets));
            } else {
                for (int i = 0; i < order.length; i++) {
                    examples.add(new TrainingExample(pairs.get(i), targets.get(i)));
                }
            }
        }
        return examples;
    }

    /** The passages of a query, the highest grade first: the margin loss takes the first passage as the positive. */
    private static int[] order(JudgedQuery query) {
        return IntStream.range(0, query.passages().size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -query.grades().get(i)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static List<Target> targets(JudgedQuery query, int[] order, RankingLoss minimized) {
        boolean taught = minimized.isOfScores();
        Require.argument(
                !taught || !query.scores().isEmpty(),
                "there are no scores of a teacher, expected one for each passage for the loss %s",
                minimized);
        List<Double> known = taught ? query.scores() : query.grades();
        return minimized.targets(IntStream.of(order).mapToDouble(known::get).toArray());
    }

    private record Queries(String name, RankingData data, RankingLoss loss) implements Lesson<BaseModel, Reranker> {

        @Override
        public TrainingDefaults defaults() {
            return TrainingDefaults.of(loss);
        }

        @Override
        public OptionalInt labelled() {
            return OptionalInt.of(items(data.train(), loss));
        }

        @Override
        public String describe(int items, BaseModel base) {
            return String.format(
                    Locale.ROOT,
                    "%d queries in %d %s, loss %s%s",
                    data.train().size(),
                    items,
                    loss.isOfQueries() ? "lists of passages" : "pairs",
                    loss,
                    Reranker.hasTrainedHead(base) ? ", from the base model's own head" : "");
        }

        @Override
        public int usualLength(BaseModel base) {
            return FineTuning.TEXT_LENGTH;
        }

        @Override
        public TrainingConfig forModel(TrainingConfig usual, BaseModel base) {
            return Reranker.hasTrainedHead(base)
                    ? usual.toBuilder().headSteps(0).build()
                    : usual;
        }

        @Override
        public Parts<BaseModel, Reranker> on(BaseModel base, Setting setting) throws IOException {
            TrainingConfig config = setting.config();
            Require.argument(
                    config.chunkSize() == 0 || !loss.isOfQueries(),
                    "chunk size %d: the loss is of a query's passages together, expected smaller batches that are"
                            + " accumulated",
                    config.chunkSize());
            int length = setting.maxLength();
            SequenceHead head = setting.opened()
                    .add(
                            Reranker.hasTrainedHead(base)
                                    ? Reranker.trainedHead(base)
                                    : new SequenceHead(base.weights(), 1, config.seed()));
            return new Parts<>(
                    SequenceObjective.ranking(head, loss, Backends.standard()),
                    () -> encode(data.train(), loss, base.tokenizer(), length),
                    CandidateEvaluation.of(data.evaluation(), base.tokenizer(), length)
                            .inTraining(),
                    trained -> new Reranker(
                            trained.parts(new RerankingDescription(name), length)
                                    .with(head)
                                    .ofPairs(true),
                            Optional.empty()));
        }
    }

    /**
     * Queries with a reranker's scores.
     *
     * @throws IllegalArgumentException if the teacher is not a reranker
     */
    private static List<JudgedQuery> scored(ScoringModel teacher, List<JudgedQuery> queries) {
        Require.argument(
                teacher.task() instanceof RerankingDescription,
                "teacher: found a model of task %s, expected a reranker",
                teacher.task().name());
        List<Example> pairs = queries.stream()
                .flatMap(query -> query.passages().stream().map(passage -> new Example(query.query(), passage)))
                .toList();
        double[][] scores = teacher.outputs(pairs);
        List<JudgedQuery> scored = new ArrayList<>();
        int next = 0;
        for (JudgedQuery query : queries) {
            List<Double> own = new ArrayList<>();
            for (int i = 0; i < query.passages().size(); i++) {
                own.add(scores[next][0]);
                next++;
            }
            scored.add(query.withScores(own));
        }
        return scored;
    }
}
