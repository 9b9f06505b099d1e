package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.families.Family;
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

    static ImageTextDescription read(JsonFields fields) throws IOException {
        return fields.has("labels") || fields.has("template")
                ? TaskDescription.imageText(fields.text("name"), fields.texts("labels"), fields.text("template"))
                : TaskDescription.imageText(fields.text("name"));
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
    public String architecture(Family family) {
        return family.baseClass();
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
