package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.images.ImageClassifier;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@code export}, {@code merge} and {@code import} against the real PEFT and transformers, on tiny models: outputs
 * equal to 1e-5. Runs with the Python that the system property lsr.python or the environment variable LSR_PYTHON
 * names; {@code hugging_face.py} is what it runs there.
 */
class HuggingFaceIT {

    /** Of a logit, or of the largest of them where that is above 1: FLOAT's round-off on both sides. */
    private static final double TOLERANCE = 1e-5;

    @TempDir
    static Path work;

    private static JsonNode results;
    private static HuggingFaceJob job;

    /** The library and the task in the model cards of some of the folders. */
    private static final Map<String, List<String>> CARDS = new LinkedHashMap<>();

    static {
        CARDS.put("bert-mixed-peft", List.of("peft", "text-classification"));
        CARDS.put("bert-regression-merged", List.of("transformers", "text-classification"));
        CARDS.put("roberta-tokens-peft", List.of("peft", "token-classification"));
        CARDS.put("roberta-tokens-merged", List.of("transformers", "token-classification"));
        CARDS.put("llama-text-peft", List.of("peft", "text-generation"));
        CARDS.put("llama-text-merged", List.of("transformers", "text-generation"));
        CARDS.put("clip-lsr-peft", List.of("peft", "zero-shot-image-classification"));
        CARDS.put("clip-lsr-merged", List.of("transformers", "zero-shot-image-classification"));
        CARDS.put("dinov2-peft", List.of("peft", "image-classification"));
        CARDS.put("dinov2-merged", List.of("transformers", "image-classification"));
        CARDS.put("deberta-lokr-peft", List.of("peft", "text-classification"));
    }

    private static final List<String> HOSTILE = List.of("x\n---\nlicense: mit\n---\n", "`# no`: [a, {", "\"'%@!&*");

    private static String python() {
        return System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
    }

    /** Before each, so that each is reported as skipped. */
    @BeforeEach
    void requirePython() {
        assumeTrue(
                !python().isEmpty(),
                "no Python with transformers and PEFT is named; -Dlsr.python=PYTHON or LSR_PYTHON=PYTHON does it");
    }

    @BeforeAll
    static void runPython() throws Exception {
        String python = python();
        if (python.isEmpty()) {
            return;
        }
        RandomFolders folders = new RandomFolders(work);
        job = new HuggingFaceJob(folders);
        LsrConfig lsr = LsrConfig.builder()
                .separationRank(3)
                .termWeights(true)
                .alpha(1.3)
                .build();
        LsrConfig three = LsrConfig.builder()
                .bottleneckRank(6)
                .factorCount(3)
                .separationRank(2)
                .alpha(0.7)
                .build();
        addTexts(folders, lsr, three);
        addImages(lsr, three);
        CARDS.keySet().forEach(name -> job.addCard(work.resolve(name)));
        addHostileCard("hostile-export", "export --base-name google-bert/bert-base-uncased");
        addHostileCard("hostile-merge", "merge");
        results = job.run(python);
        System.out.println("compared with " + results.get("versions").textValue());
    }

