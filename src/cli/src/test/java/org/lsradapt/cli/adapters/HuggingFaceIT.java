package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.hira.HiraConfig;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.images.ImageSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.images.ImageClassifier;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code export}, {@code merge} and {@code import} against the real PEFT and transformers, on tiny models: outputs
 * equal to 1e-5. Runs with the Python that the system property lsr.python or the environment variable LSR_PYTHON
 * names; {@code hugging_face.py} is what it runs there.
 */
class HuggingFaceIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Backend BACKEND = Backends.standard();
    private static final List<String> LABELS = List.of("red", "green", "blue");

    /** Of a logit, or of the largest of them where that is above 1: FLOAT's round-off on both sides. */
    private static final double TOLERANCE = 1e-5;

    private static final Map<String, String[][]> TEXTS = Map.of(
            "bert", new String[][] {{"w1 w2 w25", null}, {"w7", "w3 w3 w19 unknown"}, {"w11 w0 w4 w5 w6", "w8"}},
            "roberta", new String[][] {{"hello", null}, {"low hello", null}, {"hello hello", "lo"}},
            "xlm", new String[][] {{"The sun is warm.", null}, {"The sun", "is warm"}, {"ça déjà vu", null}},
            "deberta", new String[][] {{"The sun is warm.", null}, {"The sun", "is warm"}, {"Two warm suns", null}},
            "llama", new String[][] {{"The sun is warm.", null}, {"a new line", null}, {"is the sun warm?", null}});

    @TempDir
    static Path work;

    private static JsonNode results;
    private static final List<Path> EXPORTED = new ArrayList<>();
    private static final List<Path> BARE = new ArrayList<>();
    private static final List<Path> MERGED = new ArrayList<>();
    private static final List<Path> IMPORTED = new ArrayList<>();
    private static final List<Path> TOWERS = new ArrayList<>();
    private static final List<Path> IMAGES = new ArrayList<>();
    private static final List<String> TOWER_TEXTS = List.of("a photo of a cat", "two dogs, 12 cats' tails");

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
        Path bert = copyOfBert("bert", true);
        Path poolerless = copyOfBert("poolerless", false);
        Path roberta = TinyModels.writeRoberta(Files.createDirectory(work.resolve("roberta")), 3);

        ObjectNode job = JSON.createObjectNode();
        for (String kind : List.of("exported", "bare", "merged", "imported", "towers", "images", "cards")) {
            job.putArray(kind);
        }
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
        Function<FrozenLinear, AdapterConfig> mixed = layer -> layer.name().endsWith("query")
                ? lsr
                : layer.name().endsWith("intermediate.dense") ? three : LsrConfig.lora(5, 9);
        addExported(job, bert, save("bert-lsr", bert, LABELS, layer -> lsr));
        addExported(job, bert, save("bert-mixed", bert, LABELS, mixed));
        addExported(job, bert, save("bert-regression", bert, List.of(), mixed));
        addExported(job, roberta, save("roberta-mixed", roberta, LABELS, mixed));
        addBare(job, bert, save("bert-bare", bert, LABELS, mixed), true);
        addBare(job, poolerless, save("poolerless-bare", poolerless, LABELS, mixed), false);
        Path deberta = copyOfFamily("deberta-v3", "deberta", true);
        Path debertaAlone = copyOfFamily("deberta-v3", "debertaalone", false);
        Path llama = copyOfFamily("llama", "llama", true);
        Path xlm = copyOfFamily("xlm-roberta", "xlm", true);
        addExported(job, xlm, save("xlm-mixed", xlm, LABELS, mixed));
        for (String family : List.of("distilbert", "electra", "mpnet", "modernbert")) {
            Path folder = copyOfFamily(family, family, true);
            addExported(job, folder, save(family + "-mixed", folder, LABELS, mixed));
            addExported(job, folder, saveTokens(family + "-tokens", folder, mixed));
        }
        addExported(job, deberta, save("deberta-pooled", deberta, LABELS, mixed));
        Function<FrozenLinear, AdapterConfig> kronecker =
                layer -> layer.name().endsWith("query_proj") ? KroneckerConfig.krona(1.7) : KroneckerConfig.lokr(2, 3);
        addExported(job, deberta, save("deberta-lokr", deberta, LABELS, kronecker));
        addExported(job, debertaAlone, save("debertaalone-mixed", debertaAlone, LABELS, mixed));
        addExported(job, debertaAlone, save("debertaalone-regression", debertaAlone, List.of(), layer -> lsr));
        addAsLora(job, bert, save("bert-hira", bert, LABELS, layer -> HiraConfig.of(2)));
        addAsLora(job, bert, save("bert-vera", bert, LABELS, layer -> VeraConfig.of(3)));
        addAsLora(job, llama, save("llama-hira", llama, LABELS, layer -> HiraConfig.of(2)));
        addAsLora(job, llama, saveText("llama-fourier-text", llama, layer -> FourierConfig.of(9)));
        addExported(job, llama, save("llama-classifier", llama, LABELS, mixed));
        addExported(job, llama, saveText("llama-text", llama, mixed));
        for (Path folder : List.of(bert, poolerless, roberta, xlm, deberta, debertaAlone, llama)) {
            addExported(job, folder, saveTokens(folder.getFileName() + "-tokens", folder, mixed));
        }
        for (String kind : List.of("lora", "patterns", "rslora", "lokr")) {
            addImported(job, bert, kind);
        }
        addImported(job, deberta, "deberta");
        addImported(job, debertaAlone, "pooler");
        addImported(job, llama, "llama");
        addImported(job, llama, "causal");
        addImported(job, roberta, "rslora");
        addImported(job, roberta, "lokr");
        addImported(job, bert, "tokens");
        addImported(job, roberta, "tokens");
        addTowers(job, "clip", "clip-lsr", lsr);
        addTowers(job, "clip", "clip-three", three);
        addTowers(job, "siglip", "siglip-lsr", lsr);
        Path clip = SmallImages.clip(work.resolve("whole"));
        addImages(job, "vision-of-whole", clip, lsr);
        addImages(job, "vision-alone", SmallImages.clipVision(work.resolve("vision")), three);
        addImages(job, "dinov2", SmallImages.dinov2(work.resolve("dinov2-base")), lsr);
        addImages(job, "dinov2-gated", SmallImages.dinov2("dinov2-gated", work.resolve("gated-base")), lsr);
        Path registers = SmallImages.dinov2("dinov2-registers", work.resolve("registers-base"));
        addImages(job, "dinov2-registers", registers, three);
        addImages(job, "siglip-vision", SmallImages.siglip(work.resolve("siglip-base")), lsr);

        for (String name : CARDS.keySet()) {
            ((ArrayNode) job.get("cards"))
                    .addObject()
                    .put("folder", work.resolve(name).toString());
        }
        Path hostile = save("bert-hostile", bert, HOSTILE, mixed);
        addCard(job, hostile, "export", "--base-name", "google-bert/bert-base-uncased");
        addCard(job, hostile, "merge");

        Path jobFile = work.resolve("job.json");
        Path resultFile = work.resolve("result.json");
        JSON.writeValue(jobFile.toFile(), job);
        Path log = work.resolve("python.log");
        Process process = new ProcessBuilder(
                        python,
                        "src/transformers/src/test/resources/hugging_face.py",
                        jobFile.toString(),
                        resultFile.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertEquals(0, ended ? process.exitValue() : -1, () -> python + " failed or took too long:\n" + text(log));
        results = JSON.readTree(resultFile.toFile());
        System.out.println("compared with " + results.get("versions").textValue());
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The golden files' base model, with or without its pooler. */
    private static Path copyOfBert(String name, boolean pooler) throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden/interop/peft/base");
        Path folder = Files.createDirectory(work.resolve(name));
        for (String file : List.of("config.json", "vocab.txt")) {
            Files.copy(golden.resolve(file), folder.resolve(file));
        }
        Map<String, INDArray> weights = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(golden.resolve("model.safetensors"))) {
            for (String tensor : file.names()) {
                if (pooler || !tensor.startsWith("pooler")) {
                    weights.put(tensor, file.read(tensor));
                }
            }
        }
        SafeTensors.write(folder.resolve("model.safetensors"), weights, Map.of("format", "pt"));
        return folder;
    }

    /** A model of golden/families, with or without its pooler, and without its head. */
    private static Path copyOfFamily(String golden, String name, boolean pooler) throws IOException {
        Path from =
                Path.of("src/transformers/src/test/resources/golden/families").resolve(golden);
        Path folder = Files.createDirectory(work.resolve(name));
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.copy(from.resolve(file), folder.resolve(file));
        }
        Map<String, INDArray> weights = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(from.resolve("model.safetensors"))) {
            for (String tensor : file.names()) {
                if (!tensor.startsWith("classifier.")
                        && !tensor.startsWith("head.")
                        && (pooler || !tensor.startsWith("pooler."))) {
                    weights.put(tensor, file.read(tensor));
                }
            }
        }
        SafeTensors.write(folder.resolve("model.safetensors"), weights, Map.of("format", "pt"));
        return folder;
    }

    /** Saves random adapters on some kinds of layers; an adapter folder of ours, of a language model. */
    private static Path saveText(String name, Path model, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        Path folder = work.resolve(name);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = adapters(name, base, configs)) {
            AdapterFolder.save(folder, card(base, TaskDescription.text("poems")), adapters);
        }
        return folder;
    }

    private static AdapterSet adapters(String name, BaseModel base, Function<FrozenLinear, AdapterConfig> configs) {
        List<String> suffixes = switch (base.family().modelType()) {
            case "distilbert" -> List.of("q_lin", "v_lin", "lin1");
            case "mpnet" -> List.of("attn.q", "attn.v", "intermediate.dense");
            case "modernbert" -> List.of("query", "value", "up", "mlp.Wo");
            case "deberta-v2" -> List.of("query_proj", "value_proj", "intermediate.dense");
            case "llama" -> List.of("q_proj", "v_proj", "up_proj", "down_proj");
            default -> List.of("query", "value", "intermediate.dense");
        };
        AdapterSet adapters =
                AdapterSet.create(LayerSelector.suffixes(suffixes).select(base.linearLayers()), configs, BACKEND);
        Random random = new Random(name.hashCode());
        adapters.values()
                .assign(RandomArrays.normal(random, DataType.FLOAT, adapters.parameterCount())
                        .muli(0.4));
        return adapters;
    }

    private static AdapterCard card(BaseModel base, TaskDescription task) {
        return new AdapterCard(
                base.name(),
                base.family().modelType(),
                base.fingerprint(),
                task,
                base.model().maxTokens());
    }

    /** Saves random adapters on some kinds of layers, and a random head; an adapter folder of ours. */
    private static Path save(
            String name, Path model, List<String> labels, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        TaskDescription task = labels.isEmpty()
                ? TaskDescription.regression("heat", true)
                : TaskDescription.classification("colours", labels, true);
        return save(name, model, task, configs);
    }

    private static Path saveTokens(String name, Path model, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        return save(name, model, TaskDescription.tokens("colours", LABELS), configs);
    }

    private static Path save(
            String name, Path model, TaskDescription task, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        Path folder = work.resolve(name);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = adapters(name, base, configs);
                SequenceHead head =
                        new SequenceHead(base.weights(), task.head(base.family(), base.model()), task.outputs(), 1)) {
            Random random = new Random(name.hashCode() + 1);
            head.values()
                    .assign(RandomArrays.normal(
                            random, DataType.FLOAT, head.values().length()));
            AdapterFolder.save(folder, card(base, task), adapters, head);
        }
        return folder;
    }

    private static void addExported(ObjectNode job, Path model, Path saved) throws IOException {
        Path out = work.resolve(saved.getFileName() + "-peft");
        CommandLineRun.line("export --adapter {} --out {}", saved, out).succeeded();
        EXPORTED.add(saved);
        int outputs = outputs(saved.getFileName().toString());
        add(job, "exported", model, out).put("outputs", outputs);
        Path merged = work.resolve(saved.getFileName() + "-merged");
        CommandLineRun.line("merge --adapter {} --out {}", saved, merged).succeeded();
        MERGED.add(saved);
        add(job, "merged", model, out).put("folder", merged.toString()).put("outputs", outputs);
    }

    /** Exports an adapter as LoRA of the update's full rank, which is at most the layers' width. */
    private static void addAsLora(ObjectNode job, Path model, Path saved) throws IOException {
        Path out = work.resolve(saved.getFileName() + "-peft");
        CommandLineRun.line("export --adapter {} --as-lora 1.0 --out {}", saved, out)
                .succeeded();
        EXPORTED.add(saved);
        add(job, "exported", model, out)
                .put("outputs", outputs(saved.getFileName().toString()));
    }

    private static int outputs(String name) {
        return name.endsWith("-text") || name.endsWith("-causal")
                ? 0
                : name.endsWith("-regression") ? 1 : LABELS.size();
    }

    /** Random adapters on every layer of both towers of a golden model, exported and merged. */
    private static void addTowers(ObjectNode job, String family, String name, LsrConfig config) throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden/families", family);
        Path saved = work.resolve(name);
        ObjectNode one = ((ArrayNode) job.get("towers")).addObject();
        try (DualModel base = DualModel.load(golden.toString());
                AdapterSet adapters = AdapterSet.create(base.linearLayers(), config, BACKEND)) {
            Random random = new Random(name.hashCode());
            adapters.values()
                    .assign(RandomArrays.normal(random, DataType.FLOAT, adapters.parameterCount())
                            .muli(0.3));
            AdapterCard card = new AdapterCard(
                    base.name(), family, base.fingerprint(), TaskDescription.imageText("images"), base.maxLength());
            AdapterFolder.save(saved, card, adapters);
            for (String text : TOWER_TEXTS) {
                one.withArray("ids")
                        .add(JSON.valueToTree(
                                base.encode(text, base.maxLength()).ids()));
            }
        }
        Path out = work.resolve(name + "-peft");
        CommandLineRun.line("export --adapter {} --out {}", saved, out).succeeded();
        Path merged = work.resolve(name + "-merged");
        CommandLineRun.line("merge --adapter {} --out {}", saved, merged).succeeded();
        TOWERS.add(saved);
        one.put("base", golden.toString()).put("adapter", out.toString()).put("folder", merged.toString());
        one.set("texts", JSON.valueToTree(TOWER_TEXTS));
        one.set(
                "pictures",
                JSON.valueToTree(towerPictures().stream().map(Path::toString).toList()));
    }

    /** A random classifier of images, exported and merged. */
    private static void addImages(ObjectNode job, String name, Path model, LsrConfig config) throws IOException {
        Path saved = work.resolve(name);
        TaskDescription task = TaskDescription.classification("images", LABELS, false);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = AdapterSet.create(base.linearLayers(), config, BACKEND);
                SequenceHead head = new SequenceHead(base.weights(), LABELS.size(), 1)) {
            Random random = new Random(name.hashCode());
            adapters.values()
                    .assign(RandomArrays.normal(random, DataType.FLOAT, adapters.parameterCount())
                            .muli(0.3));
            head.values()
                    .assign(RandomArrays.normal(
                            random, DataType.FLOAT, head.values().length()));
            AdapterFolder.save(saved, card(base, task), adapters, head);
        }
        Path out = work.resolve(name + "-peft");
        CommandLineRun.line("export --adapter {} --out {}", saved, out).succeeded();
        Path merged = work.resolve(name + "-merged");
        CommandLineRun.line("merge --adapter {} --out {}", saved, merged).succeeded();
        IMAGES.add(saved);
        ObjectNode one = ((ArrayNode) job.get("images")).addObject();
        one.put("base", model.toString()).put("adapter", out.toString()).put("folder", merged.toString());
        one.put("outputs", LABELS.size());
        one.set(
                "pictures",
                JSON.valueToTree(towerPictures().stream().map(Path::toString).toList()));
    }

    /** Pictures of the size that the model reads, of which every image processor makes the same. */
    private static List<Path> towerPictures() throws IOException {
        List<Path> pictures = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Path file = work.resolve("picture" + i + ".png");
            if (!Files.exists(file)) {
                Random random = new Random(i);
                BufferedImage image = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
                for (int pixel = 0; pixel < 144; pixel++) {
                    image.setRGB(pixel % 12, pixel / 12, random.nextInt(1 << 24));
                }
                ImageIO.write(image, "png", file.toFile());
            }
            pictures.add(file);
        }
        return pictures;
    }

    /** A folder whose labels are made to be taken for something else. */
    private static void addCard(ObjectNode job, Path saved, String command, String... options) {
        Path out = work.resolve("hostile-" + command);
        List<String> line = new ArrayList<>(List.of(command, "--adapter", saved.toString(), "--out", out.toString()));
        line.addAll(List.of(options));
        CommandLineRun.of(line.toArray(new String[0])).succeeded();
        ((ArrayNode) job.get("cards")).addObject().put("folder", out.toString());
    }

    private static void addBare(ObjectNode job, Path model, Path saved, boolean pooler) throws IOException {
        Path out = work.resolve(saved.getFileName() + "-peft");
        CommandLineRun.line("export --bare --adapter {} --out {}", saved, out).succeeded();
        BARE.add(saved);
        add(job, "bare", model, out).put("saved", saved.toString()).put("pooler", pooler);
    }

    private static void addImported(ObjectNode job, Path model, String kind) throws IOException {
        Path theirs = work.resolve(model.getFileName() + "-theirs-" + kind);
        IMPORTED.add(theirs);
        add(job, "imported", model, theirs).put("kind", kind).put("outputs", outputs("-" + kind));
    }

    private static ObjectNode add(ObjectNode job, String kind, Path model, Path adapter) throws IOException {
        ObjectNode one = ((ArrayNode) job.get(kind)).addObject();
        one.put("base", model.toString()).put("adapter", adapter.toString());
        one.put("tokens", adapter.getFileName().toString().contains("-tokens"));
        one.set("texts", JSON.valueToTree(texts(model)));
        ArrayNode inputs = one.putArray("inputs");
        for (TokenSequence sequence : sequences(model)) {
            inputs.addArray().add(JSON.valueToTree(sequence.ids())).add(JSON.valueToTree(sequence.typeIds()));
        }
        return one;
    }

    private static String[][] texts(Path model) {
        String name = model.getFileName().toString();
        return TEXTS.getOrDefault(name.equals("poolerless") ? "bert" : name, TEXTS.get("deberta"));
    }

    private static List<TokenSequence> sequences(Path model) throws IOException {
        List<TokenSequence> sequences = new ArrayList<>();
        try (PretrainedModel base = Models.load(model.toString())) {
            for (String[] text : texts(model)) {
                sequences.add(
                        base.tokenizer().encode(text[0], text[1], base.model().maxTokens()));
            }
        }
        return sequences;
    }

    /** What this library computes with an adapter folder of ours. */
    private static double[][] predict(Path saved) throws IOException {
        try (SavedAdapter adapter = AdapterFolder.load(saved)) {
            Path model = Path.of(adapter.card().orElseThrow().baseModel());
            try (PretrainedModel base = Models.load(model.toString());
                    TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                    RestoredModel restored = RestoredModel.of(adapter, encoder, "model", base.fingerprint(), BACKEND)) {
                return restored.predict(sequences(model));
            }
        }
    }

    private static void assertSame(JsonNode theirs, double[][] ours, String what) {
        double[][] logits = JSON.convertValue(theirs, double[][].class);
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
        for (int i = 0; i < EXPORTED.size(); i++) {
            assertSame(
                    results.get("exported").get(i),
                    predict(EXPORTED.get(i)),
                    EXPORTED.get(i).toString());
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
            assertEquals(JSON.valueToTree(tags), data.get("tags"), folder);
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
        for (int i = 0; i < BARE.size(); i++) {
            assertSame(
                    results.get("bare").get(i),
                    predict(BARE.get(i)),
                    BARE.get(i).toString());
        }
    }

    @Test
    void merged_readsAndComputesTheSameInTransformers() throws IOException {
        for (int i = 0; i < MERGED.size(); i++) {
            JsonNode theirs = results.get("merged").get(i);
            Path saved = MERGED.get(i);
            assertSame(theirs.get("logits"), predict(saved), saved.toString());
            try (SavedAdapter adapter = AdapterFolder.load(saved)) {
                List<TokenSequence> sequences =
                        sequences(Path.of(adapter.card().orElseThrow().baseModel()));
                for (int j = 0; j < sequences.size(); j++) {
                    int[] ids = JSON.convertValue(theirs.get("ids").get(j), int[].class);
                    assertArrayEquals(sequences.get(j).ids(), ids, saved + ", text " + j);
                }
                List<String> labels = adapter.card().orElseThrow().task().labels();
                if (!labels.isEmpty()) {
                    assertEquals(JSON.valueToTree(labels), theirs.get("labels"));
                }
            }
        }
    }

    @Test
    void towers_exportedAndMerged_embedTheSame() throws IOException {
        for (int i = 0; i < TOWERS.size(); i++) {
            JsonNode theirs = results.get("towers").get(i);
            List<float[]> ours = new ArrayList<>();
            try (ImageTextEmbedder embedder = ImageTextEmbedder.load(TOWERS.get(i))) {
                ours.addAll(List.of(embedder.embedTexts(TOWER_TEXTS)));
                ours.addAll(List.of(embedder.embedImages(
                        towerPictures().stream().map(ImageSource::of).toList())));
                for (int j = 0; j < TOWER_TEXTS.size(); j++) {
                    assertArrayEquals(
                            embedder.base()
                                    .encode(TOWER_TEXTS.get(j), embedder.maxLength())
                                    .ids(),
                            JSON.convertValue(theirs.get("ids").get(j), int[].class));
                }
            }
            for (String way : List.of("exported", "merged")) {
                float[][] embeddings = JSON.convertValue(theirs.get(way), float[][].class);
                assertEquals(ours.size(), embeddings.length);
                for (int j = 0; j < embeddings.length; j++) {
                    assertArrayEquals(
                            ours.get(j), embeddings[j], (float) TOLERANCE, TOWERS.get(i) + " " + way + " " + j);
                }
            }
        }
    }

    @Test
    void images_exportedAndMerged_computeTheSame() throws IOException {
        for (int i = 0; i < IMAGES.size(); i++) {
            JsonNode theirs = results.get("images").get(i);
            assertEquals(JSON.valueToTree(LABELS), theirs.get("labels"));
            List<Example> examples = towerPictures().stream()
                    .map(picture -> new Example(picture.toString(), null))
                    .toList();
            try (ImageClassifier classifier = ImageClassifier.load(IMAGES.get(i))) {
                double[][] ours = classifier.outputs(examples);
                assertSame(theirs.get("exported"), ours, IMAGES.get(i) + " exported");
                assertSame(theirs.get("merged"), ours, IMAGES.get(i) + " merged");
            }
        }
    }

    @Test
    void imported_computesTheSameAsInPeft() throws IOException {
        for (int i = 0; i < IMPORTED.size(); i++) {
            Path theirs = IMPORTED.get(i);
            Path ours = Path.of(theirs + "-ours");
            Path model = work.resolve(theirs.getFileName().toString().replaceFirst("-.*", ""));
            List<String> command = new ArrayList<>(List.of(
                    "import",
                    "--from",
                    theirs.toString(),
                    "--model",
                    model.toString(),
                    "--max-length",
                    "8",
                    "--out",
                    ours.toString()));
            if (outputs(theirs.getFileName().toString()) > 0) {
                command.addAll(List.of("--task", "colours", "--labels", String.join(",", LABELS)));
            }
            CommandLineRun.of(command.toArray(new String[0])).succeeded();
            assertSame(results.get("imported").get(i), predict(ours), theirs.toString());
        }
    }
}
