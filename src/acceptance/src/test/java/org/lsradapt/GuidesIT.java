package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;

/** Compiles and runs the Java of guides that have one piece of it, on the guide's own data and small random models. */
class GuidesIT {
    private static final String SOURCE = """
            public class Snippets {
                public static Object run(java.io.File file) throws Exception {
                    %s
            %s
                    %s
                }
            }
            """;
    private static final String IN_FOLDER = "Path folder = file.toPath();\n";
    private static final String ENCODER = IN_FOLDER + "String model = \"" + Samples.model("bert") + "\";";
    private static final String EXAMPLES = """
            java.util.List<org.lsradapt.data.LabelledText> examples = new java.util.ArrayList<>();
            for (int i = 0; i < 20; i++) {
                examples.add(org.lsradapt.data.LabelledText.of("the sun " + i, "warm"));
                examples.add(org.lsradapt.data.LabelledText.of("the rain " + i, "cold"));
            }
            """;

    @TempDir
    Path folder;

    private Path work;

    @BeforeEach
    void makeWork() throws Exception {
        work = Files.createDirectory(folder.resolve("work"));
    }

    private static String page(String name) throws Exception {
        return Files.readString(Path.of("docs/guides", name + ".md"));
    }

    /** Returns the indented text of a page that an expression finds, without its indent. */
    private static String data(String name, String expression) throws Exception {
        return page(name)
                .replaceFirst("(?s).*?\n\n( {4}" + expression + ")\n\n.*", "$1")
                .replaceAll("(?m)^ {4}", "");
    }

    private Object run(String name, String before, String after) throws Exception {
        String page = page(name);
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(1, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(before, blocks.get(0), after));
        return DocumentedJava.call(folder, "run", work.toFile());
    }

    @Test
    void labels_ofThePagesTexts() throws Exception {
        String rows = data("labels", "text,labels\n.*?Thanks a lot!,");
        String more = rows.substring(rows.indexOf('\n')).replace(",", " Really.,");
        Files.writeString(work.resolve("train.csv"), rows + more);
        assertEquals(
                "[delivery, quality]; held out 2 of 6 rows",
                run("labels", ENCODER, "return data.labels() + \"; \" + data.heldOut().orElseThrow().describe();"));
    }

    @Test
    void spans_ofThePagesParagraph() throws Exception {
        String squad = data("spans", "\\{\"version\".*?]}]}]}");
        String paragraph = squad.replaceFirst("(?s).*\"paragraphs\": \\[(.*)]}]}", "$1");
        String three =
                String.join(", ", paragraph, paragraph.replace("rain", "wind"), paragraph.replace("rain", "sea"));
        Files.writeString(work.resolve("train.json"), squad.replace(paragraph, three));
        assertEquals(
                "true; held out 2 of 6 rows",
                run(
                        "spans",
                        ENCODER,
                        "return data.hasUnanswerable() + \"; \" + data.heldOut().orElseThrow().describe();"));
    }

    @Test
    void tokens_ofThePagesSentence() throws Exception {
        String sentence = data("tokens", "-DOCSTART-.*?B-LOC");
        List<String> sentences = List.of("Ada", "Tom", "Eve", "Jim").stream()
                .map(name -> sentence.replace("Ada", name))
                .toList();
        Files.writeString(work.resolve("train.conll"), String.join("\n\n", sentences));
        String after = """
                return data.labels() + "; " + data.heldOut().orElseThrow().describe() + "; " + data.train().get(0).words();
                """;
        assertEquals(
                "[O, B-LOC, I-LOC, B-PER, I-PER]; held out 1 of 4 texts; [Ada, Lovelace, was, born, in, London]",
                run("tokens", ENCODER, after).toString().replaceFirst("\\[(Tom|Eve|Jim),", "[Ada,"));
    }

    @Test
    void checkData_checksAndCorrects() throws Exception {
        Files.writeString(
                work.resolve("train.csv"),
                IntStream.range(0, 30)
                        .mapToObj(i -> "the ".repeat(i / 2 + 1) + (i % 2 == 0 ? "sun,warm\n" : "rain,cold\n"))
                        .collect(Collectors.joining("", "text,label\n", "")));
        assertEquals(
                "corrections of " + work.resolve("label-issues.csv") + ": 0 labels changed, 0 rows removed",
                run("check-data", ENCODER, "return better.notes().get(0);").toString());
    }

    @Test
    void preferences_ofThePagesRows() throws Exception {
        List<String> rows = page("preferences")
                .lines()
                .filter(line -> line.startsWith("    {\"prompt\": \""))
                .map(String::strip)
                .toList();
        assertEquals(4, rows.size());
        Files.write(work.resolve("preferences.jsonl"), rows);
        String before = IN_FOLDER + "String causalModel = \"" + Samples.model("llama") + "\";";
        assertEquals(
                "held out 1 of 4 pairs", run("preferences", before, "return data.heldOut().orElseThrow().describe();"));
    }

    @Test
    void masked_thenClassified() throws Exception {
        Files.writeString(work.resolve("manuals.txt"), "the sun is warm\nthe rain is cold\n".repeat(5) + "a smile\n");
        String before = IN_FOLDER + EXAMPLES + "String maskedModel = \"" + Samples.model("bert-masked") + "\";";
        assertEquals(
                "held out 1 of 11 texts",
                run("masked", before, "classifier.close(); return data.heldOut().orElseThrow().describe();"));
    }

    @Test
    void perUser_embedsTextsOfTwoUsers() throws Exception {
        Path model = TinyModels.writeBert(Files.createDirectory(work.resolve("model")), 1);
        try (BaseModel base = BaseModel.load(model.toString());
                MultiAdapterEmbedder embedder = MultiAdapterEmbedder.of(base);
                AdapterSet adapters =
                        AdapterSet.create(base.encoderLayers(), LsrConfig.lora(2, 4), Backends.standard())) {
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.modelType(),
                    base.encoderFingerprint(),
                    new EmbeddingDescription("search"),
                    embedder.settings().maxLength(),
                    Optional.of(embedder.settings()),
                    base.precision());
            AdapterFolder.save(work.resolve("adapter"), card, adapters);
        }
        String before = """
                java.nio.file.Path folder = file.toPath();
                java.nio.file.Path adapterFolder = folder.resolve("adapter");
                String modelName = folder.resolve("model").toString();
                float[][] vectors;
                """;
        assertEquals("2 4", run("per-user", before, "return vectors.length + \" \" + vectors[0].length;"));
    }

    @Test
    void precision_isKeptByTheAdapter() throws Exception {
        String before = EXAMPLES + "java.nio.file.Path out = file.toPath().resolve(\"out\");" + "String folder = \""
                + Samples.model("bert") + "\";";
        assertTrue(List.of("warm", "cold").contains(run("precision", before, "")));
        try (FineTunedModel model = FineTunedModel.load(work.resolve("out"))) {
            assertEquals("bf16", model.base().precision().label());
        }
    }
}
