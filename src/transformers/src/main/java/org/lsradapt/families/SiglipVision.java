package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The tower of SigLIP that reads images, alone or from the whole model, with the classifier that transformers gives it.
 * The classifier reads the mean of the patches after the last normalization, and skips the pooling.
 */
final class SiglipVision implements Family {

    @Override
    public String modelType() {
        return "siglip_vision_model";
    }

    @Override
    public boolean reads(String modelType) {
        return modelType.equals(modelType()) || modelType.equals(Siglip.TYPE);
    }

    @Override
    public Optional<String> largerType() {
        return Optional.of(Siglip.TYPE);
    }

    @Override
    public Optional<String> section() {
        return Optional.of(Siglip.IMAGE_CONFIG);
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        return Siglip.images(
                own(config), "", Optional.empty(), new Head(Head.Row.MEAN, Optional.empty(), "classifier", true));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " " + Siglip.imageSignature(own(config));
    }

    @Override
    public String prefix() {
        return Siglip.IMAGES;
    }

    /** Returns the tensors of the pooling. */
    @Override
    public List<Tensor> carried(Transformer model) {
        long width = model.width();
        long inner = model.blocks().get(0).feedForward().up().out();
        return List.of(
                head("probe", 1L, 1L, width),
                head("attention.in_proj_weight", 3 * width, width),
                head("attention.in_proj_bias", 3 * width),
                head("attention.out_proj.weight", width, width),
                head("attention.out_proj.bias", width),
                head("layernorm.weight", width),
                head("layernorm.bias", width),
                head("mlp.fc1.weight", inner, width),
                head("mlp.fc1.bias", inner),
                head("mlp.fc2.weight", width, inner),
                head("mlp.fc2.bias", width));
    }

    private static Tensor head(String name, Long... shape) {
        return new Tensor("head." + name, List.of(shape), false, Optional.of("head"));
    }

    @Override
    public String sequenceClassifier() {
        return "SiglipForImageClassification";
    }

    @Override
    public String baseClass() {
        return "SiglipVisionModel";
    }

    @Override
    public String imageProcessor() {
        return Siglip.IMAGE_PROCESSOR;
    }
}
