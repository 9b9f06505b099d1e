package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;

/**
 * Trained models whose outputs a training learns from. For one thread.
 */
public final class Teacher {
    /** The default share of a teacher in the loss. */
    public static final double SHARE = 0.5;

    /** The default temperature of a teacher's soft labels. */
    public static final double TEMPERATURE = 2;

    private final List<Path> adapters;
    private final double share;
    private final double temperature;
    /** Outputs of the models, by the data for which they were computed. */
    private final IdentityHashMap<Object, Object> kept = new IdentityHashMap<>();

    /**
     * Creates a teacher.
     *
     * @param adapters the models' folders, at least one; the outputs of several are averaged
     * @param share the teacher's share of a classifier's loss, above 0, up to 1
     * @param temperature the divisor of class logits before they are compared, positive
     */
    public Teacher(List<Path> adapters, double share, double temperature) {
        this.adapters = List.copyOf(adapters);
        this.share = share;
        this.temperature = temperature;
        Require.argument(!adapters.isEmpty(), "teacher: found no folders, expected at least one");
        Require.argument(share > 0 && share <= 1, "teacher's share %s: expected above 0, up to 1", share);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "temperature %s: expected a finite positive number",
                temperature);
    }

    /** Returns the models' folders. */
    public List<Path> adapters() {
        return adapters;
    }

    /** Returns the teacher's share of a classifier's loss. */
    public double share() {
        return share;
    }

    /** Returns the divisor of class logits. */
    public double temperature() {
        return temperature;
    }

    /** Computes something with the models. */
    @FunctionalInterface
    public interface Answers<T> {
        /** Loads the models in folders, and closes them. */
        T of(List<Path> folders) throws IOException;
    }

    /** Computes answers, and keeps them for the next call with the same inputs, compared by identity. */
    @SuppressWarnings("unchecked")
    public <T> T kept(Object inputs, Answers<T> answers) throws IOException {
        if (!kept.containsKey(inputs)) {
            kept.put(inputs, answers.of(adapters));
        }
        return (T) kept.get(inputs);
    }

    /** Returns the settings for the report. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("teacher", adapters.stream().map(Path::toString).toList());
        settings.put("teacher's share", share);
        settings.put("temperature", temperature);
        return settings;
    }
}
