package org.lsradapt.models.internal.cards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;

/**
 * A folder's {@code README.md}, in the form of Hugging Face's hub. It names no license, which is unknown here.
 *
 * @param library the hub's name of the library that loads the folder
 * @param baseModel the base model's name on the hub; empty if only a folder is known
 * @param pipeline the hub's name of the task; empty for none
 */
public record ModelCard(
        String library, Optional<String> baseModel, List<String> tags, Optional<String> pipeline, CardText body) {

    public static final String FILE = "README.md";

    /** The placeholder of a base model whose name on the hub is unknown. */
    public static final String BASE = "BASE_MODEL";

    /** The placeholder of the folder that the card is in. */
    public static final String FOLDER = "FOLDER";

    private static final YAMLMapper YAML =
            YAMLMapper.builder().disable(YAMLGenerator.Feature.SPLIT_LINES).build();

    private static final Pattern HUB_NAME = Pattern.compile("[A-Za-z0-9][\\w.-]{0,95}/[A-Za-z0-9][\\w.-]{0,95}");

    /** Returns a name of the hub's form owner/name; empty for another, and for an existing file or folder. */
    public static Optional<String> hubName(String name) {
        return HUB_NAME.matcher(name).matches()
                        && !name.contains("..")
                        && !name.contains("--")
                        && !Files.exists(Path.of(name))
                ? Optional.of(name)
                : Optional.empty();
    }

    public String text() {
        ObjectNode front = JsonFile.newObject();
        front.put("library_name", library);
        baseModel.ifPresent(name -> front.put("base_model", name));
        pipeline.ifPresent(name -> front.put("pipeline_tag", name));
        front.set("tags", JsonFile.node(tags));
        try {
            return YAML.writeValueAsString(front) + "---\n\n" + body;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("model card: " + e.getMessage(), e);
        }
    }

    public void write(Path folder) throws IOException {
        AtomicFile.write(folder.resolve(FILE), text().getBytes(StandardCharsets.UTF_8));
    }
}
