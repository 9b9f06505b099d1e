package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.Require;

/**
 * Embeddings of images and texts in one space, by a model of two towers.
 *
 * @param labels the names of the classes that the texts name; empty if they name none
 * @param template a text in which {@value TaskDescription#PLACE} stands for the name of a class; empty without classes
 */
public record ImageTextDescription(String name, List<String> labels, Optional<String> template)
        implements TaskDescription {
    /** Checks that there are labels and a template with a placeholder, or neither. */
    public ImageTextDescription {
        Require.argument(
                template.isEmpty() || template.get().contains(PLACE),
                "task %s: a image_text with the template %s, expected one with %s for the name of a class",
                name,
                template.orElse(""),
                PLACE);
        labels = template.isPresent()
                ? Descriptions.requireLabels(name, "image_text", labels)
                : Descriptions.requireNone(name, "image_text", labels);
    }

    /** Creates a description of images and texts without classes. */
    public ImageTextDescription(String name) {
        this(name, List.of(), Optional.empty());
    }

    /** Creates a description of images and of the texts that name their classes. */
    public ImageTextDescription(String name, List<String> labels, String template) {
        this(name, labels, Optional.of(template));
    }

    static ImageTextDescription read(JsonFields fields) throws IOException {
        return fields.has("labels") || fields.has("template")
                ? new ImageTextDescription(fields.text("name"), fields.texts("labels"), fields.text("template"))
                : new ImageTextDescription(fields.text("name"));
    }

    @Override
    public String kind() {
        return "image_text";
    }

    @Override
    public String summary() {
        return "images and texts";
    }

    @Override
    public boolean hasTowers() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        return template.isPresent()
                ? Descriptions.fields(this, "labels", labels, "template", template.get())
                : Descriptions.fields(this);
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of(
                        "zero-shot-image-classification",
                        "AutoModel",
                        "makes embeddings of images and texts",
                        "zero-shot")
                .preparedBy("AutoProcessor");
    }

    @Override
    public Optional<String> peftType() {
        return Optional.empty();
    }
}
