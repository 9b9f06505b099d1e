package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.Main;
import org.lsradapt.data.TextPair;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.training.settings.TrainingConfig;

/** Compiles and runs the Java of docs/guides/rag.md, and its merge, on the pairs of a company with words of its own. */
class RagPageIT {

    /** What the company says, and what its passages say. */
    private static final List<List<String>> WORDS = List.of(
            List.of("heron", "invoice"),
            List.of("lantern", "password"),
            List.of("orchard", "parcel"),
            List.of("granite", "holiday"),
            List.of("velvet", "discount"),
            List.of("compass", "printer"),
            List.of("saddle", "contract"),
            List.of("meadow", "newsletter"));

    private static final List<List<String>> FORMS = List.of(
            List.of("How do I cancel a %s?", "Call off the %s in writing, two days ahead."),
            List.of("Who signs off a %s?", "The head of the team approves each %s."),
            List.of("What does a %s cost?", "The price of the %s is on page two."),
            List.of("Where is the %s kept?", "We store the %s in the second drawer."),
            List.of("When is the %s due?", "The %s has to be here by Friday."),
            List.of("Why was my %s late?", "Bad weather delays the %s by a day."),
            List.of("Can I change my %s?", "Edit the %s in your account."),
            List.of("How long is a %s valid?", "The %s expires after a year."));

    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.*;

            public class Snippets {
                static final String question = "Where is the heron kept?";

                public static Object train(File file) throws Exception {
                    Path folder = file.toPath();
            %s
                    return null;
                }

                public static Object application(File file) throws Exception {
                    Path folder = file.toPath();
                    List<Document> documents =
                            Files.readAllLines(folder.resolve("passages.txt")).stream().map(Document::from).toList();
            %s
                    Object[] result = {found.get(0).textSegment().text(), model.embed(question).content().vector()};
                    embedder.close();
                    return result;
                }

                public static Object tenants(File file) throws Exception {
                    Path folder = file.toPath();
                    try (BaseModel base = BaseModel.load("minilm")) {
            %s
                        float[] replaced = acme.embed(question).content().vector();
                        tenants.close();
                        return new float[][] {without, first, second, replaced};
                    }
                }

                public static Object queries(File file) throws Exception {
                    Path folder = file.toPath();
                    try (BaseModel base = BaseModel.load("minilm"); TextEmbedder without = TextEmbedder.of(base)) {
                        EmbeddingModel embedding = AdaptedEmbeddingModel.of(without);
            %s
                        float[] expected = adapter.apply(embedding.embed(question).content().vector());
                        return new float[][] {expected, queries.embed(question).content().vector()};
                    }
                }

                public static Object onnx(File file) {
                    Path folder = file.toPath();
            %s
                    return model.embed(question).content().vector();
                }
            }
            """;

    @Test
    void page_compiledAndRun_findsWhatTheBaseModelDoesNot(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/rag.md"));
        PageArtifacts.compile(
                folder, page, SOURCE.formatted(DocumentedJava.blocks(page).toArray()));
        Path work = Files.createDirectory(folder.resolve("work"));
        writePairs(work);
        assertTrue(page.contains(String.join(
                "\n    ", Files.readAllLines(work.resolve("pairs.csv")).subList(0, 2))));

        double[] ndcg = printed(() -> DocumentedJava.call(folder, "train", work.toFile()));
        assertTrue(ndcg[0] < 0.7 && ndcg[1] > ndcg[0] + 0.2, Arrays.toString(ndcg));
        Object[] found = (Object[]) DocumentedJava.call(folder, "application", work.toFile());
        assertEquals("We store the invoice in the second drawer.", found[0]);
        float[] acme = (float[]) found[1];

        merge(page, work);
        assertArrayEquals(acme, (float[]) DocumentedJava.call(folder, "onnx", work.toFile()), 1e-5f);

        trainSecond(work.resolve("globex"));
        float[][] tenants = (float[][]) DocumentedJava.call(folder, "tenants", work.toFile());
        assertFalse(Arrays.equals(tenants[0], tenants[1]), "the base model's vector");
        assertArrayEquals(acme, tenants[1]);
        assertFalse(Arrays.equals(acme, tenants[2]), "the second tenant's vector");
        assertArrayEquals(tenants[2], tenants[3]);

        float[][] queries = (float[][]) DocumentedJava.call(folder, "queries", work.toFile());
        assertArrayEquals(queries[0], queries[1]);
        assertTrue(Files.exists(work.resolve("queries/query_adapter.json")));
    }

    /** Another adapter of the same base model, after one step. */
    private static void trainSecond(Path folder) throws Exception {
        List<TextPair> pairs = FORMS.stream()
                .map(form -> TextPair.of(form.get(0), form.get(1)))
                .toList();
        try (TextEmbedder embedder = TextEmbedder.on("minilm")
                .config(TrainingConfig.builder().epochs(1).build())
                .train(pairs, pairs)) {
            embedder.save(folder);
        }
    }

    private static void writePairs(Path folder) throws Exception {
        StringBuilder pairs = new StringBuilder("question,passage\n");
        StringBuilder passages = new StringBuilder();
        for (List<String> word : WORDS) {
            for (List<String> form : FORMS) {
                String passage = form.get(1).formatted(word.get(1));
                String quoted = passage.contains(",") ? '"' + passage + '"' : passage;
                pairs.append(form.get(0).formatted(word.get(0)))
                        .append(',')
                        .append(quoted)
                        .append('\n');
                passages.append(passage).append('\n');
            }
        }
        Files.writeString(folder.resolve("pairs.csv"), pairs);
        Files.writeString(folder.resolve("passages.txt"), passages);
    }

    private interface Call {
        void run() throws Exception;
    }

    /** The numbers at the ends of the lines that a call prints. */
    private static double[] printed(Call call) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            call.run();
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("nDCG@10"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(": ") + 2)))
                .toArray();
    }

    /** Runs the page's merge command in a folder. */
    private static void merge(String page, Path folder) {
        Matcher command = Pattern.compile("lsr-adapt (merge [^\n]*)").matcher(page);
        assertTrue(command.find());
        String[] args = command.group(1).split(" ");
        for (int i = 1; i < args.length; i++) {
            if (args[i - 1].equals("--adapter") || args[i - 1].equals("--out")) {
                args[i] = folder.resolve(args[i]).toString();
            }
        }
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                args,
                InputStream.nullInputStream(),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertEquals(0, code, () -> err.toString(StandardCharsets.UTF_8));
    }
}
