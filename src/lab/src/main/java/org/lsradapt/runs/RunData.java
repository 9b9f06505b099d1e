package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.EmbeddingEvaluation;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.RankingLoss;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.PairData;
import org.lsradapt.tasks.RankingData;
import org.lsradapt.tasks.ScoredPairData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.tasks.TokenData;

/** What a run trains and evaluates on. */
public sealed interface RunData {

    /** The task's name, as folders have it. */
    String name();

    /** The task's name in headings. */
    default String title() {
        return name();
    }

    /** How much there is, in a line. */
    String describe();

    /** What the owner of the data should know, a sentence each. */
    List<String> notes();

    /**
     * Leaves training examples out of data with labels, the same ones each time.
     *
     * @param count about how many to train on
     * @throws IllegalArgumentException if the data has no labels
     */
    default RunData limit(int count) {
        throw new IllegalArgumentException(
                "examples: task " + name() + " has no labels, expected a classification or a regression");
    }

    /**
     * Puts a part of the training data in place of the evaluation data, and leaves the rest of it to train on.
     *
     * @param fraction how much, above 0 and below 1
     * @param seed decides which part
     * @throws IllegalArgumentException if nothing can be held out
     */
    RunData holdOut(double fraction, long seed);

    /** How many training examples with labels there are; empty where there are no labels. */
    default Optional<Integer> labelledExamples() {
        return Optional.empty();
    }

    /** Whether a head is trained. */
    default boolean hasHead() {
        return false;
    }

    /** Whether the model is one of two towers, for images and texts. */
    default boolean wantsTowers() {
        return false;
    }

    /** How images are varied in training; empty where there are none. */
    default Optional<Augmentation> augmentation() {
        return Optional.empty();
    }

    /** Whether there are classes to weigh. */
    default boolean hasClasses() {
        return false;
    }

    /** A text in which {@code {}} stands for the name of a class; empty where classes are not compared with texts. */
    default Optional<String> template() {
        return Optional.empty();
    }

    /** What the report says of how this data is learned from, by name. */
    default Map<String, Object> settings() {
        return Map.of();
    }

    /**
     * What a run does with this data.
     *
     * @param settings what to do
     * @param base the base model: of two towers where the data wants them, else of one; kept
     * @throws IOException if a file of the model is missing or malformed
     */
    Experiment<?> on(FrozenModel base, RunSettings settings) throws IOException;

    /** The name of the metric by which the best evaluation is chosen. */
    String primaryMetric();

    /**
     * A classification or a regression.
     *
     * @param data its examples
     * @param notes what the user should know
     * @param augmentation how images are varied in training; empty where examples are texts
     * @param template a text in which {@code {}} stands for the name of a class; empty for a head
     */
    record Labelled(
            Task task,
            TaskData data,
            List<String> notes,
            Optional<Augmentation> augmentation,
            Optional<String> template)
            implements RunData {
        private static final long LIMIT_SEED = 0;

        /** Of an official task. */
        public Labelled(Task task, TaskData data) {
            this(task, data, List.of(), Optional.empty(), Optional.empty());
        }

        /** The user's own. */
        public Labelled(OwnData own, Optional<Augmentation> augmentation, Optional<String> template) {
            this(own.task(), own.data(), own.notes(), augmentation, template);
        }

        @Override
        public String name() {
            return task.name();
        }

        @Override
        public String title() {
            return task.title();
        }

        @Override
        public Labelled holdOut(double fraction, long seed) {
            return new Labelled(task, data.holdOut(task.kind(), fraction, seed), notes, augmentation, template);
        }

        @Override
        public String describe() {
            String kind = majorityAccuracy().isPresent()
                    ? String.format(
                            Locale.ROOT,
                            "%d classes, majority class %.4f",
                            task.labels().size(),
                            majorityAccuracy().getAsDouble())
                    : "a number to predict";
            return String.format(
                    Locale.ROOT,
                    "task %s: %d training and %d evaluation examples, %s",
                    name(),
                    data.train().size(),
                    data.evaluation().size(),
                    kind);
        }

        @Override
        public String primaryMetric() {
            return task.primaryMetric();
        }

        @Override
        public Optional<Integer> labelledExamples() {
            return Optional.of(data.train().size());
        }

        @Override
        public RunData limit(int count) {
            return new Labelled(task, data.limit(task.kind(), count, LIMIT_SEED), notes, augmentation, template);
        }

        @Override
        public boolean hasHead() {
            return template.isEmpty();
        }

        @Override
        public boolean wantsTowers() {
            return template.isPresent();
        }

        @Override
        public Experiment<?> on(FrozenModel base, RunSettings settings) {
            return template.isPresent()
                    ? new ZeroShotExperiment(settings, this, template.get(), (DualModel) base)
                    : new HeadExperiment(settings, this, (BaseModel) base);
        }

        @Override
        public boolean hasClasses() {
            return task.kind() == TaskKind.CLASSIFICATION;
        }

        /** Accuracy of always answering the most frequent class; empty for a regression. */
        OptionalDouble majorityAccuracy() {
            return task.kind() == TaskKind.CLASSIFICATION
                    ? OptionalDouble.of(TaskData.majorityBaseline(data.evaluation()))
                    : OptionalDouble.empty();
        }

        /** Metrics of always answering the most frequent class, of questions the accuracy over their rows; empty for a regression. */
        Optional<Map<String, Double>> majorityMetrics() {
            if (majorityAccuracy().isEmpty()) {
                return Optional.empty();
            }
            List<Example> examples = data.evaluation();
            if (examples.get(0).group() != Example.NO_GROUP) {
                return Optional.of(Map.of("accuracy", majorityAccuracy().getAsDouble()));
            }
            double[] answer = new double[task.outputWidth()];
            answer[TaskData.majorityClass(examples)] = 1;
            return Optional.of(task.evaluate(
                    examples, examples.stream().map(example -> answer).toArray(double[][]::new)));
        }
    }