    private static void addTexts(RandomFolders folders, LsrConfig lsr, LsrConfig three) throws IOException {
        Function<FrozenLinear, AdapterConfig> mixed = layer -> layer.name().endsWith("query")
                ? lsr
                : layer.name().endsWith("intermediate.dense") ? three : LsrConfig.lora(5, 9);
        Path bert = folders.copyOfBert("bert", true);
        Path poolerless = folders.copyOfBert("poolerless", false);
        Path roberta = TinyModels.writeRoberta(Files.createDirectory(work.resolve("roberta")), 3);
        job.addExported(bert, folders.save("bert-lsr", bert, RandomFolders.LABELS, layer -> lsr));
        job.addExported(bert, folders.save("bert-mixed", bert, RandomFolders.LABELS, mixed));
        job.addExported(bert, folders.save("bert-regression", bert, List.of(), mixed));
        job.addExported(roberta, folders.save("roberta-mixed", roberta, RandomFolders.LABELS, mixed));
        job.addBare(bert, folders.save("bert-bare", bert, RandomFolders.LABELS, mixed), true);
        job.addBare(poolerless, folders.save("poolerless-bare", poolerless, RandomFolders.LABELS, mixed), false);
        Path deberta = folders.copyOfFamily("deberta-v3", "deberta", true);
        Path debertaAlone = folders.copyOfFamily("deberta-v3", "debertaalone", false);
        Path llama = folders.copyOfFamily("llama", "llama", true);
        Path xlm = folders.copyOfFamily("xlm-roberta", "xlm", true);
        job.addExported(xlm, folders.save("xlm-mixed", xlm, RandomFolders.LABELS, mixed));
        for (String family : List.of("distilbert", "electra", "mpnet", "modernbert")) {
            Path folder = folders.copyOfFamily(family, family, true);
            job.addExported(folder, folders.save(family + "-mixed", folder, RandomFolders.LABELS, mixed));
            job.addExported(folder, folders.saveTokens(family + "-tokens", folder, mixed));
        }
        job.addExported(deberta, folders.save("deberta-pooled", deberta, RandomFolders.LABELS, mixed));
        Function<FrozenLinear, AdapterConfig> kronecker =
                layer -> layer.name().endsWith("query_proj") ? KroneckerConfig.krona(1.7) : KroneckerConfig.lokr(2, 3);
        job.addExported(deberta, folders.save("deberta-lokr", deberta, RandomFolders.LABELS, kronecker));
        job.addExported(debertaAlone, folders.save("debertaalone-mixed", debertaAlone, RandomFolders.LABELS, mixed));
        job.addExported(debertaAlone, folders.save("debertaalone-regression", debertaAlone, List.of(), layer -> lsr));
        job.addAsLora(bert, folders.save("bert-hira", bert, RandomFolders.LABELS, layer -> HiraConfig.of(2)));
        job.addAsLora(bert, folders.save("bert-vera", bert, RandomFolders.LABELS, layer -> VeraConfig.of(3)));
        job.addAsLora(llama, folders.save("llama-hira", llama, RandomFolders.LABELS, layer -> HiraConfig.of(2)));
        job.addAsLora(llama, folders.saveText("llama-fourier-text", llama, layer -> FourierConfig.of(9)));
        job.addExported(llama, folders.save("llama-classifier", llama, RandomFolders.LABELS, mixed));
        job.addExported(llama, folders.saveText("llama-text", llama, mixed));
        for (Path folder : List.of(bert, poolerless, roberta, xlm, deberta, debertaAlone, llama)) {
            job.addExported(folder, folders.saveTokens(folder.getFileName() + "-tokens", folder, mixed));
        }
        for (String kind : List.of("lora", "patterns", "rslora", "lokr", "tokens")) {
            job.addImported(bert, kind);
        }
        job.addImported(deberta, "deberta");
        job.addImported(debertaAlone, "pooler");
        job.addImported(llama, "llama");
        job.addImported(llama, "causal");
        for (String kind : List.of("rslora", "lokr", "tokens")) {
            job.addImported(roberta, kind);
        }
        folders.save("bert-hostile", bert, HOSTILE, mixed);
    }

    private static void addImages(LsrConfig lsr, LsrConfig three) throws IOException {
        job.addTowers("clip", "clip-lsr", lsr);
        job.addTowers("clip", "clip-three", three);
        job.addTowers("siglip", "siglip-lsr", lsr);
        job.addImages("vision-of-whole", SmallImages.clip(work.resolve("whole")), lsr);
        job.addImages("vision-alone", SmallImages.clipVision(work.resolve("vision")), three);
        job.addImages("dinov2", SmallImages.dinov2(work.resolve("dinov2-base")), lsr);
        job.addImages("dinov2-gated", SmallImages.dinov2("dinov2-gated", work.resolve("gated-base")), lsr);
        job.addImages(
                "dinov2-registers", SmallImages.dinov2("dinov2-registers", work.resolve("registers-base")), three);
        job.addImages("siglip-vision", SmallImages.siglip(work.resolve("siglip-base")), lsr);
    }

