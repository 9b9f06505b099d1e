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
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.TextGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chat model, classifier, store and health; {@link LsrAdaptAutoConfigurationTest} has the embedding model. */
class AllModelsAutoConfigurationTest {
    @TempDir
    private static Path folder;

    private static Path language;
    private static Path chat;
    private static Path classifier;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LsrAdaptAutoConfiguration.class));

    @BeforeAll
    static void save() throws IOException {
        language = ChatFolder.write(folder.resolve("language"));
        chat = TrainedModels.saveGenerator(language, folder.resolve("chat"));
        classifier = TrainedModels.saveClassifier(TINY, folder.resolve("classifier"));
    }

    private ApplicationContextRunner with(Object... namesAndValues) {
        return runner.withPropertyValues(IntStream.range(0, namesAndValues.length / 2)
                .mapToObj(i -> "lsradapt." + namesAndValues[2 * i] + "=" + namesAndValues[2 * i + 1])
                .toArray(String[]::new));
    }

    private static String answer(Path model) throws IOException {
        try (TextGenerator generator = TextGenerator.load(model)) {
            return AdaptedChatModel.of(generator).call("the sun");
        }
    }

    @Test
    void chat_answersWithTheModelOrTheAdapter_andTheOptions() throws IOException {
        String plain = answer(language);
        String adapted = answer(chat);
        assertNotEquals(plain, adapted);
        AdaptedChatModel[] kept = new AdaptedChatModel[1];
        with("chat.model", language).run(context -> {
            assertNull(context.getStartupFailure());
            kept[0] = context.getBean(AdaptedChatModel.class);
            assertSame(kept[0], context.getBean(ChatModel.class));
            assertEquals(plain, kept[0].call("the sun"));
            assertEquals(0, context.getBeanNamesForType(BaseModel.class).length);
        });
        assertThrows(IllegalStateException.class, () -> kept[0].call("the sun"));
        with("chat.adapter", chat)
                .run(context ->
                        assertEquals(adapted, context.getBean(ChatModel.class).call("the sun")));
        Path moved = ChatFolder.write(folder.resolve("moved"));
        INDArray[] weights = new INDArray[1];
        with(
                        "chat.adapter",
                        chat,
                        "chat.model",
                        moved,
                        "chat.max-tokens",
                        3,
                        "chat.stop-sequences",
                        "a,b",
                        "chat.top-k",
                        2)
                .run(context -> {
                    BaseModel base = context.getBean(TextGenerator.class).base();
                    assertEquals(moved.toString(), base.name());
                    weights[0] = base.weights().gamma(base.model().norms().get(0));
                    assertFalse(weights[0].wasClosed());
                    AdaptedChatModel model = context.getBean(AdaptedChatModel.class);
                    assertEquals(3, model.getOptions().getMaxTokens());
                    assertEquals(2, model.getOptions().getTopK());
                    assertEquals(List.of("a", "b"), model.getOptions().getStopSequences());
                });
        assertTrue(weights[0].wasClosed());
    }

    @Test
    void classifier_andEmbedder_shareTheirBaseModel() throws IOException {
        Classification expected;
        try (TextClassifier loaded = TextClassifier.load(classifier)) {
            expected = loaded.predict("warm sun");
        }
        with("classifier.adapter", classifier, "embedding.model", TINY).run(context -> {
            TextClassifier found = context.getBean(TextClassifier.class);
            assertEquals(expected, found.predict("warm sun"));
            assertSame(context.getBean(BaseModel.class), found.base());
        });
        with("classifier.adapter", classifier, "classifier.model", TINY)
                .run(context -> assertEquals(
                        expected, context.getBean(TextClassifier.class).predict("warm sun")));
    }

    private static Path store(String name, Map<String, Path> adapters) throws IOException {
        Path file = folder.resolve(name);
        try (BaseModel base = BaseModel.load(TINY);
                AdapterStore made = AdapterStore.open(file, base)) {
            for (Map.Entry<String, Path> one : adapters.entrySet()) {
                made.put(one.getKey(), one.getValue());
            }
        }
        return file;
    }

    @Test
    void store_servesHeadsByKey() throws IOException {
        Path file = store("heads.store", Map.of("ada", classifier));
        Classification expected;
        try (TextClassifier loaded = TextClassifier.load(classifier)) {
            expected = loaded.predict("warm sun");
        }
        AdapterStore[] kept = new AdapterStore[1];
        with("store.file", file, "store.memory", "1MB").run(context -> {
            BaseModel base = context.getBean(BaseModel.class);
            double[][] outputs = context.getBean(MultiAdapterModel.class)
                    .predict(List.of(base.tokenizer().encode("warm sun", null, 64)), "ada");
            assertEquals(expected, Classification.of(outputs[0], expected.labels()));
            kept[0] = context.getBean(AdapterStore.class);
            assertEquals(1, kept[0].size());
            assertEquals(0, context.getBeanNamesForType(MultiAdapterEmbedder.class).length);
        });
        assertThrows(IllegalStateException.class, () -> kept[0].size());
    }

    @Test
    void store_andEmbedder_embedByKeyWithTheirSettings() throws IOException {
        Path acme = RandomAdapters.save(folder.resolve("acme"), 1);
        Path globex = RandomAdapters.save(folder.resolve("globex"), 2);
        Path file = store("embeddings.store", Map.of("ada", globex));
        float[] expected;
        try (TextEmbedder embedder = TextEmbedder.load(globex)) {
            expected = embedder.embedQuery("sun");
        }
        for (ApplicationContextRunner started : List.of(
                with("store.file", file, "embedding.model", TINY),
                with("store.file", file, "embedding.adapter", acme),
                with("store.file", file, "embedding.model", TINY, "store.model", "nowhere"))) {
            started.run(context -> {
                assertNull(context.getStartupFailure());
                AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
                assertArrayEquals(expected, model.withAdapter("ada").embed("sun"));
                assertThrows(
                        IllegalArgumentException.class,
                        () -> model.withAdapter("bob").embed("sun"));
            });
        }
    }

    private static Health health(ApplicationContext context) {
        return context.getBean(HealthIndicator.class).health();
    }

    @Test
    void health_namesModelsAndStore_andIsDownWithoutTheStore() throws IOException {
        Path file = store("health.store", Map.of("ada", classifier));
        Path acme = RandomAdapters.save(folder.resolve("tenants/acme"), 1);
        with(
                        "store.file", file,
                        "embedding.store", acme.getParent(),
                        "classifier.adapter", classifier,
                        "chat.adapter", chat)
                .run(context -> {
                    Health up = health(context);
                    assertEquals(Status.UP, up.getStatus(), up::toString);
                    assertEquals(
                            Map.of(
                                    "embedding", Map.of("model", TINY, "adapters", List.of("acme")),
                                    "classifier", Map.of("model", TINY, "classes", List.of("bad", "good")),
                                    "chat", Map.of("model", language + "/adapted"),
                                    "store", Map.of("file", file.toString(), "model", TINY, "keys", 1L)),
                            up.getDetails());
                    Path away = folder.resolve("away.store");
                    Files.move(file, away);
                    assertDown(health(context), file + ": the file is gone");
                    Files.move(away, file);
                    assertEquals(Status.UP, health(context).getStatus());
                    context.getBean(AdapterStore.class).close();
                    assertDown(health(context), file + ": the store is closed");
                });
        with("embedding.model", TINY, "embedding.adapter", acme)
                .run(context -> assertEquals(
                        Map.of("embedding", Map.of("model", TINY, "adapters", List.of("acme"))),
                        health(context).getDetails()));
    }

    private static void assertDown(Health health, String reason) {
        assertEquals(Status.DOWN, health.getStatus());
        assertTrue(health.getDetails().get("error").toString().contains(reason), health::toString);
    }

    @Test
    void health_isOptional() {
        for (ApplicationContextRunner started : List.of(
                with("embedding.model", TINY).withPropertyValues("management.health.lsradapt.enabled=false"),
                with("embedding.model", TINY).withClassLoader(new FilteredClassLoader(HealthIndicator.class)),
                runner)) {
            started.run(context -> {
                assertNull(context.getStartupFailure());
                assertEquals(0, context.getBeanNamesForType(HealthIndicator.class).length);
            });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnBeans {
        @Bean
        TextGenerator generator() throws IOException {
            return TextGenerator.load(language);
        }

        @Bean
        ChatModel own(TextGenerator generator) {
            return AdaptedChatModel.of(generator);
        }

        @Bean
        TextClassifier classifier() throws IOException {
            return TextClassifier.load(classifier);
        }
    }

    @Test
    void beansOfTheApplication_andOtherModels_takePrecedence() {
        with("chat.model", "nowhere", "classifier.adapter", "nowhere")
                .withUserConfiguration(OwnBeans.class)
                .run(context -> {
                    assertNull(context.getStartupFailure());
                    assertEquals(List.of("own"), List.of(context.getBeanNamesForType(ChatModel.class)));
                    assertEquals(List.of("classifier"), List.of(context.getBeanNamesForType(TextClassifier.class)));
                });
        for (String other : List.of("spring.ai.model.chat=openai", "lsradapt.chat.model= ")) {
            with("chat.model", "nowhere").withPropertyValues(other).run(context -> {
                assertNull(context.getStartupFailure());
                assertEquals(0, context.getBeanNamesForType(ChatModel.class).length);
            });
        }
    }

    @Test
    void whatCannotBeUsed_isRefusedByItsProperty() throws IOException {
        Path missing = folder.resolve("missing");
        String none = "there is not a file or folder " + missing;
        assertRefused("chat.model", missing, none);
        assertRefused("chat.adapter", missing, "there is not a folder " + missing);
        assertRefused("chat.model", missing, "there is no such folder", "chat.adapter", chat);
        assertRefused("classifier.model", missing, none);
        assertRefused("store.file", missing, "there is not a file " + missing);
        assertRefused("chat.adapter", classifier, "holds a TextClassifier, expected a TextGenerator");
        assertRefused("classifier.adapter", chat, "holds a TextGenerator, expected a TextClassifier");
        String wordless = "src/transformers/src/test/resources/golden/families/llama";
        assertRefused("chat.model", wordless, "has no chat template");
        assertRefused("chat.temperature", "-1.0", "temperature is -1.0", "chat.model", language);
        assertRefused("chat.top-p", "7.0", "top-p is 7.0", "chat.model", language);
        assertRefused("chat.max-tokens", "0", "at most 0 tokens", "chat.model", language);
        Path text = Files.writeString(folder.resolve("text.store"), "text");
        assertRefused("store.file", text, text.toString());
        Path file = store("mine.store", Map.of("ada", classifier));
        String other = TINY.replace("/bert", "/distilbert");
        assertRefused("store.file", file, "the store is for base model " + TINY, "embedding.model", other);
        assertRefused("store.model", missing, "there is no such folder", "store.file", file);
    }

    @Test
    void store_withoutItsModule_isRefused() {
        RefusedProperty.assertRefused(
                runner.withClassLoader(new FilteredClassLoader(AdapterStore.class)),
                "store.file",
                "users.store",
                "it needs org.lsradapt:lsr-adapt-store");
    }

    private void assertRefused(String property, Object value, String reason, Object... others) {
        RefusedProperty.assertRefused(with(others), property, value, reason);
    }
}
