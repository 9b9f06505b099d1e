package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Loads pretrained models by name or folder. */
public final class Models {

    private Models() {}

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param model {@code minilm}, all-MiniLM-L6-v2 from the class path; {@code bert-base}, BERT-base uncased from
     *     the class path; or the path of a Hugging Face folder of type bert or roberta, with config.json,
     *     model.safetensors (or shards) and tokenizer.json (or, for bert, vocab.txt). A folder that bears one of the
     *     names is written {@code ./minilm}.
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model or folder, or what it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static PretrainedModel load(String model) throws IOException {
        return switch (model) {
            case "minilm" -> MiniLm.load(model);
            case "bert-base" -> BertBase.load(model);
            default -> HuggingFaceFolder.load(model, folder(model));
        };
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
        throw new IllegalArgumentException("model '" + model + "': expected minilm, bert-base, or a folder with"
                + " config.json, model.safetensors and tokenizer.json");
    }
}
