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
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
 * Query adapters of MiniLM on {@code wordnet-search} or a folder in BEIR's format, and a full matrix as in LlamaIndex's
 * linear adapter. A tenth of the training pairs chooses the epoch (and, over all seeds, the learning rate); the task's
 * own 500 queries, or those of the folder's {@code test}, are measured once with what was chosen.
 *
 * <p>Arguments: {@code OUT.csv SEEDS RATES METHODS [BEIR_FOLDER]}, such as {@code 1,2,3 1e-3,3e-3 lora:8,lsr:4:38,full}.
 * {@code OUT.csv.queries} has nDCG@10 of each measured query.
 */
final class QuerySearch {
    private static final double HELD_OUT = 0.1;
    private static final int NDCG = RankingMetrics.NAMES.indexOf("ndcg@10");

    private final PairData data;
    private final boolean wholeCorpus;
    private final TextEncoder vectors;

    private QuerySearch(Optional<Path> folder, TextEncoder vectors) throws IOException {
        data = folder.isPresent() ? beir(folder.get()) : WordNetPairs.read();
        wholeCorpus = folder.isPresent();
        this.vectors = vectors;
    }

    private static PairData beir(Path folder) throws IOException {
        return PairData.of(PairData.beir(folder).read().train(), RetrievalData.beir(folder, "test"));
    }

    /** An adapter of queries with the best nDCG@10 on held-out queries, and its number of parameters. */
    private record Trained(UnaryOperator<float[]> adapter, double best, long parameters) {}

    static void main(String[] args) throws IOException {
        if (args.length < 4 || args.length > 5) {
            throw new IllegalArgumentException("queries: expected OUT.csv SEEDS RATES METHODS [BEIR_FOLDER]");
        }
        Optional<Path> folder = Arrays.stream(args).skip(4).map(Path::of).findFirst();
        try (BaseModel base = BaseModel.load("minilm", BasePrecision.BF16);
                TextEmbedder embedder = TextEmbedder.of(base);
                PrintWriter out = writer(args[0]);
                PrintWriter queries = writer(args[0] + ".queries")) {
            QuerySearch search = new QuerySearch(folder, new Remembered(embedder, new HashMap<>(), new HashMap<>()));
            out.println("method,rate,seed,parameters,best,measured,cpu_seconds");
            out.printf(Locale.ROOT, "none,,,0,,%.5f,%n", mean(search.measured(query -> query, "none,,", queries)));
            for (String method : args[3].split(",")) {
                for (String rate : args[2].split(",")) {
                    for (String seed : args[1].split(",")) {
                        double from = cpuSeconds();
                        Trained trained = search.train(method, Double.parseDouble(rate), Long.parseLong(seed));
                        double seconds = cpuSeconds() - from;
                        String run = method + "," + rate + "," + seed;
                        out.printf(
                                Locale.ROOT,
                                "%s,%d,%.5f,%.5f,%.1f%n",
                                run,
                                trained.parameters,
                                trained.best,
                                mean(search.measured(trained.adapter, run, queries)),
                                seconds);
                    }
                }
            }
        }
    }

    private static PrintWriter writer(String file) throws IOException {
        return new PrintWriter(Files.newBufferedWriter(Path.of(file)), true);
    }

    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** nDCG@10 of each query to measure, which is printed too. */
    private double[] measured(UnaryOperator<float[]> adapter, String run, PrintWriter out) {
        double[] values = byQuery(data.evaluation(), adapter);
        for (int i = 0; i < values.length; i++) {
            out.printf(
                    Locale.ROOT,
                    "%s,%s,%.5f%n",
                    run,
                    data.evaluation().queries().get(i).id(),
                    values[i]);
        }
        return values;
    }

    private double ndcg(RetrievalData evaluation, UnaryOperator<float[]> adapter) {
        return mean(byQuery(evaluation, adapter));
    }

    private double[] byQuery(RetrievalData evaluation, UnaryOperator<float[]> adapter) {
        float[][] queries = vectors.embedQueries(texts(evaluation.queries()));
        double[][] metrics = RankingMetrics.byQuery(
                evaluation,
                Arrays.stream(queries).map(adapter).toArray(float[][]::new),
                vectors.embed(texts(evaluation.corpus())));
        return Arrays.stream(metrics).mapToDouble(query -> query[NDCG]).toArray();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static List<String> texts(List<IdentifiedText> identified) {
        return identified.stream().map(IdentifiedText::text).toList();
    }

    private Trained train(String method, double rate, long seed) {
        PairData held = holdOut(seed);
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

    private PairData holdOut(long seed) {
        PairData held = data.holdOut(HELD_OUT, seed);
        return wholeCorpus ? PairData.of(held.train(), amongAll(held.evaluation())) : held;
    }

    /** The same queries, which search all documents: those to find are found by their texts. */
    private RetrievalData amongAll(RetrievalData held) {
        Map<String, String> texts = new HashMap<>();
        held.corpus().forEach(document -> texts.put(document.id(), document.text()));
        Map<String, String> ids = new HashMap<>();
        List<IdentifiedText> corpus = data.evaluation().corpus();
        corpus.forEach(document -> ids.putIfAbsent(document.text(), document.id()));
        Map<String, Map<String, Integer>> judgements = new HashMap<>();
        held.judgements().forEach((query, grades) -> {
            Map<String, Integer> found = new HashMap<>();
            grades.forEach((document, grade) -> found.put(ids.get(texts.get(document)), grade));
            judgements.put(query, found);
        });
        return new RetrievalData(corpus, held.queries(), judgements);
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
        private final Map<String, Set<String>> answers;
        private final long seed;

        FullMatrix(PairData held, long seed) {
            evaluation = held.evaluation();
            pairs = new ArrayList<>(held.train());
            answers = pairs.stream()
                    .collect(Collectors.groupingBy(
                            TextPair::anchor, Collectors.mapping(TextPair::positive, Collectors.toSet())));
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
                contrast.loss(y, c, targets, (i, j) -> isWrong(batch.get(j), batch.get(i)), gradient);
                backend.gemm(x, true, gradient, false, 1, 0, weight.gradient());
            }
        }

        private boolean isWrong(TextPair other, TextPair pair) {
            return !answers.get(pair.anchor()).contains(other.positive());
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
