package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.families.Families;

/** Loads pretrained models by name, folder or file. */
public final class Models {

    private Models() {}

    /** Returns the names of the models that come from Maven artifacts. */
    public static List<String> names() {
        return Stream.concat(
                        OnnxEncoder.ALL.stream().map(OnnxEncoder::name),
                        BertBase.ALL.stream().map(BertBase::name))
                .toList();
    }

    /**
     * Returns the name on Hugging Face's hub of a model from a Maven artifact.
     *
     * @param model as in {@link #load}; not loaded
     * @return for example {@code sentence-transformers/all-MiniLM-L6-v2}; empty for a folder or a file
     */
    public static Optional<String> hubName(String model) {
        return Stream.concat(
                        OnnxEncoder.ALL.stream()
                                .filter(encoder -> encoder.name().equals(model))
                                .map(OnnxEncoder::hubName),
                        BertBase.ALL.stream()
                                .filter(bert -> bert.name().equals(model))
                                .map(BertBase::hubName))
                .findFirst();
    }

    /** Describes the models that can be loaded, briefly, for help texts and messages. */
    public static String description() {
        return names().stream().collect(Collectors.joining(", ")) + ", a Hugging Face folder of type "
                + Families.modelTypes() + ", or a GGUF file";
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param model one of {@link #names}, from a Maven artifact on the class path; the path of a Hugging Face folder of
     *     one of the {@linkplain Families families}, with config.json, model.safetensors (or shards) and tokenizer.json
     *     (or, for bert, vocab.txt); or the path of a GGUF file of architecture llama. For a folder with one of these
     *     names, write {@code ./minilm}.
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model, folder or file
     * @throws MissingArtifactException if an artifact that it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static PretrainedModel load(String model) throws IOException {
        for (OnnxEncoder encoder : OnnxEncoder.ALL) {
            if (encoder.name().equals(model)) {
                return encoder.load();
            }
        }
        for (BertBase bert : BertBase.ALL) {
            if (bert.name().equals(model)) {
                return bert.load();
            }
        }
        Path path = path(model);
        return Files.isDirectory(path) ? HuggingFaceFolder.load(model, path) : GgufFile.load(model, path);
    }

    /**
     * Returns a model's usual name, for headings.
     *
     * @param model as in {@link #load}; not loaded
     * @return {@code MiniLM}, {@code BERT-base}, the name of the folder, or the name of the file without {@code .gguf}
     */
    public static String title(String model) {
        return switch (model) {
            case "minilm" -> "MiniLM";
            case "bert-base" -> "BERT-base";
            default -> {
                Path name = Path.of(model).toAbsolutePath().normalize().getFileName();
                yield name == null ? model : name.toString().replaceFirst("\\.gguf$", "");
            }
        };
    }

    /**
     * Checks that a model, folder or file of this name exists, without reading it.
     *
     * @param model as in {@link #load}
     * @throws IllegalArgumentException if there is no such model, folder or file
     */
    public static void requireKnown(String model) {
        if (!names().contains(model)) {
            path(model);
        }
    }

    private static Path path(String model) {
        try {
            Path path = Path.of(model);
            if (!model.isBlank() && (Files.isDirectory(path) || Files.isRegularFile(path))) {
                return path;
            }
        } catch (InvalidPathException e) {
            // The name is not a valid path, so no file has it.
        }
        throw new IllegalArgumentException(ModelName.complaint(model));
    }
}