    /** Words with tags. */
    record Tokens(String name, TokenData words) implements RunData {
        private static final long LIMIT_SEED = 0;

        @Override
        public Experiment<?> on(FrozenModel base, RunSettings settings) {
            return new TokenExperiment(settings, this, (BaseModel) base);
        }

        @Override
        public Tokens holdOut(double fraction, long seed) {
            return new Tokens(name, words.holdOut(fraction, seed));
        }

        @Override
        public RunData limit(int count) {
            return new Tokens(name, words.limit(count, LIMIT_SEED));
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %,d training and %,d evaluation texts with %,d and %,d spans, %d tags",
                    name,
                    words.train().size(),
                    words.evaluation().size(),
                    spans(words.train()),
                    spans(words.evaluation()),
                    words.labels().size());
        }

        private static long spans(List<LabelledWords> sentences) {
            return sentences.stream()
                    .mapToLong(sentence -> sentence.spans().size())
                    .sum();
        }

        @Override
        public List<String> notes() {
            return words.notes();
        }

        @Override
        public Optional<Integer> labelledExamples() {
            return Optional.of(words.train().size());
        }

        @Override
        public boolean hasHead() {
            return true;
        }

        @Override
        public String primaryMetric() {
            return EntityScores.METRICS.get(0);
        }
    }

    /** Texts to predict token by token. */
    record Texts(String name, LanguageModelData texts) implements RunData {

        @Override
        public Texts holdOut(double fraction, long seed) {
            return new Texts(
                    name,
                    LanguageModelData.of(texts.train())
                            .heldOut(fraction)
                            .seed(seed)
                            .build());
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %d training and %d evaluation texts, next tokens to predict",
                    name,
                    texts.train().size(),
                    texts.evaluation().size());
        }

        @Override
        public List<String> notes() {
            return texts.notes();
        }

        @Override
        public Experiment<?> on(FrozenModel base, RunSettings settings) {
            return new TextExperiment(settings, this, (BaseModel) base);
        }

        @Override
        public String primaryMetric() {
            return "perplexity";
        }
    }

    /** Data of embeddings. */
    sealed interface Embeddings extends RunData {

        @Override
        default String primaryMetric() {
            return evaluation().primaryMetric();
        }

        /** What is measured. */
        EmbeddingEvaluation evaluation();

        @Override
        Embeddings holdOut(double fraction, long seed);

        @Override
        default Experiment<?> on(FrozenModel base, RunSettings settings) throws IOException {
            return new EmbeddingExperiment(settings, this, (BaseModel) base);
        }

        /** Trains on this data. */
        TextEmbedder train(EmbedderTraining training) throws IOException;
    }

    /**
     * Pairs of texts whose embeddings are to be close.
     *
     * @param pairs the pairs, and what is searched
     */
    record Pairs(String name, PairData pairs) implements Embeddings {

        @Override
        public Pairs holdOut(double fraction, long seed) {
            return new Pairs(
                    name,
                    PairData.pairs(pairs.train()).heldOut(fraction).seed(seed).build());
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %,d training pairs; %,d queries to find in %,d texts",
                    name,
                    pairs.train().size(),
                    pairs.evaluation().queries().size(),
                    pairs.evaluation().corpus().size());
        }

        @Override
        public List<String> notes() {
            return pairs.notes();
        }

        @Override
        public TextEmbedder train(EmbedderTraining training) throws IOException {
            return training.train(pairs);
        }

        @Override
        public EmbeddingEvaluation evaluation() {
            return EmbeddingEvaluation.retrieval(pairs.evaluation());
        }
    }

    /**
     * Images with captions, whose embeddings are to be close.
     *
     * @param captions the locations of images with captions, and what is searched
     * @param images how they are varied in training
     */
    record Captions(String name, PairData captions, Augmentation images) implements RunData {

        @Override
        public Captions holdOut(double fraction, long seed) {
            return new Captions(name, CaptionData.holdOut(captions.train(), fraction, seed), images);
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %,d training pairs of an image and a caption; %,d images and %,d captions to find by each other",
                    name,
                    captions.train().size(),
                    captions.evaluation().queries().size(),
                    captions.evaluation().corpus().size());
        }

        @Override
        public List<String> notes() {
            return captions.notes();
        }

        @Override
        public boolean wantsTowers() {
            return true;
        }

        @Override
        public Optional<Augmentation> augmentation() {
            return Optional.of(images);
        }

        @Override
        public Experiment<?> on(FrozenModel base, RunSettings settings) {
            return new CaptionExperiment(settings, this, (DualModel) base);
        }

        @Override
        public String primaryMetric() {
            return ImageTextEmbedder.MEAN_RECALL;
        }
    }

    /**
     * Queries whose passages are to be put into order.
     *
     * @param queries the queries, and what is measured on
     * @param loss what is minimized
     */
    record Ranking(String name, RankingData queries, RankingLoss loss) implements RunData {

        @Override
        public Ranking holdOut(double fraction, long seed) {
            RankingData divided = RankingData.from(queries.train())
                    .heldOut(fraction)
                    .seed(seed)
                    .build();
            return new Ranking(name, divided, loss);
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %,d training queries with %,d passages, loss %s; %,d queries with %,d candidates, %s",
                    name,
                    queries.train().size(),
                    queries.train().stream()
                            .mapToInt(query -> query.passages().size())
                            .sum(),
                    loss,
                    queries.evaluation().data().queries().size(),
                    queries.evaluation().size(),
                    queries.evaluation().stage());
        }

        @Override
        public List<String> notes() {
            return queries.notes();
        }

        @Override
        public boolean hasHead() {
            return true;
        }

        @Override
        public Optional<Integer> labelledExamples() {
            return Optional.of(RerankerTraining.items(queries.train(), loss));
        }

        @Override
        public Map<String, Object> settings() {
            return Map.of("loss", loss.toString());
        }

        @Override
        public Experiment<?> on(FrozenModel base, RunSettings settings) {
            return new RankingExperiment(settings, this, (BaseModel) base);
        }

        @Override
        public String primaryMetric() {
            return RankingMetrics.NAMES.get(0);
        }
    }

    /** Pairs of texts with how similar they are. */
    record ScoredPairs(String name, ScoredPairData pairs) implements Embeddings {

        @Override
        public ScoredPairs holdOut(double fraction, long seed) {
            return new ScoredPairs(
                    name,
                    ScoredPairData.pairs(pairs.train())
                            .heldOut(fraction)
                            .seed(seed)
                            .build());
        }

        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "task %s: %,d training and %,d evaluation pairs with scores",
                    name,
                    pairs.train().size(),
                    pairs.evaluation().size());
        }

        @Override
        public List<String> notes() {
            return pairs.notes();
        }

        @Override
        public TextEmbedder train(EmbedderTraining training) throws IOException {
            return training.trainScored(pairs);
        }

        @Override
        public EmbeddingEvaluation evaluation() {
            return EmbeddingEvaluation.scored(pairs.evaluation());
        }
    }
}
