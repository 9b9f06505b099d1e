package org.lsradapt.benchmarks;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Embeddings by {@link TextEmbedder}, in FP32, BF16 and INT8, and by LangChain4j's models of the same networks, in FP32
 * and quantized, in turn.
 */
final class EmbeddingSpeed {
    private static final int DEFINITIONS = 1500;
    private static final int PASSAGES = 150;

    /** About 110 tokens, below the 128 at which LangChain4j cuts. */
    private static final int PASSAGE_WORDS = 72;

    private static final int PASSES = 3;
    private static final int WARM_UP_BLOCKS = 8;
    private static final int BLOCKS = 8;
    private static final int REST_MILLIS = 300;
    private static final List<BasePrecision> PRECISIONS =
            List.of(BasePrecision.F32, BasePrecision.BF16, BasePrecision.INT8_DYNAMIC);

    /** A network that both have; ours puts the prefix before a text. */
    private record Network(String ours, String theirs, PoolingMode pooling, String prefix) {

        EmbeddingModel langChain(boolean quantized) throws IOException {
            return EmbeddingSpeed.langChain("/" + theirs + (quantized ? "-q" : ""), pooling);
        }
    }

    private static final Network MINILM = new Network("minilm", "all-minilm-l6-v2", PoolingMode.MEAN, "");
    private static final List<Network> NETWORKS = List.of(
            MINILM,
            new Network("bge-small", "bge-small-en-v1.5", PoolingMode.CLS, ""),
            new Network("e5-small", "e5-small-v2", PoolingMode.MEAN, "passage: "));

    private EmbeddingSpeed() {}

    /**
     * Measures and prints tables.
     *
     * @param args {@code cosines} for those alone; else none
     * @throws IOException if a model cannot be read
     */
    static void main(String[] args) throws IOException {
        List<String> definitions = definitions();
        List<String> passages = passages(definitions);
        if (args.length == 0) {
            System.out.printf(
                    "%s; minilm, %d definitions, %d passages, best of %d passes in turn; one text: medians of %d blocks of"
                            + " %d texts in turn%n%n",
                    Machine.describe(), DEFINITIONS, PASSAGES, PASSES, BLOCKS, PASSAGES);
            System.out.println("| ours | theirs | definitions a second, over theirs | passages a second, over theirs"
                    + " | one definition, time over theirs | one passage, time over theirs |");
            System.out.println("|---|---|---|---|---|---|");
            speeds(definitions, passages, "FP32", MINILM.langChain(false));
            speeds(definitions, passages, "-q", MINILM.langChain(true));
        }
        System.out.println("\n| cosines to the own FP32 model: smallest, mean | definitions | passages |");
        System.out.println("|---|---|---|");
        for (Network network : NETWORKS) {
            cosines(network, definitions.subList(0, DEFINITIONS), passages);
        }
    }