    /** A folder whose labels are made to be taken for something else. */
    private static void addHostileCard(String name, String command) {
        Path out = work.resolve(name);
        succeed(command + " --adapter {} --out {}", work.resolve("bert-hostile"), out);
        job.addCard(out);
    }

    /** What this library computes with an adapter folder of ours. */
    private static double[][] predict(Path saved) throws IOException {
        try (SavedAdapter adapter = AdapterFolder.load(saved)) {
            Path model = Path.of(adapter.card().orElseThrow().baseModel());
            try (PretrainedModel base = Models.load(model.toString());
                    TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                    RestoredModel restored =
                            RestoredModel.of(adapter, encoder, "model", base.fingerprint(), Backends.standard())) {
                return restored.predict(HuggingFaceJob.sequences(model));
            }
        }
    }

    private static void assertSame(JsonNode theirs, double[][] ours, String what) {
        double[][] logits = HuggingFaceJob.JSON.convertValue(theirs, double[][].class);
        assertEquals(logits.length, ours.length, what);
        for (int i = 0; i < ours.length; i++) {
            double largest = 1;
            for (double logit : logits[i]) {
                largest = Math.max(largest, Math.abs(logit));
            }
            assertArrayEquals(logits[i], ours[i], TOLERANCE * largest, what + ", text " + i);
        }
    }

    @Test
    void exported_computesTheSameInPeft() throws IOException {
        for (int i = 0; i < job.exported.size(); i++) {
            assertSame(
                    results.get("exported").get(i),
                    predict(job.exported.get(i)),
                    job.exported.get(i).toString());
        }
    }

    @Test
    void cards_areReadByTheHubsLibrary() {
        int i = 0;
        for (Map.Entry<String, List<String>> expected : CARDS.entrySet()) {
            JsonNode card = results.get("cards").get(i++);
            JsonNode data = card.get("data");
            String folder = expected.getKey();
            assertEquals(expected.getValue().get(0), data.path("library_name").asText(), folder);
            assertEquals(expected.getValue().get(1), data.path("pipeline_tag").asText(), folder);
            List<String> tags = folder.endsWith("-merged")
                    ? List.of("lsr-adapt")
                    : List.of("lsr-adapt", folder.contains("-lokr") ? "lokr" : "lora");
            assertEquals(HuggingFaceJob.JSON.valueToTree(tags), data.get("tags"), folder);
            assertEquals(3, data.size(), folder + " names no base model, which is a folder here: " + data);
            assertFalse(card.get("text").textValue().contains(work.toString()), folder);
        }
        for (String way : List.of("export", "merge")) {
            JsonNode card = results.get("cards").get(i++);
            JsonNode data = card.get("data");
            assertEquals(
                    way.equals("export") ? "google-bert/bert-base-uncased" : "",
                    data.path("base_model").asText());
            assertEquals(way.equals("export") ? 4 : 3, data.size(), data.toString());
            String text = card.get("text").textValue();
            assertTrue(
                    text.contains("order of the outputs: `x\\n---\\nlicense: mit\\n---\\n`,"
                            + " `` `# no`: [a, { ``, `\"'%@!&*`\n"),
                    text);
        }
    }

    @Test
    void exportedBare_computesTheSameInPeft() throws IOException {
        for (int i = 0; i < job.bare.size(); i++) {
            assertSame(
                    results.get("bare").get(i),
                    predict(job.bare.get(i)),
                    job.bare.get(i).toString());
        }
    }

