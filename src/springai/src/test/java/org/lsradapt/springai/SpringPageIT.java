package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.DocumentedJava;
import org.lsradapt.models.BaseModel;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.reranking.RankedPassage;
import org.lsradapt.tasks.reranking.Reranker;

/** Compiles and runs the Java of docs/guides/spring.md with the properties that stand there. */
class SpringPageIT {
    private static final String PAGE = "docs/guides/spring.md";

    private static final List<String> PASSAGES = List.of(
            "We store the invoice in the second drawer.",
            "The price of the password is on page two.",
            "Edit the parcel in your account.",
            "The holiday has to be here by Friday.");

    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.*;
            import org.springframework.boot.SpringApplication;
            import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
            import org.springframework.context.ConfigurableApplicationContext;
            import org.springframework.context.annotation.Configuration;

            public class Snippets {
                @Configuration(proxyBeanMethods = false)
                @EnableAutoConfiguration
                public static class Application {
            %s
                }

                @Configuration(proxyBeanMethods = false)
                @EnableAutoConfiguration
                public static class WithoutStore {}

                private static ConfigurableApplicationContext start(String property) {
                    return SpringApplication.run(Application.class, "--" + property);
                }

                private static ConfigurableApplicationContext plain(String property) {
                    return SpringApplication.run(WithoutStore.class, "--" + property);
                }

                public static Object search(File file) throws Exception {
                    List<String> passages = Files.readAllLines(file.toPath().resolve("passages.txt"));
                    try (ConfigurableApplicationContext context = start("%s=" + file.toPath().resolve("acme"))) {
                        VectorStore store = context.getBean(VectorStore.class);
            %s
                        return found.get(0).getText();
                    }
                }

                public static Object chat(File file) throws Exception {
                    try (ConfigurableApplicationContext context = plain("%s=" + file.toPath().resolve("chat"))) {
                        AdaptedChatModel chat = context.getBean(AdaptedChatModel.class);
            %s
                        return List.of(
                                whole,
                                String.join("", pieces.collectList().block()),
                                response.getMetadata().getUsage().getCompletionTokens() <= 20);
                    }
                }

                public static Object classify(File file) throws Exception {
                    try (ConfigurableApplicationContext context = plain("%s=" + file.toPath().resolve("spam"))) {
                        TextClassifier classifier = context.getBean(TextClassifier.class);
            %s
                        return kind.probabilities();
                    }
                }

                public static Object users(File file) throws Exception {
                    try (ConfigurableApplicationContext context = plain("%s=" + file.toPath().resolve("users.store"))) {
                        BaseModel base = context.getBean(BaseModel.class);
                        MultiAdapterModel users = context.getBean(MultiAdapterModel.class);
            %s
                        return Classification.of(outputs[0], List.of("bad", "good")).probabilities();
                    }
                }

                public static Object tenants(File file) throws Exception {
                    Path retrained = file.toPath().resolve("globex");
                    try (ConfigurableApplicationContext context = start("%s=" + file)) {
                        AdaptedEmbeddingModel model = context.getBean(AdaptedEmbeddingModel.class);
                        MultiAdapterEmbedder tenants = context.getBean(MultiAdapterEmbedder.class);
            %s
                        return new float[][] {first, second, acme.embed("Where is the heron kept?")};
                    }
                }

                public static Object rerank(File file) throws Exception {
                    try (Reranker reranker = Reranker.load(file.toPath().resolve("reranker"))) {
                        List<Document> found = Files.readAllLines(file.toPath().resolve("passages.txt")).stream()
                                .map(Document::new)
                                .toList();
            %s
                        return answers.stream().map(Document::getText).toList();
                    }
                }

