package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * A tower that reads images, alone or from the whole model, with the classifier that transformers gives it, which reads
 * the mean of the patches.
 */
final class TowerClassifier implements Family {
    private final Towers towers;
    private final String name;

    /** Creates the family; its classes in transformers begin with the given name. */
    TowerClassifier(Towers towers, String name) {
        this.towers = towers;
        this.name = name;
    }

    @Override
    public String modelType() {
        return towers.modelType() + "_vision_model";
    }

    @Override
    public boolean reads(String modelType) {
        return modelType.equals(modelType()) || modelType.equals(towers.modelType());
    }

    @Override
    public Optional<String> largerType() {
        return Optional.of(towers.modelType());
    }

    @Override
    public Optional<String> section() {
        return Optional.of(Towers.IMAGE_CONFIG);
    }

    @Override
    public JsonFields own(JsonFields config) throws IOException {
        return config.text("model_type").equals(modelType()) ? config : towers.section(config, Towers.IMAGE_CONFIG);
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        return towers.classifier(own(config), new Head(Head.Row.MEAN, Optional.empty(), "classifier", true));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " " + towers.image().signature(own(config));
    }

    @Override
    public String prefix() {
        return Towers.IMAGES;
    }

    @Override
    public List<Tensor> carried(Transformer model) {
        return towers.unread(model);
    }

    @Override
    public String sequenceClassifier() {
        return name + "ForImageClassification";
    }

    @Override
    public String baseClass() {
        return name + "VisionModel";
    }

    @Override
    public String imageProcessor() {
        return towers.imageProcessor();
    }
}
