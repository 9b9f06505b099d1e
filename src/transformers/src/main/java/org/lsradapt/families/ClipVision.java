package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The tower of CLIP that reads images, alone or from the whole model, with the classifier that transformers gives it.
 * The classifier reads the mean of the patches after the last layer, and skips the class token and its normalization.
 */
final class ClipVision implements Family {

    @Override
    public String modelType() {
        return "clip_vision_model";
    }

    @Override
    public boolean reads(String modelType) {
        return modelType.equals(modelType()) || modelType.equals(Clip.TYPE);
    }

    @Override
    public Optional<String> largerType() {
        return Optional.of(Clip.TYPE);
    }

    @Override
    public Optional<String> section() {
        return Optional.of(Clip.IMAGE_CONFIG);
    }

    @Override
    public JsonFields own(JsonFields config) throws IOException {
        return config.text("model_type").equals(modelType()) ? config : Clip.section(config, Clip.IMAGE_CONFIG);
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        return Clip.images(
                own(config), "", Optional.empty(), new Head(Head.Row.MEAN, Optional.empty(), "classifier", true));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " " + Clip.imageSignature(own(config));
    }

    @Override
    public String prefix() {
        return Clip.IMAGES;
    }

    @Override
    public List<Tensor> carried(Transformer model) {
        List<Long> shape = List.of((long) model.width());
        return List.of(
                new Tensor("post_layernorm.weight", shape, false, Optional.of("post_layernorm")),
                new Tensor("post_layernorm.bias", shape, false, Optional.of("post_layernorm")));
    }

    @Override
    public String sequenceClassifier() {
        return "CLIPForImageClassification";
    }

    @Override
    public String baseClass() {
        return "CLIPVisionModel";
    }

    @Override
    public String imageProcessor() {
        return Clip.IMAGE_PROCESSOR;
    }
}
