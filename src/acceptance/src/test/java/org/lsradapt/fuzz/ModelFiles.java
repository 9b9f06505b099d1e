package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.models.FuzzedFiles;
import org.lsradapt.models.TinyModels;

/** Folders and files of models: Hugging Face's with their tokenizers, sentence-transformers', GGUF's. */
final class ModelFiles {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden");
    private static final String JSON = "io.JsonFields io.internal.JsonFile io.internal.BoundedFile";
    private static final String CHECKS =
            "models.internal.tokenizers.FastTokenizer models.internal.tokenizers.TokenizerCheck models.internal.tokenizers.CharsMap models.internal.tokenizers.SplitPattern";
    private static final String TOKENIZER = "tokenizer.json";

    private ModelFiles() {}

    static List<Subject> subjects() {
        return List.of(
                new Subject(
                        "hugging-face",
                        JSON
                                + " models.HuggingFaceFolder models.internal.weights.MappedWeights models.SavedHead families.Bert"
                                + " families.Encoder families.EncoderLayers families.Roberta families.DebertaV3 families.Llama families.Vit families.VisionEncoder families.TowerClassifier families.Configs families.Families"
                                + " models.ImageFiles images.ImageProcessor",
                        2,
                        128,
                        ModelFiles::models,
                        FuzzedFiles::readModel),
                new Subject(
                        "towers",
                        JSON
                                + " models.DualModel models.HuggingFaceFolder models.internal.weights.MappedWeights families.Clip families.Towers families.Configs"
                                + " models.ImageFiles images.ImageProcessor",
                        2,
                        256,
                        ModelFiles::towers,
                        FuzzedFiles::readTowers),
                new Subject(
                        "tokenizer",
                        CHECKS,
                        4,
                        128,
                        ModelFiles::tokenizers,
                        folder -> FuzzedFiles.readTokenizer(folder.resolve(TOKENIZER))),
                new Subject(
                        "vocabulary",
                        CHECKS + " models.internal.tokenizers.TokenizerJson",
                        2,
                        128,
                        ModelFiles::vocabularies,
                        folder -> FuzzedFiles.readVocabulary(folder.resolve("vocab.txt"))),
                new Subject(
                        "sentence-transformers",
                        JSON + " models.SentenceTransformerFiles models.EmbeddingSettings",
                        6,
                        128,
                        ModelFiles::embedding,
                        FuzzedFiles::readSettings),
                new Subject(
                        "gguf-model",
                        "models.GgufFile models.internal.gguf.GgufArchitecture models.internal.gguf.GgufConfig models.internal.gguf.GgufTensors models.internal.gguf.GgufTokenizer"
                                + " models.internal.gguf.GgufPreTokenizer models.internal.gguf.SentencePieceMerges models.internal.weights.MappedWeights io.GgufMetadata",
                        1,
                        128,
                        ModelFiles::gguf,
                        folder -> FuzzedFiles.readModel(folder.resolve("model.gguf"))));
    }

    private static List<FileSet> models() throws IOException {
        FileSet sharded = FileSet.read(
                GOLDEN.resolve("families/llama-sharded-bf16"),
                "config.json",
                "model.safetensors.index.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors");
        FileSet roberta = FileSet.written(folder -> TinyModels.writeRoberta(folder, 2));
        return List.of(
                FileSet.written(folder -> TinyModels.writeBert(folder, 1)),
                roberta,
                FileSet.read(GOLDEN.resolve("families/deberta-v3"), "config.json", "model.safetensors", TOKENIZER),
                sharded.with(TOKENIZER, roberta.files().get(TOKENIZER)),
                FileSet.written(SmallImages::model),
                FileSet.written(SmallImages::clipVision));
    }

    private static List<FileSet> towers() throws IOException {
        return List.of(FileSet.written(SmallImages::clip));
    }

    private static List<FileSet> tokenizers() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String family : List.of("bert", "deberta-v3", "llama")) {
            seeds.add(FileSet.read(GOLDEN.resolve("families").resolve(family), TOKENIZER));
        }
        byte[] bytePairs = FileSet.written(folder -> TinyModels.writeRoberta(folder, 2))
                .files()
                .get(TOKENIZER);
        seeds.add(FileSet.of(TOKENIZER, bytePairs));
        seeds.add(FileSet.of(TOKENIZER, FuzzedFiles.everyStep()));
        return seeds;
    }

    private static List<FileSet> vocabularies() throws IOException {
        return List.of(FileSet.read(GOLDEN.resolve("interop/peft/base"), "vocab.txt"));
    }

    private static List<FileSet> embedding() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String golden : List.of("mean", "first-token")) {
            seeds.add(FileSet.read(GOLDEN.resolve("sentence-transformers").resolve(golden))
                    .without("expected.json"));
        }
        return seeds;
    }

    private static List<FileSet> gguf() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String model : List.of("llama3", "mixed", "qwen2", "qwen3", "phi3", "gemma2", "gemma3_text")) {
            seeds.add(FileSet.of("model.gguf", Files.readAllBytes(GOLDEN.resolve("gguf/" + model + ".gguf"))));
        }
        return seeds;
    }
}
