package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lsradapt.images.ImageProcessor;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.parts.Embeddings;

/** The image preprocessing of a model's folder, with the content of its {@code preprocessor_config.json}. */
record ImageFiles(ImageProcessor processor, ObjectNode config) {
    static final String PREPROCESSOR = "preprocessor_config.json";

    /** The file that newer versions write next to a tokenizer. */
    static final String PROCESSOR = "processor_config.json";

    static ImageFiles of(Path folder, String kind, Embeddings.Patches patches) throws IOException {
        Path file = folder.resolve(PREPROCESSOR);
        if (Files.isRegularFile(file)) {
            return of(file, JsonFile.readObject(file), kind, patches);
        }
        Path newer = folder.resolve(PROCESSOR);
        JsonNode inside =
                Files.isRegularFile(newer) ? JsonFile.readObject(newer).path("image_processor") : JsonFile.newObject();
        if (inside instanceof ObjectNode config && !config.isEmpty()) {
            return of(newer, config, kind, patches);
        }
        throw new IOException(folder + ": has no " + PREPROCESSOR
                + "; save it with AutoImageProcessor.from_pretrained(…).save_pretrained(…)");
    }

    private static ImageFiles of(Path file, ObjectNode config, String kind, Embeddings.Patches patches)
            throws IOException {
        JsonFields fields = new JsonFields(file.toString(), config);
        return new ImageFiles(ImageProcessor.of(fields, kind, patches.channels()), config);
    }
}
