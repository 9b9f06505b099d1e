package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.springai.RandomAdapters.TINY;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class LsrAdaptAutoConfigurationTest {
    private static final List<String> TEXTS =
            List.of("warm sun", "cold rain", "a film and a smile", "a warm smile", "rain and film", "sun");

    @TempDir
    private static Path store;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LsrAdaptAutoConfiguration.class));

    @BeforeAll
    static void saveAdapters() throws IOException {
        RandomAdapters.save(store.resolve("acme"), 1);
        RandomAdapters.save(store.resolve("globex"), 2);
        Files.writeString(store.resolve("README.txt"), "no adapter");
    }

    private static String[] properties(String... namesAndValues) {
        return IntStream.range(0, namesAndValues.length / 2)
                .mapToObj(i -> "lsradapt.embedding." + namesAndValues[2 * i] + "=" + namesAndValues[2 * i + 1])
                .toArray(String[]::new);
    }

    private static String folder(String adapter) {
        return store.resolve(adapter).toString();
    }

    private static float[] query(Path folder, String text) throws IOException {
        try (TextEmbedder embedder = TextEmbedder.load(folder)) {
            return embedder.embedQuery(text);
        }
    }

    @Test
    void adapter_isPutOnItsOwnBaseModel_whichTheContextCloses() throws IOException {
        AdaptedEmbeddingModel[] kept = new AdaptedEmbeddingModel[1];
        float[] expected = query(store.resolve("acme"), "sun");
        runner.withPropertyValues(properties("adapter", folder("acme"))).run(context -> {
            kept[0] = context.getBean(AdaptedEmbeddingModel.class);
            assertSame(kept[0], context.getBean(EmbeddingModel.class));
            assertArrayEquals(expected, kept[0].embed("sun"));
            assertTrue(kept[0].modelName().endsWith("/acme"), kept[0].modelName());
        });
        assertThrows(IllegalStateException.class, () -> kept[0].embed("sun"));
    }

    @Test
    void store_hasAllItsAdapters_andEmbedsWithTheOneThatIsChosen() throws IOException {
        float[] acme = query(store.resolve("acme"), "sun");
        float[] globex = query(store.resolve("globex"), "sun");
        assertFalse(Arrays.equals(acme, globex));
        String[] properties = properties("model", TINY, "store", store.toString(), "adapter", "globex");
        runner.withPropertyValues(properties).run(context -> {
            AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
            assertArrayEquals(globex, model.embed("sun"));
            assertArrayEquals(acme, model.withAdapter("acme").embed("sun"));
            assertEquals(
                    List.of("acme", "globex"),
                    context.getBean(MultiAdapterEmbedder.class).model().names());
        });
        runner.withPropertyValues(properties("store", store.toString())).run(context -> {
            AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
            assertFalse(Arrays.equals(acme, model.embed("sun")));
            assertArrayEquals(acme, model.withAdapter("acme").embed("sun"));
        });
    }

    @Test
    void dimensions_cutEmbeddings_andAreRefusedBeyondTheWholeLength() {
        runner.withPropertyValues(properties("adapter", folder("acme"), "dimensions", "3"))
                .run(context -> {
                    AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
                    assertEquals(3, model.dimensions());
                    assertEquals(3, model.embed("sun").length);
                });
        runner.withPropertyValues(properties("adapter", folder("acme"), "dimensions", "4096"))
                .run(context -> {
                    String reason =
                            context.getStartupFailure().getCause().getCause().getMessage();
                    assertTrue(reason.contains("dimensions"), reason);
                });
    }

    @Test
    void model_alone_embedsAsItIs() throws IOException {
        float[] expected;
        try (BaseModel base = BaseModel.load(TINY);
                TextEmbedder embedder = TextEmbedder.of(base)) {
            expected = embedder.embedQuery("sun");
        }
        runner.withPropertyValues(properties("model", TINY))
                .run(context -> assertArrayEquals(
                        expected, context.getBean(EmbeddingModel.class).embed("sun")));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnBeans {
        @Bean
        TextEmbedder embedder(BaseModel base) throws IOException {
            return TextEmbedder.of(base);
        }

        @Bean
        EmbeddingModel own(TextEmbedder embedder) {
            return AdaptedEmbeddingModel.of(embedder);
        }

        @Bean
        BaseModel base() throws IOException {
            return BaseModel.load(TINY);
        }
    }

    @Test
    void application_withBeansOfItsOwn_keepsThem() {
        runner.withPropertyValues(properties("store", store.toString()))
                .withUserConfiguration(OwnBeans.class)
                .run(context -> {
                    assertNull(context.getStartupFailure());
                    assertEquals(List.of("own"), List.of(context.getBeanNamesForType(EmbeddingModel.class)));
                    assertEquals(List.of("base"), List.of(context.getBeanNamesForType(BaseModel.class)));
                    assertSame(
                            context.getBean(BaseModel.class),
                            context.getBean(MultiAdapterEmbedder.class).base());
                });
    }

    @Test
    void application_thatNamesNothing_orAnotherEmbeddingModel_getsNone() {
        for (String[] properties : List.of(properties(), properties("model", " ", "adapter", ""), new String[] {
            properties("model", TINY)[0], "spring.ai.model.embedding=openai"
        })) {
            runner.withPropertyValues(properties).run(context -> {
                assertNull(context.getStartupFailure());
                assertEquals(0, context.getBeanNamesForType(EmbeddingModel.class).length);
                assertEquals(0, context.getBeanNamesForType(BaseModel.class).length);
            });
        }
        runner.withPropertyValues(properties("model", TINY)[0], "spring.ai.model.embedding=lsradapt")
                .run(context -> assertEquals(1, context.getBeanNamesForType(EmbeddingModel.class).length));
    }

    @Test
    void application_withABaseModelOfItsOwn_thatThePropertyDoesNotName_isRefused() {
        RefusedProperty.assertRefused(
                runner.withUserConfiguration(OwnBeans.class),
                "embedding.model",
                "minilm",
                "the application has a BaseModel bean of its own, " + TINY);
    }

    private void assertRefused(String property, Object value, String reason, String... others) {
        RefusedProperty.assertRefused(
                runner.withPropertyValues(properties(others)), "embedding." + property, value, reason);
    }

    @Test
    void whatCannotBeLoaded_isRefusedByItsProperty(@TempDir Path empty) throws IOException {
        String missing = empty.resolve("missing").toString();
        assertRefused("adapter", missing, "there is not a folder " + missing);
        assertRefused("store", missing, "there is not a folder " + missing);
        assertRefused("model", missing, "there is no such folder");
        assertRefused(
                "adapter",
                "initech",
                "there is no such adapter in lsradapt.embedding.store " + store + ", expected one of acme, globex",
                "store",
                store.toString());
        assertRefused("store", empty.toString(), "no adapter there names a base model; set lsradapt.embedding.model");
        assertRefused("adapter", empty.toString(), "adapter_config.json");

        RandomAdapters.save(empty.resolve("broken"), 3);
        Path weights;
        try (Stream<Path> files = Files.list(empty.resolve("broken"))) {
            weights = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.write(weights, new byte[] {1, 2, 3});
        assertRefused("store", empty.toString(), weights.getFileName().toString(), "model", TINY);
        String other = TINY.replace("/bert", "/distilbert");
        assertRefused("adapter", folder("acme"), other, "model", other);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        VectorStore vectorStore(EmbeddingModel model) {
            return SimpleVectorStore.builder(model).build();
        }
    }

    private static ConfigurableApplicationContext run(String... arguments) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        return application.run(
                Stream.of(arguments).map(argument -> "--" + argument).toArray(String[]::new));
    }

    private static List<String> ranked(TextEncoder encoder, String query) {
        float[] wanted = encoder.embedQueries(List.of(query))[0];
        float[][] found = encoder.embed(TEXTS);
        return IntStream.range(0, found.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -dot(wanted, found[i])))
                .map(TEXTS::get)
                .toList();
    }

    private static double dot(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] * b[i])
                .sum();
    }

    @Test
    void application_withAStore_findsWhatTheAdaptedEmbedderRanksFirst() throws IOException {
        String query = "rain and rain";
        List<String> expected;
        try (BaseModel base = BaseModel.load(TINY);
                TextEmbedder without = TextEmbedder.of(base, RandomAdapters.PREFIXED);
                TextEmbedder with = TextEmbedder.load(store.resolve("acme"))) {
            expected = ranked(with, query);
            assertNotEquals(ranked(without, query), expected);
        }
        try (ConfigurableApplicationContext context = run(properties("store", store.toString(), "adapter", "acme"))) {
            VectorStore vectors = context.getBean(VectorStore.class);
            vectors.add(TEXTS.stream().map(Document::new).toList());
            List<String> found = vectors
                    .similaritySearch(SearchRequest.builder()
                            .query(query)
                            .topK(TEXTS.size())
                            .similarityThresholdAll()
                            .build())
                    .stream()
                    .map(Document::getText)
                    .toList();
            assertEquals(expected, found);
        }
    }

    @Test
    void application_withoutTheFolder_saysWhichPropertyNamesIt() {
        String missing = store.resolve("missing").toString();
        Exception failure = assertThrows(Exception.class, () -> run(properties("adapter", missing)));
        assertTrue(failure.getMessage().contains("lsradapt.embedding.adapter"), failure.getMessage());
        assertTrue(failure.getMessage().contains(missing), failure.getMessage());
    }
}
