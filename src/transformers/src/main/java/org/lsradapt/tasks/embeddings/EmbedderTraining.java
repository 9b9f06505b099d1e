package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Target;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Configures and runs the training of an embedder, on scored pairs, or on pairs by in-batch contrast: the other texts
 * of a batch are each pair's negatives, so larger batches are harder ({@link TrainingConfig#chunkSize} keeps their
 * memory small). {@link TrainingDefaults} has the defaults. For one thread at a time.
 */
public final class EmbedderTraining extends FineTuning<EmbedderTraining, BaseModel> {
    private Optional<EmbeddingSettings> settings = Optional.empty();
    private Optional<EmbeddingLoss> loss = Optional.empty();
    private List<Integer> dimensions = List.of();
    private List<Double> dimensionWeights = List.of();
    private List<TextEncoder> teachers = List.of();

    EmbedderTraining(BaseHandle.Source<BaseModel> source) {
        super(source);
    }

    /** Sets how embeddings are made, in place of {@link BaseModel#embeddingSettings}. */
    public EmbedderTraining settings(EmbeddingSettings embeddings) {
        settings = Optional.of(embeddings);
        return this;
    }

    /**
     * Sets the loss, in place of a contrast with {@link EmbeddingLoss#TEMPERATURE} for pairs and
     * {@link EmbeddingLoss#cosine(double, double)} with the range of the scores for scored pairs.
     */
    public EmbedderTraining loss(EmbeddingLoss minimized) {
        loss = Optional.of(minimized);
        return this;
    }

    /**
     * Trains embeddings whose first numbers are embeddings themselves; see
     * {@link EmbeddingLoss#matryoshka(EmbeddingLoss, List)} and {@link TextEncoder#truncated}.
     *
     * @param lengths such as 384, 128, 64, including the whole width; empty for whole embeddings only
     */
    public EmbedderTraining dimensions(List<Integer> lengths) {
        return dimensions(lengths, Collections.nCopies(lengths.size(), 1.0));
    }

    /** Trains embeddings like {@link #dimensions(List)}, with a weight for each length in the loss. */
    public EmbedderTraining dimensions(List<Integer> lengths, List<Double> weights) {
        dimensions = List.copyOf(lengths);
        dimensionWeights = List.copyOf(weights);
        return this;
    }

    /**
     * Learns the embeddings of teachers, in place of which texts belong together; see {@link EmbeddingLoss#distillation}.
     * Each different anchor is learned as a query, each positive and each negative as a passage; the unit vectors of
     * several teachers are averaged. The batch size counts texts instead of pairs.
     *
     * @param encoders encoders with vectors as long as the model's; used by {@code train} and not closed
     */
    public EmbedderTraining teachers(List<? extends TextEncoder> encoders) {
        teachers = List.copyOf(encoders);
        return this;
    }

    /** Trains on pairs, a tenth of which is held out for evaluation, at random; see {@link #train(PairData)}. */
    public TextEmbedder train(List<TextPair> pairs) throws IOException {
        return train(PairData.of(pairs).seed(seed()).read());
    }

    /** Trains on pairs, measured with the anchors of others as queries and all positives as corpus; see {@link #train(PairData)}. */
    public TextEmbedder train(List<TextPair> pairs, List<TextPair> evaluation) throws IOException {
        return train(PairData.of(pairs).dev(evaluation).read());
    }

    /**
     * Trains on pairs, and keeps the parameters with the best {@code ndcg@10} on their evaluation data.
     *
     * @param data the pairs, and the documents to search
     * @throws IllegalArgumentException if a setting does not fit the model or the pairs
     */
    public TextEmbedder train(PairData data) throws IOException {
        return train(data.train(), EmbeddingEvaluation.retrieval(data.evaluation()));
    }

