package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.FixedContrast;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.lsradapt.tasks.official.WordNetPairs;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.lsradapt.tasks.queries.QueryTraining;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Query adapters of MiniLM on {@code wordnet-search}, and a full matrix as in LlamaIndex's linear adapter. A tenth of
 * the training definitions chooses the epoch (and, over all seeds, the learning rate); the task's own 500 queries are
 * measured once with what was chosen.
 *
 * <p>Arguments: {@code OUT.csv SEEDS RATES METHODS}, such as {@code 1,2,3 1e-3,3e-3 lora:8,lsr:4:38,full}.
 */
final class QuerySearch {
    private static final double HELD_OUT = 0.1;
    private static final String METRIC = "ndcg@10";

    private final PairData data;
    private final TextEncoder vectors;

    private QuerySearch(PairData data, TextEncoder vectors) {
        this.data = data;
        this.vectors = vectors;
    }

    /** An adapter of queries with the best nDCG@10 on held-out queries, and its number of parameters. */
    private record Trained(UnaryOperator<float[]> adapter, double best, long parameters) {}

    static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException("queries: expected OUT.csv SEEDS RATES METHODS");
        }
        try (BaseModel base = BaseModel.load("minilm", BasePrecision.BF16);
                TextEmbedder embedder = TextEmbedder.of(base);
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])), true)) {
            QuerySearch search =
                    new QuerySearch(WordNetPairs.read(), new Remembered(embedder, new HashMap<>(), new HashMap<>()));
            out.println("method,rate,seed,parameters,best,measured,cpu_seconds");
            out.printf(Locale.ROOT, "none,,,0,,%.5f,%n", search.measured(query -> query));
            for (String method : args[3].split(",")) {
                for (String rate : args[2].split(",")) {
                    for (String seed : args[1].split(",")) {
                        double from = cpuSeconds();
                        Trained trained = search.train(method, Double.parseDouble(rate), Long.parseLong(seed));
                        double seconds = cpuSeconds() - from;
                        out.printf(
                                Locale.ROOT,
                                "%s,%s,%s,%d,%.5f,%.5f,%.1f%n",
                                method,
                                rate,
                                seed,
                                trained.parameters,
                                trained.best,
                                search.measured(trained.adapter),
                                seconds);
                    }
                }
            }
        }
    }

    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private double measured(UnaryOperator<float[]> adapter) {
        return ndcg(data.evaluation(), adapter);
    }

    private double ndcg(RetrievalData evaluation, UnaryOperator<float[]> adapter) {
        float[][] queries = vectors.embedQueries(texts(evaluation.queries()));
        return RankingMetrics.of(
                        evaluation,
                        Arrays.stream(queries).map(adapter).toArray(float[][]::new),
                        vectors.embed(texts(evaluation.corpus())))
                .get(METRIC);
    }

    private static List<String> texts(List<IdentifiedText> identified) {
        return identified.stream().map(IdentifiedText::text).toList();
    }

    private Trained train(String method, double rate, long seed) {
        PairData held = data.holdOut(HELD_OUT, seed);
        if (method.equals("full")) {
            return new FullMatrix(held, seed).train(rate);
        }
        QueryTraining training = QueryAdapter.on(vectors)
                .adapters(config(method.replace("+mined", "")).withSeed(seed))
                .learningRate(rate);
        if (method.endsWith("+mined")) {
            training.hardNegatives(
                    NegativeMining.builder().negatives(3).relativeMargin(0.05).build());
        }
        QueryAdapter adapter = training.train(held);
        return new Trained(adapter::apply, adapter.after(), adapter.parameterCount());
    }

    /** {@code lora:R}, or {@code lsr:R:S}, an LSR of S terms. */
    private static LsrConfig config(String method) {
        String[] parts = method.split(":");
        int r = Integer.parseInt(parts[1]);
        return parts[0].equals("lora")
                ? LsrConfig.lora(r, r)
                : LsrConfig.builder()
                        .bottleneckRank(r)
                        .separationRank(Integer.parseInt(parts[2]))
                        .build();
    }

    /** Embeds each text once. */
    private record Remembered(TextEncoder encoder, Map<String, float[]> passages, Map<String, float[]> queries)
            implements TextEncoder {
        @Override
        public float[][] embed(List<String> texts) {
            add(texts, passages, encoder::embed);
            return texts.stream().map(passages::get).toArray(float[][]::new);
        }

        @Override
        public float[][] embedQueries(List<String> texts) {
            add(texts, queries, encoder::embedQueries);
            return texts.stream().map(queries::get).toArray(float[][]::new);
        }

        private static void add(
                List<String> texts, Map<String, float[]> known, Function<List<String>, float[][]> embed) {
            List<String> missing = texts.stream()
                    .distinct()
                    .filter(text -> !known.containsKey(text))
                    .toList();
            float[][] made = missing.isEmpty() ? new float[0][] : embed.apply(missing);
            for (int i = 0; i < made.length; i++) {
                known.put(missing.get(i), made[i]);
            }
        }
    }

    /** W [d, d], trained from the identity by the same loss, steps and choice of the epoch as query adapters. */
    private final class FullMatrix {
        private final Backend backend = Backends.standard();
        private final RetrievalData evaluation;
        private final List<TextPair> pairs;
        private final long seed;

        FullMatrix(PairData held, long seed) {
            evaluation = held.evaluation();
            pairs = new ArrayList<>(held.train());
            this.seed = seed;
        }

        Trained train(double rate) {
            int d = vectors.embed(List.of(pairs.get(0).positive()))[0].length;
            INDArray weight = Nd4j.eye(d).castTo(DataType.FLOAT).dup('c');
            Parameter parameter = new Parameter("W", weight, weight.like());
            AdamW optimizer = AdamW.builder().weightDecay(0).build().add(parameter, rate);
            int steps = (pairs.size() + QueryTraining.BATCH_SIZE - 1) / QueryTraining.BATCH_SIZE;
            Schedule schedule = Schedule.of(QueryTraining.EPOCHS * steps, 0.1, Schedule.Decay.LINEAR);
            Random random = SplitMix64.random(seed);
            Trained best = new Trained(query -> query, ndcg(evaluation, query -> query), (long) d * d);
            try (FixedContrast contrast = new FixedContrast(d, DataType.FLOAT, EmbeddingLoss.TEMPERATURE, backend)) {
                for (int epoch = 0; epoch < QueryTraining.EPOCHS; epoch++) {
                    Collections.shuffle(pairs, random);
                    for (int from = 0; from < pairs.size(); from += QueryTraining.BATCH_SIZE) {
                        step(
                                pairs.subList(from, Math.min(pairs.size(), from + QueryTraining.BATCH_SIZE)),
                                parameter,
                                contrast);
                        optimizer.step(schedule.factor(optimizer.steps()), 1);
                    }
                    float[][] now = weight.toFloatMatrix();
                    double metric = ndcg(evaluation, query -> product(query, now));
                    if (metric > best.best) {
                        best = new Trained(query -> product(query, now), metric, (long) d * d);
                    }
                }
            }
            return best;
        }

        private void step(List<TextPair> batch, Parameter weight, FixedContrast contrast) {
            float[][] queries =
                    vectors.embedQueries(batch.stream().map(TextPair::anchor).toList());
            float[][] passages =
                    vectors.embed(batch.stream().map(TextPair::positive).toList());
            int[] targets = IntStream.range(0, batch.size()).toArray();
            try (INDArray x = Nd4j.create(queries);
                    INDArray c = Nd4j.create(passages);
                    INDArray y = x.like();
                    INDArray gradient = x.like()) {
                backend.gemm(x, false, weight.value(), false, 1, 0, y);
                contrast.loss(y, c, targets, (i, j) -> true, gradient);
                backend.gemm(x, true, gradient, false, 1, 0, weight.gradient());
            }
        }
    }

    private static float[] product(float[] query, float[][] weight) {
        float[] sum = new float[query.length];
        for (int i = 0; i < query.length; i++) {
            for (int j = 0; j < sum.length; j++) {
                sum[j] += query[i] * weight[i][j];
            }
        }
        return sum;
    }
}