    @Test
    void merged_readsAndComputesTheSameInTransformers() throws IOException {
        for (int i = 0; i < job.merged.size(); i++) {
            JsonNode theirs = results.get("merged").get(i);
            Path saved = job.merged.get(i);
            assertSame(theirs.get("logits"), predict(saved), saved.toString());
            try (SavedAdapter adapter = AdapterFolder.load(saved)) {
                List<TokenSequence> sequences = HuggingFaceJob.sequences(
                        Path.of(adapter.card().orElseThrow().baseModel()));
                for (int j = 0; j < sequences.size(); j++) {
                    int[] ids =
                            HuggingFaceJob.JSON.convertValue(theirs.get("ids").get(j), int[].class);
                    assertArrayEquals(sequences.get(j).ids(), ids, saved + ", text " + j);
                }
                List<String> labels = adapter.card().orElseThrow().task().labels();
                if (!labels.isEmpty()) {
                    assertEquals(HuggingFaceJob.JSON.valueToTree(labels), theirs.get("labels"));
                }
            }
        }
    }

    @Test
    void towers_exportedAndMerged_embedTheSame() throws IOException {
        for (int i = 0; i < job.towers.size(); i++) {
            JsonNode theirs = results.get("towers").get(i);
            List<float[]> ours = new ArrayList<>();
            try (ImageTextEmbedder embedder = ImageTextEmbedder.load(job.towers.get(i))) {
                ours.addAll(List.of(embedder.embedTexts(HuggingFaceJob.TOWER_TEXTS)));
                ours.addAll(List.of(embedder.embedImages(
                        job.folders.pictures().stream().map(ImageSource::of).toList())));
                for (int j = 0; j < HuggingFaceJob.TOWER_TEXTS.size(); j++) {
                    assertArrayEquals(
                            embedder.base()
                                    .encode(HuggingFaceJob.TOWER_TEXTS.get(j), embedder.maxLength())
                                    .ids(),
                            HuggingFaceJob.JSON.convertValue(theirs.get("ids").get(j), int[].class));
                }
            }
            for (String way : List.of("exported", "merged")) {
                float[][] embeddings = HuggingFaceJob.JSON.convertValue(theirs.get(way), float[][].class);
                assertEquals(ours.size(), embeddings.length);
                for (int j = 0; j < embeddings.length; j++) {
                    assertArrayEquals(
                            ours.get(j), embeddings[j], (float) TOLERANCE, job.towers.get(i) + " " + way + " " + j);
                }
            }
        }
    }

    @Test
    void images_exportedAndMerged_computeTheSame() throws IOException {
        for (int i = 0; i < job.images.size(); i++) {
            JsonNode theirs = results.get("images").get(i);
            assertEquals(HuggingFaceJob.JSON.valueToTree(RandomFolders.LABELS), theirs.get("labels"));
            List<Example> examples = job.folders.pictures().stream()
                    .map(picture -> new Example(picture.toString(), null))
                    .toList();
            try (ImageClassifier classifier = ImageClassifier.load(job.images.get(i))) {
                double[][] ours = classifier.outputs(examples);
                assertSame(theirs.get("exported"), ours, job.images.get(i) + " exported");
                assertSame(theirs.get("merged"), ours, job.images.get(i) + " merged");
            }
        }
    }

    @Test
    void imported_computesTheSameAsInPeft() throws IOException {
        for (int i = 0; i < job.imported.size(); i++) {
            Path theirs = job.imported.get(i);
            Path ours = Path.of(theirs + "-ours");
            Path model = work.resolve(theirs.getFileName().toString().replaceFirst("-.*", ""));
            boolean labelled = HuggingFaceJob.outputs(theirs.getFileName().toString()) > 0;
            String labels = labelled ? " --task colours --labels " + String.join(",", RandomFolders.LABELS) : "";
            succeed("import --from {} --model {} --max-length 8 --out {}" + labels, theirs, model, ours);
            assertSame(results.get("imported").get(i), predict(ours), theirs.toString());
        }
    }
}
