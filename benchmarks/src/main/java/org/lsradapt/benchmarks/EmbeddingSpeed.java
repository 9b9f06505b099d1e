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
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.transformer.BasePrecision;

/** Embeddings of minilm by {@link TextEmbedder} and by LangChain4j's model on the same file, in turn. */
final class EmbeddingSpeed {
    private static final int DEFINITIONS = 1500;
    private static final int PASSAGES = 150;

    /** About 110 tokens, below the 128 at which LangChain4j cuts. */
    private static final int PASSAGE_WORDS = 72;

    private static final int PASSES = 3;
    private static final int WARM_UP_BLOCKS = 8;
    private static final int BLOCKS = 8;
    private static final int REST_MILLIS = 300;
    private static final String FILES = "/all-minilm-l6-v2";

    private EmbeddingSpeed() {}

    /**
     * Measures and prints a table.
     *
     * @param args none
     * @throws IOException if a model cannot be read
     */
    static void main(String[] args) throws IOException {
        List<String> definitions = definitions();
        List<String> passages = passages(definitions);
        System.out.printf(
                "%s; %d definitions, %d passages, best of %d passes in turn; one text: medians of %d blocks of %d texts in turn%n%n",
                Machine.describe(), DEFINITIONS, PASSAGES, PASSES, BLOCKS, PASSAGES);
        System.out.println("| | definitions a second, over theirs | passages a second, over theirs"
                + " | one definition, time over theirs | one passage, time over theirs | smallest cosine |");
        System.out.println("|---|---|---|---|---|---|");
        EmbeddingModel theirs = langChain();
        for (BasePrecision precision : List.of(BasePrecision.F32, BasePrecision.BF16)) {
            try (BaseModel base = BaseModel.load("minilm", precision);
                    TextEmbedder ours = TextEmbedder.of(base)) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.2f | %.2f | %.2f | %.2f | %.7f |%n",
                        precision,
                        rate(ours, theirs, definitions.subList(0, DEFINITIONS)),
                        rate(ours, theirs, passages),
                        latency(ours, theirs, definitions),
                        latency(ours, theirs, passages),
                        smallestCosine(ours, theirs, passages));
            }
        }
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

    /** On the file that the library reads, with its own threads. */
    private static EmbeddingModel langChain() throws IOException {
        Path folder = Files.createTempDirectory("langchain4j");
        Path model = copy(FILES + ".onnx", folder.resolve("model.onnx"));
        Path tokenizer = copy(FILES + "-tokenizer.json", folder.resolve("tokenizer.json"));
        try {
            return new OnnxEmbeddingModel(model, tokenizer, PoolingMode.MEAN);
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

    private static double smallestCosine(TextEmbedder ours, EmbeddingModel theirs, List<String> texts) {
        List<Embedding> other =
                theirs.embedAll(texts.stream().map(TextSegment::from).toList()).content();
        float[][] mine = ours.embed(texts);
        double smallest = 1;
        for (int i = 0; i < mine.length; i++) {
            float[] a = mine[i];
            float[] b = other.get(i).vector();
            double ab = 0;
            double aa = 0;
            double bb = 0;
            for (int j = 0; j < a.length; j++) {
                ab += (double) a[j] * b[j];
                aa += (double) a[j] * a[j];
                bb += (double) b[j] * b[j];
            }
            smallest = Math.min(smallest, ab / Math.sqrt(aa * bb));
        }
        return smallest;
    }
}