    private static void speeds(List<String> definitions, List<String> passages, String name, EmbeddingModel theirs)
            throws IOException {
        for (BasePrecision precision : PRECISIONS) {
            try (BaseModel base = BaseModel.load(MINILM.ours, precision);
                    TextEmbedder ours = TextEmbedder.of(base)) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %s | %.2f | %.2f | %.2f | %.2f |%n",
                        precision.label(),
                        name,
                        rate(ours, theirs, definitions.subList(0, DEFINITIONS)),
                        rate(ours, theirs, passages),
                        latency(ours, theirs, definitions),
                        latency(ours, theirs, passages));
            }
        }
    }

    private static void cosines(Network network, List<String> definitions, List<String> passages) throws IOException {
        EmbeddingModel full = network.langChain(false);
        EmbeddingModel quantized = network.langChain(true);
        cosines(
                "LangChain4j " + network.theirs + "-q",
                texts -> embed(full, network.prefix, texts),
                texts -> embed(quantized, network.prefix, texts),
                definitions,
                passages);
        try (BaseModel reference = BaseModel.load(network.ours, BasePrecision.F32);
                TextEmbedder exact = TextEmbedder.of(reference)) {
            cosines(
                    "f32, to LangChain4j's",
                    texts -> embed(full, network.prefix, texts),
                    exact::embed,
                    definitions,
                    passages);
            for (BasePrecision precision : PRECISIONS.subList(1, PRECISIONS.size())) {
                try (BaseModel base = BaseModel.load(network.ours, precision);
                        TextEmbedder rounded = TextEmbedder.of(base)) {
                    cosines(
                            network.ours + " " + precision.label(),
                            exact::embed,
                            rounded::embed,
                            definitions,
                            passages);
                }
            }
        }
    }

    private static void cosines(
            String name,
            Function<List<String>, float[][]> full,
            Function<List<String>, float[][]> rounded,
            List<String> definitions,
            List<String> passages) {
        System.out.printf(
                "| %s | %s | %s |%n",
                name,
                cosines(full.apply(definitions), rounded.apply(definitions)),
                cosines(full.apply(passages), rounded.apply(passages)));
    }

    private static String cosines(float[][] full, float[][] rounded) {
        DoubleSummaryStatistics all = IntStream.range(0, full.length)
                .mapToDouble(i -> cosine(full[i], rounded[i]))
                .summaryStatistics();
        return String.format(Locale.ROOT, "%.5f, %.5f", all.getMin(), all.getAverage());
    }

    private static float[][] embed(EmbeddingModel model, String prefix, List<String> texts) {
        return model.embedAll(texts.stream().map(TextSegment::from).toList()).content().stream()
                .map(Embedding::vector)
                .toArray(float[][]::new);
    }

    private static List<String> definitions() throws IOException {
        return Tasks.named("wordnet").load().train().stream()
                .map(Example::first)
                .toList();
    }

    private static List<String> passages(List<String> definitions) {
        List<String> passages = new ArrayList<>();
        StringBuilder passage = new StringBuilder();
        int words = 0;
        for (String definition : definitions) {
            for (String word : definition.split(" ")) {
                passage.append(word).append(' ');
                words++;
                if (words == PASSAGE_WORDS) {
                    passages.add(passage.toString().strip());
                    passage.setLength(0);
                    words = 0;
                }
            }
            if (passages.size() >= PASSAGES) {
                break;
            }
        }
        return passages.subList(0, PASSAGES);
    }

    /** On the file that an artifact has, with its own threads. */
    private static EmbeddingModel langChain(String files, PoolingMode pooling) throws IOException {
        Path folder = Files.createTempDirectory("langchain4j");
        Path model = copy(files + ".onnx", folder.resolve("model.onnx"));
        Path tokenizer = copy(files + "-tokenizer.json", folder.resolve("tokenizer.json"));
        try {
            return new OnnxEmbeddingModel(model, tokenizer, pooling);
        } finally {
            Files.delete(model);
            Files.delete(tokenizer);
            Files.delete(folder);
        }
    }

    private static Path copy(String resource, Path to) throws IOException {
        try (InputStream in = Objects.requireNonNull(EmbeddingSpeed.class.getResourceAsStream(resource), resource)) {
            Files.copy(in, to);
        }
        return to;
    }

    private static double rate(TextEmbedder ours, EmbeddingModel theirs, List<String> texts) {
        List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
        double mine = Double.MAX_VALUE;
        double other = Double.MAX_VALUE;
        for (int pass = 0; pass <= PASSES; pass++) {
            rest();
            double one = seconds(() -> ours.embed(texts));
            double two = seconds(() -> theirs.embedAll(segments));
            if (pass > 0) {
                mine = Math.min(mine, one);
                other = Math.min(other, two);
            }
        }
        return other / mine;
    }

    private static double latency(TextEmbedder ours, EmbeddingModel theirs, List<String> texts) {
        List<Double> mine = new ArrayList<>();
        List<Double> other = new ArrayList<>();
        for (int block = 0; block < WARM_UP_BLOCKS + BLOCKS; block++) {
            rest();
            List<Double> one = block(texts, ours::embed);
            List<Double> two = block(texts, theirs::embed);
            if (block >= WARM_UP_BLOCKS) {
                mine.addAll(one);
                other.addAll(two);
            }
        }
        return median(mine) / median(other);
    }

    private static List<Double> block(List<String> texts, Consumer<String> embed) {
        return texts.subList(0, PASSAGES).stream()
                .map(text -> seconds(() -> embed.accept(text)))
                .toList();
    }

    /**
     * An application has one of the two, but ONNX Runtime's threads spin after a call by default, on cores that the next call of
     * another library would have.
     */
    private static void rest() {
        try {
            Thread.sleep(REST_MILLIS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double median(List<Double> numbers) {
        return numbers.stream().sorted().toList().get(numbers.size() / 2);
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int j = 0; j < a.length; j++) {
            ab += (double) a[j] * b[j];
            aa += (double) a[j] * a[j];
            bb += (double) b[j] * b[j];
        }
        return ab / Math.sqrt(aa * bb);
    }
}
