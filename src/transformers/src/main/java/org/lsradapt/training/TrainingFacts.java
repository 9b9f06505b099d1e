package org.lsradapt.training;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.MaskedText;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/** The facts that identify a training. */
final class TrainingFacts {
    /** The longest text in a file or message, in characters. */
    private static final int LONGEST = 1_000;

    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(Double.BYTES);

    private TrainingFacts() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** The settings, and checksums of everything else, by name; the model has its initial parameters. */
    static Map<String, String> of(
            TrainingConfig config, List<TrainingExample> train, AdaptedModel model, Evaluation evaluation) {
        Map<String, String> facts = new LinkedHashMap<>();
        config.settings().forEach((name, value) -> facts.put(name, value.toString()));
        new TreeMap<>(model.objective().settings()).forEach((name, value) -> facts.put(name, shortened(value)));
        List<? extends LayerAdapter> adapters =
                model.adapters().map(AdapterSet::adapters).orElse(List.of());
        facts.put(
                "adapters",
                shortened(adapters.stream()
                        .map(TrainingFacts::settings)
                        .distinct()
                        .toList()
                        .toString()));
        facts.put(
                "adapted layers", ofTexts(adapters.stream().map(adapter -> adapter.name() + " " + settings(adapter))));
        TrainingFacts data = new TrainingFacts();
        train.forEach(data::add);
        facts.put("training data", data.checksum());
        facts.put("choosing metric", evaluation.primaryMetric());
        facts.put("evaluation data", ofTexts(evaluation.evaluated()));
        TrainingFacts parameters = new TrainingFacts();
        model.trainable().forEach(parameters::add);
        facts.put("initial parameters", parameters.checksum());
        return facts;
    }

    private static String settings(LayerAdapter adapter) {
        return adapter.config().kind() + " " + adapter.config().settings();
    }

    /** The text itself, or its checksum if it is too long for a file or a message. */
    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : ofTexts(Stream.of(text));
    }

    /** The checksum of the elements' texts, or of their contents if they are model inputs, in order. */
    static String ofTexts(Stream<?> elements) {
        TrainingFacts texts = new TrainingFacts();
        elements.forEach(element -> {
            if (element instanceof ModelInput input) {
                texts.add(input);
            } else {
                texts.add(element.toString());
            }
        });
        return texts.checksum();
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(TrainingExample item) {
        item.sequences().forEach(this::add);
        item.targets().forEach(this::add);
    }

    /** Adds the numbers of a target. Their kind is not added, since the loss, another fact, determines it. */
    private void add(Target target) {
        if (target instanceof Target.Category category) {
            add(category.index());
        } else if (target instanceof Target.Value value) {
            add(value.value());
        } else if (target instanceof Target.Labels labels) {
            add(labels.amounts());
        } else if (target instanceof Target.Distilled distilled) {
            add(distilled.index());
            add(distilled.teacher());
        } else if (target instanceof Target.Embedding embedding) {
            for (float number : embedding.teacher()) {
                add(number);
            }
        } else if (target instanceof Target.Role role) {
            add(role.name());
        } else if (target instanceof Target.Passage passage) {
            add(passage.known());
            add(passage.isFirst() ? 1 : 0);
        } else if (target instanceof Target.Answer answer) {
            add(answer.isChosen() ? 1 : 0);
            add(answer.reference());
        }
    }

    private void add(double[] numbers) {
        for (double each : numbers) {
            add(each);
        }
    }

    private void add(ModelInput input) {
        add(input.length());
        add(input.given());
        if (input instanceof TokenSequence sequence) {
            for (int i = 0; i < sequence.length(); i++) {
                add(sequence.ids()[i]);
                add(sequence.typeIds()[i]);
            }
            for (int label : sequence.labels()) {
                add(label);
            }
        } else if (input instanceof MaskedText text) {
            add(text.inEpoch(1));
        } else if (input instanceof ImageInput image) {
            add(image.name());
            add(image.fingerprint());
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
