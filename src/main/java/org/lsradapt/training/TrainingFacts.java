package org.lsradapt.training;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.transformer.ImageInput;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TokenSequence;

/** What makes a training the one that it is. */
final class TrainingFacts {
    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(Double.BYTES);

    private TrainingFacts() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /**
     * Settings, and checksums of the rest, by name.
     *
     * @param config how
     * @param train on what
     * @param model what, with the parameters that it begins with
     */
    static Map<String, String> of(TrainingConfig config, List<? extends TrainingItem> train, AdaptedModel model) {
        Map<String, String> facts = new LinkedHashMap<>(config.settings());
        TrainingFacts data = new TrainingFacts();
        train.forEach(data::add);
        facts.put("training data", data.checksum());
        TrainingFacts parameters = new TrainingFacts();
        model.trainable().forEach(parameters::add);
        facts.put("initial parameters", parameters.checksum());
        return facts;
    }

    /** The checksum of elements' texts, in their order. */
    static String ofTexts(Stream<?> elements) {
        TrainingFacts texts = new TrainingFacts();
        elements.forEach(element -> texts.add(element.toString()));
        return texts.checksum();
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(TrainingItem item) {
        for (ModelInput input : item.sequences()) {
            add(input.length());
            add(input.given());
            if (input instanceof TokenSequence sequence) {
                for (int i = 0; i < sequence.length(); i++) {
                    add(sequence.ids()[i]);
                    add(sequence.typeIds()[i]);
                }
            } else if (input instanceof ImageInput image) {
                add(image.name());
                add(image.fingerprint());
            }
        }
        for (double label : item.labels()) {
            add(label);
        }
    }

    private void add(Parameter block) {
        double[] values = new double[(int) block.count()];
        Backends.standard().read(block.value(), values);
        add(values.length);
        for (double value : values) {
            add(value);
        }
    }

    private void add(double value) {
        digest.update(number.clear().putDouble(value).flip());
    }

    private String checksum() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
