package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Folders of ours for Hugging Face's own libraries to read, and of theirs for us: {@code hugging_face.py} runs the job. */
final class HuggingFaceJob {
    static final ObjectMapper JSON = new ObjectMapper();
    static final List<String> TOWER_TEXTS = List.of("a photo of a cat", "two dogs, 12 cats' tails");

    private static final Map<String, String[][]> TEXTS = Map.of(
            "bert", new String[][] {{"w1 w2 w25", null}, {"w7", "w3 w3 w19 unknown"}, {"w11 w0 w4 w5 w6", "w8"}},
            "roberta", new String[][] {{"hello", null}, {"low hello", null}, {"hello hello", "lo"}},
            "xlm", new String[][] {{"The sun is warm.", null}, {"The sun", "is warm"}, {"ça déjà vu", null}},
            "deberta", new String[][] {{"The sun is warm.", null}, {"The sun", "is warm"}, {"Two warm suns", null}},
            "llama", new String[][] {{"The sun is warm.", null}, {"a new line", null}, {"is the sun warm?", null}});

    final RandomFolders folders;
    final List<Path> exported = new ArrayList<>();
    final List<Path> bare = new ArrayList<>();
    final List<Path> merged = new ArrayList<>();
    final List<Path> imported = new ArrayList<>();
    final List<Path> towers = new ArrayList<>();
    final List<Path> images = new ArrayList<>();
    private final ObjectNode job = JSON.createObjectNode();

    HuggingFaceJob(RandomFolders folders) {
        this.folders = folders;
        for (String kind : List.of("exported", "bare", "merged", "imported", "towers", "images", "cards")) {
            job.putArray(kind);
        }
    }

    private Path beside(Path saved, String suffix) {
        return folders.work.resolve(saved.getFileName() + suffix);
    }

    private Path run(String line, Path saved, String suffix) {
        Path out = beside(saved, suffix);
        succeed(line + " --adapter {} --out {}", saved, out);
        return out;
    }

    /** Exports an adapter, and merges it. */
    void addExported(Path model, Path saved) throws IOException {
        Path out = run("export", saved, "-peft");
        exported.add(saved);
        int outputs = outputs(saved.getFileName().toString());
        add("exported", model, out).put("outputs", outputs);
        Path whole = run("merge", saved, "-merged");
        merged.add(saved);
        add("merged", model, out).put("folder", whole.toString()).put("outputs", outputs);
    }

    /** Exports an adapter as LoRA of the update's full rank, which is at most the layers' width. */
    void addAsLora(Path model, Path saved) throws IOException {
        Path out = run("export --as-lora 1.0", saved, "-peft");
        exported.add(saved);
        add("exported", model, out).put("outputs", outputs(saved.getFileName().toString()));
    }

    void addBare(Path model, Path saved, boolean pooler) throws IOException {
        Path out = run("export --bare", saved, "-peft");
        bare.add(saved);
        add("bare", model, out).put("saved", saved.toString()).put("pooler", pooler);
    }

    void addImported(Path model, String kind) throws IOException {
        Path theirs = beside(model, "-theirs-" + kind);
        imported.add(theirs);
        add("imported", model, theirs).put("kind", kind).put("outputs", outputs("-" + kind));
    }

    static int outputs(String name) {
        return name.endsWith("-text") || name.endsWith("-causal")
                ? 0
                : name.endsWith("-regression") ? 1 : RandomFolders.LABELS.size();
    }

    /** Exports and merges random adapters on every layer of both towers of a golden model. */
    void addTowers(String family, String name, LsrConfig config) throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden/families", family);
        ObjectNode one = ((ArrayNode) job.get("towers")).addObject();
        Path saved;
        try (DualModel base = DualModel.load(golden.toString())) {
            saved = folders.saveTowers(name, base, config);
            for (String text : TOWER_TEXTS) {
                one.withArray("ids")
                        .add(JSON.valueToTree(
                                base.encode(text, base.maxLength()).ids()));
            }
        }
        towers.add(saved);
        one.set("texts", JSON.valueToTree(TOWER_TEXTS));
        addFolders(one, golden, saved);
    }

    /** Exports and merges a random classifier of images. */
    void addImages(String name, Path model, LsrConfig config) throws IOException {
        Path saved = folders.saveImages(name, model, config);
        images.add(saved);
        ObjectNode one = ((ArrayNode) job.get("images")).addObject();
        one.put("outputs", RandomFolders.LABELS.size());
        addFolders(one, model, saved);
    }

    private void addFolders(ObjectNode one, Path base, Path saved) throws IOException {
        one.put("base", base.toString())
                .put("adapter", run("export", saved, "-peft").toString())
                .put("folder", run("merge", saved, "-merged").toString());
        one.set(
                "pictures",
                JSON.valueToTree(folders.pictures().stream().map(Path::toString).toList()));
    }

    /** Has the model card of a folder read. */
    void addCard(Path folder) {
        ((ArrayNode) job.get("cards")).addObject().put("folder", folder.toString());
    }

    private ObjectNode add(String kind, Path model, Path adapter) throws IOException {
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

    static List<TokenSequence> sequences(Path model) throws IOException {
        List<TokenSequence> sequences = new ArrayList<>();
        try (PretrainedModel base = Models.load(model.toString())) {
            for (String[] text : texts(model)) {
                sequences.add(
                        base.tokenizer().encode(text[0], text[1], base.model().maxTokens()));
            }
        }
        return sequences;
    }

    /** Runs the job; returns what Hugging Face's libraries computed. */
    JsonNode run(String python) throws IOException, InterruptedException {
        Path jobFile = folders.work.resolve("job.json");
        Path resultFile = folders.work.resolve("result.json");
        JSON.writeValue(jobFile.toFile(), job);
        Path log = folders.work.resolve("python.log");
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
        assertEquals(
                0, ended ? process.exitValue() : -1, python + " failed or took too long:\n" + Files.readString(log));
        return JSON.readTree(resultFile.toFile());
    }
}