                public static void alone(File file) throws Exception {
                    Path folder = file.toPath().resolve("acme");
            %s
                }
            }
            """;

    @Test
    void page_compiledAndRun_findsWhatTheEmbedderRanksFirst(@TempDir Path work) throws Exception {
        String page = Files.readString(Path.of(PAGE));
        Path classes = Files.createDirectory(work.resolve("classes"));
        Path folder = Files.createDirectory(work.resolve("adapters"));
        Files.write(folder.resolve("passages.txt"), PASSAGES);
        RandomAdapters.save(folder.resolve("acme"), 1);
        RandomAdapters.save(folder.resolve("globex"), 2);
        List<String> java = DocumentedJava.blocks(page);
        List<String> properties = Pattern.compile("(?m)^ {4}([a-z.]+)=\\S+$")
                .matcher(page)
                .results()
                .map(line -> line.group(1))
                .toList();
        assertEquals(5, properties.size());
        DocumentedJava.compile(
                classes,
                page,
                SOURCE.formatted(
                        java.get(0),
                        properties.get(0),
                        java.get(1),
                        properties.get(1),
                        java.get(2),
                        properties.get(2),
                        java.get(3),
                        properties.get(4),
                        java.get(5),
                        properties.get(3),
                        java.get(4),
                        java.get(6),
                        java.get(7)));

        String question = "Where is the heron kept?";
        try (TextEmbedder acme = TextEmbedder.load(folder.resolve("acme"));
                TextEmbedder globex = TextEmbedder.load(folder.resolve("globex"))) {
            float[] query = acme.embedQuery(question);
            float[][] passages = acme.embed(PASSAGES);
            int best = 0;
            for (int i = 1; i < passages.length; i++) {
                best = dot(query, passages[i]) > dot(query, passages[best]) ? i : best;
            }
            assertEquals(PASSAGES.get(best), DocumentedJava.call(classes, "search", folder.toFile()));
            float[][] tenants = (float[][]) DocumentedJava.call(classes, "tenants", folder.toFile());
            assertFalse(Arrays.equals(query, globex.embedQuery(question)));
            assertArrayEquals(query, tenants[0]);
            assertArrayEquals(globex.embedQuery(question), tenants[1]);
            assertArrayEquals(tenants[1], tenants[2]);
        }
        try (BaseModel base = BaseModel.load(RandomAdapters.TINY)) {
            Path saved = TrainedReranker.save(base, folder.resolve("reranker"), question, PASSAGES, 2);
            try (Reranker reranker = Reranker.load(saved)) {
                assertEquals(
                        reranker.rank(question, PASSAGES, 3).stream()
                                .map(RankedPassage::text)
                                .toList(),
                        DocumentedJava.call(classes, "rerank", folder.toFile()));
            }
        }
        DocumentedJava.call(classes, "alone", folder.toFile());
        chatAndClassifier(classes, folder, question);
    }

    private static void chatAndClassifier(Path classes, Path folder, String question) throws Exception {
        Path language = ChatFolder.write(folder.resolve("language"));
        Path chat = TrainedModels.saveGenerator(language, folder.resolve("chat"));
        try (TextGenerator generator = TextGenerator.load(chat)) {
            String answer = generator.answer(List.of(ChatMessage.user(question)));
            assertEquals(List.of(answer, answer, true), DocumentedJava.call(classes, "chat", folder.toFile()));
        }
        Path spam = TrainedModels.saveClassifier(RandomAdapters.TINY, folder.resolve("spam"));
        try (TextClassifier classifier = TextClassifier.load(spam);
                AdapterStore store = AdapterStore.open(folder.resolve("users.store"), classifier.base())) {
            store.put("ada", spam);
            List<Double> expected =
                    classifier.predict("You have won the heron.").probabilities();
            assertEquals(expected, DocumentedJava.call(classes, "classify", folder.toFile()));
            store.close();
            assertEquals(expected, DocumentedJava.call(classes, "users", folder.toFile()));
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** What editors are told; the annotation processor writes it. */
    @Test
    void page_hasTheProperties_thatTheMetadataDescribes() throws Exception {
        String metadata;
        try (InputStream in = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Set<String> described = names(Pattern.compile("\"name\": \"(lsradapt\\.[a-z]+\\.[a-z-]+)\""), metadata);
        assertEquals(listed(Files.readString(Path.of(PAGE))), described);
        assertTrue(metadata.contains("The base model: a name such as minilm, or a folder."), metadata);
    }

    /** The page shortens names to ".NAME" behind one with the same group. */
    private static Set<String> listed(String page) {
        Set<String> names = new TreeSet<>();
        for (MatchResult item : Pattern.compile("(?m)^- `(lsradapt\\.[a-z]+)(\\.[a-z-]+)`((?:,\\s+`\\.[a-z-]+`)*)")
                .matcher(page)
                .results()
                .toList()) {
            names.add(item.group(1) + item.group(2));
            Pattern.compile("`(.+?)`")
                    .matcher(item.group(3))
                    .results()
                    .forEach(more -> names.add(item.group(1) + more.group(1)));
        }
        return names;
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
