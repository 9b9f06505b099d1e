package org.lsradapt.models;

import java.io.IOException;

/** Loads pretrained models by name or folder. */
public final class Models {

    private Models() {}

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param model {@code minilm}
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model, or what it needs is not on the class path
     * @throws IOException if a file is missing, malformed or not supported; the message names it
     */
    public static PretrainedModel load(String model) throws IOException {
        return switch (model) {
            case "minilm" -> MiniLm.load(model);
            default -> throw new IllegalArgumentException("model '" + model + "': expected minilm");
        };
    }
}
