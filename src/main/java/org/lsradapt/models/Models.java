package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.artifacts.MissingArtifactException;
import org.lsradapt.artifacts.OptionalArtifact;
import org.lsradapt.families.Families;

/** Loads pretrained models by name or folder. */
public final class Models {

    private static final String BERT_BASE = "bert-base";

    private Models() {}

    /** The names of the models that come out of Maven artifacts. */
    public static List<String> names() {
        return Stream.concat(OnnxEncoder.ALL.stream().map(OnnxEncoder::name), Stream.of(BERT_BASE)).toList();
    }

    /** What can be loaded, in a few words for help texts and messages. */
    public static String description() {
        return names().stream().collect(Collectors.joining(", ")) + ", or a Hugging Face folder of type "
                + Families.modelTypes();
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param model one of {@link #names}, out of a Maven artifact on the class path; or the path of a Hugging Face
     *     folder of one of the {@linkplain Families families}, with config.json, model.safetensors (or shards) and
     *     tokenizer.json (or, for bert, vocab.txt). A folder that bears one of the names is written {@code ./minilm}.
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model or folder
     * @throws MissingArtifactException if an artifact that it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static PretrainedModel load(String model) throws IOException {
        OptionalArtifact.JACKSON.require();
        OptionalArtifact.TOKENIZERS.require();
        for (OnnxEncoder encoder : OnnxEncoder.ALL) {
            if (encoder.name().equals(model)) {
                return encoder.load();
            }
        }
        return model.equals(BERT_BASE) ? BertBase.load(model) : HuggingFaceFolder.load(model, folder(model));
    }

    /**
     * What people call a model, for headings.
     *
     * @param model as in {@link #load}; not loaded
     * @return {@code MiniLM}, {@code BERT-base}, or the folder's own name
     */
    public static String title(String model) {
        return switch (model) {
            case "minilm" -> "MiniLM";
            case "bert-base" -> "BERT-base";
            default -> {
                Path name = Path.of(model).toAbsolutePath().normalize().getFileName();
                yield name == null ? model : name.toString();
            }
        };
    }

    private static Path folder(String model) {
        try {
            Path folder = Path.of(model);
            if (!model.isBlank() && Files.isDirectory(folder)) {
                return folder;
            }
        } catch (InvalidPathException e) {
            // Then it is no folder either.
        }
        throw new IllegalArgumentException("model '" + model + "': there is no such folder; expected " + description());
    }
}
