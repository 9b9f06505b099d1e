package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;

/** The model families. */
public final class Families {

    private static final String SIGLIP_2 =
            "SigLIP 2 for images of any shape (NaFlex), which is not supported; expected a SigLIP 2"
                    + " model for images of one size, whose model_type is siglip";

    /** All families; an imported adapter's is the first with its prefix until its base model is known. */
    private static final List<Family> ALL = List.of(
            new Bert(),
            Roberta.roberta(),
            Roberta.xlmRoberta(),
            Roberta.camembert(),
            new DistilBert(),
            new Electra(),
            new MpNet(),
            new DebertaV3(),
            new Llama(),
            Qwen.qwen2(),
            Qwen.qwen3(),
            new Mistral(),
            new SmolLm3(),
            new Phi3(),
            Gemma.gemma2(),
            Gemma.gemma3(),
            new ModernBert(),
            Vit.vit(),
            Vit.deit(),
            Dinov2.dinov2(),
            Dinov2.withRegisters(),
            new Clip().images(),
            new Siglip().images());

    /** Unsupported types that resemble a family, and the model to use instead. */
    private static final Map<String, String> UNSUPPORTED =
            Map.of("siglip2", SIGLIP_2, "siglip2_vision_model", SIGLIP_2, "siglip2_text_model", SIGLIP_2);

    private static final List<DualFamily> DUAL = List.of(new Clip(), new Siglip());

    private Families() {}

    /** All families. */
    public static List<Family> all() {
        return ALL;
    }

    /** The values of {@code model_type}, for messages. */
    public static String modelTypes() {
        return ALL.stream()
                .flatMap(family -> Stream.concat(Stream.of(family.modelType()), family.largerType().stream()))
                .collect(Collectors.joining(", "));
    }

    /**
     * Returns the family of a configuration.
     *
     * @return the family that its {@code model_type} names
     * @throws IOException if the type is missing or unknown; the message lists the known types
     */
    public static Family of(JsonFields config) throws IOException {
        String type = config.text("model_type");
        requireKnown(config, type);
        return find(type)
                .orElseThrow(() -> config.failure("model_type", "found " + type + ", expected one of " + modelTypes()));
    }

    /**
     * Returns the family with two towers of a configuration.
     *
     * @return the family that its {@code model_type} names
     * @throws IOException if the type is missing or unknown; the message lists the known types
     */
    public static DualFamily dual(JsonFields config) throws IOException {
        String type = config.text("model_type");
        requireKnown(config, type);
        return findDual(type)
                .orElseThrow(() -> config.failure(
                        "model_type",
                        "found " + type + ", expected one of two towers: "
                                + DUAL.stream().map(DualFamily::modelType).collect(Collectors.joining(", "))));
    }

    private static void requireKnown(JsonFields config, String type) throws IOException {
        if (UNSUPPORTED.containsKey(type)) {
            throw config.failure("model_type", "found " + type + ", " + UNSUPPORTED.get(type));
        }
    }

    /** Returns the family with two towers of a {@code model_type}; empty if there is none. */
    public static Optional<DualFamily> findDual(String modelType) {
        return DUAL.stream()
                .filter(family -> family.modelType().equals(modelType))
                .findFirst();
    }

    /** Whether a layer belongs to a model of two towers, and cannot belong to one tower alone. */
    public static boolean isOfTowersAlone(String path) {
        return DUAL.stream().flatMap(family -> family.beginnings().stream()).anyMatch(path::startsWith);
    }

    /** Returns the family of a name; the exception for an unknown one lists the known types. */
    public static Family named(String modelType) {
        return find(modelType)
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown model_type '" + modelType + "', expected one of " + modelTypes()));
    }

    /** Whether there is a family, of one tower or two, for a {@code model_type}. */
    public static boolean isKnown(String modelType) {
        return find(modelType).isPresent() || findDual(modelType).isPresent();
    }

    private static Optional<Family> find(String modelType) {
        return ALL.stream().filter(family -> family.reads(modelType)).findFirst();
    }
}
