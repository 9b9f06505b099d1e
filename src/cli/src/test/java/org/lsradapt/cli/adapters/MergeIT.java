package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.data.Example;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.transformer.weights.BasePrecision;

/** {@code merge}, on a model of a dozen tokens. */
class MergeIT {

    @TempDir
    static Path parent;

    private static Path adapter;

    @BeforeAll
    static void prepare() throws IOException {
        Path model = TinyModels.writeBert(Files.createDirectory(parent.resolve("tiny")), 1);
        Path data = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 8, 4);
        Path run = parent.resolve("run");
        succeed(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 1 --methods lsr --out " + "{}",
                model,
                data,
                run);
        adapter = run.resolve("lsr-1");
    }

    private static CommandLineRun merge(Path out, String options) {
        return CommandLineRun.line("merge --adapter {} --out {} " + options, adapter, out);
    }

    @ParameterizedTest
    @CsvSource({"f32, float32", "f16, float16", "bf16, bfloat16"})
    void merge_aType_writesAFolderThatIsABaseModel(String dtype, String torchName) throws IOException {
        Path out = parent.resolve("merged-" + dtype);
        CommandLineRun run = merge(out, "--dtype " + dtype).succeeded();
        assertTrue(run.out().startsWith("merged 2 adapted layers into "), run.out());
        try (Stream<Path> files = Files.list(out)) {
            assertEquals(
                    List.of("README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        assertEquals(
                torchName,
                JsonFile.readObject(out.resolve("config.json"))
                        .get("torch_dtype")
                        .textValue());
        succeed(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 1 --methods frozen " + "--out {}",
                out,
                parent.resolve("mrpc"),
                parent.resolve("again-" + dtype));
    }

    @Test
    void merge_ofAnAdapter_givesAModelThatCutsTextsWhereItDid() throws IOException {
        Path out = parent.resolve("merged-cut");
        merge(out, "").succeeded();
        List<Example> texts = List.of(
                new Example("hello", "world"), new Example("hello " + "world ".repeat(12), "hello ".repeat(20)));
        try (TextClassifier adapted = TextClassifier.load(adapter);
                TextClassifier merged = TextClassifier.load(out)) {
            assertEquals(10, merged.maxLength());
            double[][] expected = adapted.outputs(texts);
            double[][] outputs = merged.outputs(texts);
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], outputs[i], 1e-5);
            }
        }
    }

    private static Path modelWithOnnx(String name) throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden");
        Path model = Files.createDirectory(parent.resolve(name));
        for (String file : List.of("config.json", "vocab.txt", "model.safetensors")) {
            Files.copy(golden.resolve("interop/peft/base").resolve(file), model.resolve(file));
        }
        Files.copy(golden.resolve("onnx/bert.onnx"), model.resolve("model.onnx"));
        return model;
    }

    /** Adapters without a head on an encoder whose folder has an ONNX file. */
    private static Path saveEmbedding() throws IOException {
        Path model = modelWithOnnx("embedder");
        Path folder = parent.resolve("embedding");
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = AdapterSet.create(
                        base.queryAndValue().select(base.linearLayers()), LsrConfig.lora(2, 4), Backends.standard())) {
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.family().modelType(),
                    base.encoderFingerprint(),
                    new EmbeddingDescription("search"),
                    12,
                    Optional.of(base.embeddingSettings().withMaxLength(12)),
                    BasePrecision.STORED);
            AdapterFolder.save(folder, card, adapters);
        }
        return folder;
    }

    @Test
    void merge_adapterOfEmbeddings_writesSentenceTransformersOrOnnx() throws IOException {
        Path embedding = saveEmbedding();
        Path folder = parent.resolve("st");
        CommandLineRun run = succeed("merge --adapter {} --out {} --dtype f16", embedding, folder);
        run.says(
                "f16, embeddings (pooling mean, normalized, query prefix \"\", passage prefix \"\"," + " 12 tokens): ");
        assertTrue(Files.exists(folder.resolve("modules.json")) && Files.exists(folder.resolve("2_Normalize")));

        Path onnx = parent.resolve("onnx");
        succeed("merge --adapter {} --out {} --format onnx", embedding, onnx);
        try (Stream<Path> files = Files.list(onnx)) {
            assertEquals(
                    List.of("README.md", "model.onnx", "tokenizer.json"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        assertRefused(
                "is not a language model; expected sentence-transformers or onnx",
                "merge --adapter {} --out {} --format transformers",
                embedding,
                parent.resolve("none"));
        // A new adapter changes nothing yet.
        assertEquals(-1, Files.mismatch(parent.resolve("embedder/model.onnx"), onnx.resolve("model.onnx")));
    }

    @Test
    void merge_classifier_writesOnnxWithItsHead() throws IOException {
        Path data = Files.writeString(parent.resolve("w.csv"), "text,label\nw1 w2,x\nw3,y\nw4 w1,x\nw3 w5,y\n");
        Path run = parent.resolve("classified");
        succeed(
                "finetune --task classify --model {} --train {} --dev {} --max-length 8 --epochs 1 "
                        + "--methods lsr --out {}",
                modelWithOnnx("classified-base"),
                data,
                data,
                run);
        Path out = parent.resolve("classifier-onnx");
        succeed("merge --adapter {} --out {} --format onnx", run.resolve("lsr-1"), out);
        assertEquals(List.of("x", "y"), Files.readAllLines(out.resolve("assets/labels.txt")));
        try (OnnxInitializers onnx = OnnxInitializers.open(out.resolve("model.onnx"))) {
            assertTrue(onnx.nodes().stream().anyMatch(node -> node.outputs().equals(List.of("logits"))));
        }
    }

    /** The folder has the configuration and the tokenizer that a GGUF file says in its own way. */
    @Test
    void mergeAndExport_huggingFaceFolderInGguf_generateTheSameText() throws IOException {
        String base = "src/transformers/src/test/resources/golden/gguf/qwen3";
        Path text = Files.writeString(parent.resolve("sentences.txt"), "the weather\n\nthe hill\n\n".repeat(8));
        Path run = parent.resolve("of-folder");
        succeed(
                "finetune --task text --model {} --train {} --max-length 16 --epochs 4 --methods lsr --lr "
                        + "0.05 --out {}",
                base,
                text,
                run);
        String saved = run.resolve("lsr-1").toString();
        Path merged = parent.resolve("folder-as-gguf");
        succeed("merge --adapter {} --out {} --format gguf", saved, merged);
        String file = merged.resolve("model.gguf").toString();
        try (Gguf gguf = Gguf.open(Path.of(file))) {
            assertEquals("qwen3", gguf.metadata().text("general.architecture"));
            assertTrue(gguf.has("blk.0.attn_q_norm.weight"));
        }
        List<String> adapted = generated("--adapter {}", saved);
        assertEquals(adapted, generated("--model {}", file));
        assertNotEquals(generated("--model {}", base), adapted, "the adapter does something");

        Path exported = parent.resolve("folder-adapter-as-gguf");
        succeed("export --adapter {} --to gguf --out {}", saved, exported);
        try (Gguf gguf = Gguf.open(exported.resolve("adapter.gguf"))) {
            assertEquals("qwen3", gguf.metadata().text("general.architecture"));
            assertTrue(gguf.has("blk.0.attn_q.weight.lora_a"));
        }
    }

    private static List<String> generated(String model, Object value) {
        return succeed("generate --prompt the --max-tokens 8 " + model, value).lines();
    }

    @Test
    void mergeAndExport_languageModelInGguf_writeWhatLlamaCppLoads() throws IOException {
        Path text = Files.writeString(parent.resolve("lines.txt"), "the weather\n\nthe hill\n\n".repeat(8));
        Path run = parent.resolve("generator");
        succeed(
                "finetune --task text --model src/transformers/src/test/resources/golden/gguf/blocks.gguf "
                        + "--train {} --max-length 16 --epochs 1 --methods lsr --out {}",
                text,
                run);
        String saved = run.resolve("lsr-1").toString();
        Path merged = parent.resolve("merged-gguf");
        succeed("merge --adapter {} --out {} --format gguf --dtype q8_0", saved, merged);
        try (Gguf file = Gguf.open(merged.resolve("model.gguf"))) {
            assertEquals("Q8_0", file.typeName("blk.0.attn_q.weight"));
        }
        mergeLikeTheBase(saved);
        Path exported = parent.resolve("exported-gguf");
        succeed("export --adapter {} --to gguf --out {}", saved, exported);
        try (Gguf file = Gguf.open(exported.resolve("adapter.gguf"))) {
            assertEquals("lora", file.metadata().text("adapter.type"));
            assertTrue(file.has("blk.0.attn_q.weight.lora_a"));
        }
        CommandLineRun refused =
                CommandLineRun.line("export --adapter {} --to gguf --out {}", adapter, parent.resolve("none"));
        refused.refused("--to gguf: " + adapter + " is not an adapter of a language model");
    }

    /** The numbers are those of the file in F32, and all types but the adapted weights' are the base model's. */
    private void mergeLikeTheBase(String saved) throws IOException {
        Path exact = parent.resolve("merged-gguf-f32");
        succeed("merge --adapter {} --out {} --format gguf", saved, exact);
        Path like = parent.resolve("merged-like-base");
        CommandLineRun run = succeed("merge --adapter {} --out {} --format gguf --dtype original", saved, like);
        run.says("weights that no adapter changes keep their types");
        try (Gguf base = Gguf.open(Path.of("src/transformers/src/test/resources/golden/gguf/blocks.gguf"));
                Gguf f32 = Gguf.open(exact.resolve("model.gguf"));
                Gguf file = Gguf.open(like.resolve("model.gguf"))) {
            assertEquals(f32.names(), file.names());
            int kept = 0;
            for (String name : file.names()) {
                boolean adapted = name.matches(".*attn_[qv]\\.weight");
                assertEquals(adapted ? "F32" : base.typeName(name), file.typeName(name), name);
                assertEquals(f32.read(name), file.read(name), name);
                kept += file.typeName(name).equals("F32") ? 0 : 1;
            }
            assertTrue(kept > 5, "weights in blocks: " + kept);
        }
        assertTrue(Files.size(like.resolve("model.gguf")) < Files.size(exact.resolve("model.gguf")));
    }

    @Test
    void merge_badInput_saysSoAndWritesNothing() {
        merge(parent.resolve("none"), "--format pickle")
                .refused("--format pickle: expected one of transformers, sentence-transformers, onnx, gguf");
        merge(parent.resolve("none"), "--format gguf")
                .refused("--format gguf: " + adapter + " is not an adapter of a language model");
        merge(parent.resolve("none"), "--format onnx --dtype f16")
                .refused("--format onnx --dtype f16: expected f32, the type of the base model's file");
        merge(parent.resolve("none"), "--format sentence-transformers")
                .refused("--format sentence-transformers: " + adapter
                        + " has a head, expected an adapter of an embedding model;"
                        + " its formats are transformers and onnx");
        merge(parent.resolve("none"), "--format onnx").refused("does not come as ONNX");
        merge(parent.resolve("none"), "--dtype f8").refused("--dtype f8: expected f32, f16 or bf16");
        merge(adapter, "").refused("--out " + adapter + ": is an input, --adapter " + adapter);
        merge(adapter.getParent(), "").refused("the folder is not empty");
        merge(parent.resolve("none"), "--model maxi")
                .refused("model 'maxi': there is no such folder or file; expected minilm");
        assertRefused("Missing required option: '--out=DIR'", "merge --adapter {}", adapter);
        assertTrue(Files.notExists(parent.resolve("none")));
    }
}