    /** Trains on pairs, at least one; {@code evaluation} chooses the parameters. See {@link #train(PairData)}. */
    public TextEmbedder train(List<TextPair> pairs, EmbeddingEvaluation evaluation) throws IOException {
        if (!teachers.isEmpty()) {
            return learn(pairs, evaluation);
        }
        EmbeddingLoss minimized = loss.orElseGet(() -> EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE));
        return train(
                "pairs",
                TrainingDefaults.PAIRS,
                tokens -> pairs.stream().map(pair -> encode(pair, tokens)).toList(),
                minimized,
                evaluation);
    }

    private TextEmbedder learn(List<TextPair> pairs, EmbeddingEvaluation evaluation) throws IOException {
        Require.argument(loss.isEmpty(), "teacher: found the loss %s as well, expected none", loss.orElse(null));
        List<String> queries = pairs.stream().map(TextPair::anchor).distinct().toList();
        List<String> passages = pairs.stream()
                .flatMap(pair -> Stream.concat(Stream.of(pair.positive()), pair.negatives().stream()))
                .distinct()
                .toList();
        float[][] taught = meanVectors(teachers, queries, passages);
        return train(
                "texts with a teacher's embeddings",
                TrainingDefaults.PAIRS,
                tokens -> {
                    List<ModelInput> texts = new ArrayList<>();
                    queries.forEach(text -> texts.add(tokens.query(text)));
                    passages.forEach(text -> texts.add(tokens.passage(text)));
                    return IntStream.range(0, texts.size())
                            .mapToObj(i -> new TrainingExample(texts.get(i), new Target.Embedding(taught[i])))
                            .toList();
                },
                EmbeddingLoss.distillation(),
                evaluation);
    }

    /** Trains on scored pairs, with others to evaluate on; see {@link EmbeddingEvaluation#scored}. */
    public TextEmbedder trainScored(List<ScoredPair> pairs, List<ScoredPair> evaluation) throws IOException {
        return trainScored(pairs, EmbeddingEvaluation.scored(evaluation));
    }

    /** Trains on custom data with their evaluation data; see {@link #trainScored(List, EmbeddingEvaluation)}. */
    public TextEmbedder trainScored(ScoredPairData data) throws IOException {
        return trainScored(data.train(), data.evaluation());
    }

    /** Trains on scored pairs, both texts of which are embedded as passages, as {@link #train(PairData)} does on pairs. */
    public TextEmbedder trainScored(List<ScoredPair> pairs, EmbeddingEvaluation evaluation) throws IOException {
        Require.argument(teachers.isEmpty(), "teacher: found scored pairs, expected pairs");
        return train(
                "scored pairs",
                TrainingDefaults.EMBEDDINGS,
                tokens -> pairs.stream()
                        .map(pair -> TrainingExample.scored(
                                tokens.passage(pair.first()), tokens.passage(pair.second()), pair.score()))
                        .toList(),
                loss.orElseGet(() -> ofRange(pairs)),
                evaluation);
    }

    private static EmbeddingLoss ofRange(List<ScoredPair> pairs) {
        DoubleSummaryStatistics scores =
                pairs.stream().mapToDouble(ScoredPair::score).summaryStatistics();
        return scores.getMin() < scores.getMax()
                ? EmbeddingLoss.cosine(scores.getMin(), scores.getMax())
                : EmbeddingLoss.cosine();
    }

    private static TrainingExample encode(TextPair pair, EmbeddingTokens tokens) {
        return TrainingExample.contrast(
                tokens.query(pair.anchor()),
                tokens.passage(pair.positive()),
                pair.negatives().stream().map(tokens::passage).toList());
    }

    private TextEmbedder train(
            String items,
            TrainingDefaults defaults,
            Function<EmbeddingTokens, List<TrainingExample>> encode,
            EmbeddingLoss minimized,
            EmbeddingEvaluation evaluation)
            throws IOException {
        EmbeddingLoss whole = dimensions.isEmpty() && dimensionWeights.isEmpty()
                ? minimized
                : EmbeddingLoss.matryoshka(minimized, dimensions, dimensionWeights);
        return train(new Texts(nameOr("embedding"), items, defaults, encode, whole, evaluation, settings, dimensions));
    }

    /** Texts whose embeddings are learned. */
    private record Texts(
            String name,
            String items,
            TrainingDefaults defaults,
            Function<EmbeddingTokens, List<TrainingExample>> encode,
            EmbeddingLoss loss,
            EmbeddingEvaluation evaluation,
            Optional<EmbeddingSettings> settings,
            List<Integer> dimensions)
            implements Lesson<BaseModel, TextEmbedder> {

        @Override
        public String describe(int count, BaseModel base) {
            return count + " " + items;
        }

        private EmbeddingSettings wanted(BaseModel base) throws IOException {
            return settings.isPresent() ? settings.get() : base.embeddingSettings();
        }

        @Override
        public int usualLength(BaseModel base) throws IOException {
            return wanted(base).maxLength();
        }

        @Override
        public Parts<BaseModel, TextEmbedder> on(BaseModel base, Setting setting) throws IOException {
            EmbeddingSettings used =
                    wanted(base).withMaxLength(setting.maxLength()).withDimensions(dimensions);
            EmbeddingTokens tokens = new EmbeddingTokens(base.tokenizer(), used);
            return new Parts<>(
                    new EmbeddingObjective(
                            base.weights(), used.pooling(), used.normalized(), loss, Backends.standard()),
                    () -> encode.apply(tokens),
                    Evaluation.measuring(
                            evaluation.choosingMetrics(),
                            evaluation::evaluated,
                            BatchedEncoder.largest(used.maxLength()),
                            trained -> evaluation.measure(
                                    new BatchedEncoder(tokens, batch -> floats(trained.predict(batch))))),
                    trained -> new TextEmbedder(trained.parts(new EmbeddingDescription(name), used.maxLength())
                            .with(used)));
        }
    }

    /** Rounds the numbers to FLOAT, in new arrays. */
    public static float[][] floats(double[][] rows) {
        float[][] embeddings = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            embeddings[i] = new float[rows[i].length];
            for (int c = 0; c < rows[i].length; c++) {
                embeddings[i][c] = (float) rows[i][c];
            }
        }
        return embeddings;
    }

    /** Returns the default configuration of adapters of a kind on pairs: {@link TrainingDefaults#PAIRS}. */
    public static TrainingConfig pairConfig(AdapterConfig adapters) {
        return TrainingDefaults.PAIRS.config(adapters);
    }

    /**
     * The means of several encoders' unit vectors.
     *
     * @param teachers at least one
     * @return the means of the queries, then those of the passages
     * @throws IllegalArgumentException if their vectors differ in length
     */
    static float[][] meanVectors(List<? extends TextEncoder> teachers, List<String> queries, List<String> passages) {
        float[][] means = new float[queries.size() + passages.size()][];
        for (TextEncoder teacher : teachers) {
            List<float[]> vectors = new ArrayList<>(List.of(teacher.embedQueries(queries)));
            vectors.addAll(List.of(teacher.embed(passages)));
            for (int i = 0; i < means.length; i++) {
                float[] vector = vectors.get(i);
                means[i] = means[i] == null ? new float[vector.length] : means[i];
                Require.argument(
                        means[i].length == vector.length,
                        "teacher: embeddings of %d and of %d numbers, expected equal lengths",
                        means[i].length,
                        vector.length);
                double norm = 0;
                for (float number : vector) {
                    norm += (double) number * number;
                }
                for (int c = 0; c < vector.length; c++) {
                    means[i][c] += (float) (vector[c] / Math.sqrt(norm) / teachers.size());
                }
            }
        }
        return means;
    }
}
