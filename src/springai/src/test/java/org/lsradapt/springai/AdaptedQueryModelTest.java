package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.TextPair;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class AdaptedQueryModelTest {
    /** The width of {@link RandomAdapters#TINY}. */
    private static final int WIDTH = 30;

    @TempDir
    private static Path folder;

    private static QueryAdapter adapter;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LsrAdaptAutoConfiguration.class));

    /** Passages "p7" at random; the question "q7" is the passage in another basis. */
    private static final class Remote implements EmbeddingModel {
        @Override
        public EmbeddingResponse call(EmbeddingRequest request) {
            List<String> texts = request.getInstructions();
            return new EmbeddingResponse(IntStream.range(0, texts.size())
                    .mapToObj(i -> new Embedding(vector(texts.get(i)), i))
                    .toList());
        }

        @Override
        public float[] embed(Document document) {
            return vector(document.getText());
        }

        @Override
        public int dimensions() {
            return WIDTH;
        }

        static float[] vector(String text) {
            Random random = new Random(Long.parseLong(text.substring(1)));
            float[] vector = new float[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            for (int i = 0; i < WIDTH / 2 && text.startsWith("q"); i++) {
                vector[i] += 2 * vector[i + WIDTH / 2];
            }
            return vector;
        }
    }

    @BeforeAll
    static void train() throws IOException {
        adapter = AdaptedQueryModel.training(new Remote())
                .learningRate(0.01)
                .epochs(6)
                .heldOut(0.3)
                .train(IntStream.range(0, 200)
                        .mapToObj(i -> TextPair.of("q" + i, "p" + i))
                        .toList());
        assertFalse(adapter.isIdentity(), adapter.summary());
        adapter.save(folder.resolve("queries"));
        RandomAdapters.save(folder.resolve("acme"), 1);
    }

    private ApplicationContextRunner with(String... others) {
        return runner.withPropertyValues("lsradapt.embedding.query-adapter=" + folder.resolve("queries"))
                .withPropertyValues(others);
    }

    @Test
    void vectorStore_keepsItsVectors_andFindsMore() {
        List<Document> passages =
                IntStream.range(0, 200).mapToObj(i -> new Document("p" + i)).toList();
        SimpleVectorStore plain = SimpleVectorStore.builder(new Remote()).build();
        plain.add(passages);
        SimpleVectorStore adapted = SimpleVectorStore.builder(AdaptedQueryModel.of(new Remote(), adapter))
                .build();
        adapted.add(passages);
        assertTrue(found(adapted) > found(plain), found(adapted) + " after " + found(plain));
        EmbeddingModel model = AdaptedQueryModel.of(new Remote(), adapter);
        assertArrayEquals(Remote.vector("q3"), model.embed(new Document("q3")), 0);
        assertArrayEquals(adapter.apply(Remote.vector("q3")), model.embed("q3"), 0);
        assertArrayEquals(
                adapter.apply(Remote.vector("q3")),
                model.embedForResponse(List.of("q3")).getResult().getOutput(),
                0);
        assertEquals(WIDTH, model.dimensions());
    }

    private static long found(SimpleVectorStore store) {
        return IntStream.range(0, 200)
                .filter(i -> store.similaritySearch(
                                SearchRequest.builder().query("q" + i).topK(1).build())
                        .get(0)
                        .getText()
                        .equals("p" + i))
                .count();
    }

    @Test
    void property_adaptsTheQueriesOfThisLibrarysModel() throws IOException {
        try (TextEmbedder embedder = TextEmbedder.load(folder.resolve("acme"))) {
            with("lsradapt.embedding.adapter=" + folder.resolve("acme")).run(context -> {
                AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
                assertArrayEquals(adapter.apply(embedder.embedQuery("sun")), model.embed("sun"), 1e-5f);
                assertArrayEquals(embedder.embed("sun"), model.embed(new Document("sun")), 1e-6f);
            });
        }
    }

    @Test
    void property_wrapsAModelOfAnotherProvider() {
        with().withBean("remote", EmbeddingModel.class, Remote::new).run(context -> {
            EmbeddingModel model = assertInstanceOf(AdaptedQueryModel.class, context.getBean(EmbeddingModel.class));
            assertArrayEquals(adapter.apply(Remote.vector("q3")), model.embed("q3"), 0);
        });
    }

    @Test
    void property_thatDoesNotFit_isNamed() {
        with("lsradapt.embedding.adapter=" + folder.resolve("acme"), "lsradapt.embedding.dimensions=3")
                .run(context -> assertTrue(
                        reasons(context.getStartupFailure())
                                .contains("query adapter: is for vectors of 30 numbers, the model makes 3"),
                        reasons(context.getStartupFailure())));
        runner.withPropertyValues("lsradapt.embedding.query-adapter=" + folder.resolve("acme"))
                .run(context -> assertTrue(
                        reasons(context.getStartupFailure()).contains("has no query_adapter.json"),
                        reasons(context.getStartupFailure())));
    }

    private static String reasons(Throwable failure) {
        StringBuilder all = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            all.append(cause.getMessage()).append('\n');
        }
        return all.toString();
    }
}
