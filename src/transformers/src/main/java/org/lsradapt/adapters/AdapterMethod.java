package org.lsradapt.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.lsradapt.lsr.AdapterConfig;

/**
 * A method of training as users name it, such as {@code cdka:4:alpha=64}: a kind of adapter with settings and their defaults. Immutable.
 *
 * @param name the method's name, different from those of all other methods
 * @param settings the names of the settings that may follow it, in addition to {@link #LEARNING_RATE}
 * @param learningRate the usual learning rate; empty for that of the configuration
 * @param reading makes the configuration from a text with these settings; throws an {@link IllegalArgumentException} if it cannot
 */
public record AdapterMethod(
        String name, List<String> settings, OptionalDouble learningRate, Function<MethodText, AdapterConfig> reading) {

    /** The setting of all methods. */
    public static final String LEARNING_RATE = "lr";

    /** Copies the list. */
    public AdapterMethod {
        settings = List.copyOf(settings);
    }

    /** Creates a method with the configuration's usual learning rate. */
    public static AdapterMethod of(String name, Function<MethodText, AdapterConfig> reading, String... settings) {
        return new AdapterMethod(name, List.of(settings), OptionalDouble.empty(), reading);
    }

    /**
     * Reads the settings of a method.
     *
     * @param text a text with this method's name
     * @throws IllegalArgumentException if the text has other settings, or a value is out of range; the message names it
     */
    public AdapterConfig config(MethodText text) {
        List<String> known = new ArrayList<>(List.of(LEARNING_RATE));
        known.addAll(settings);
        return reading.apply(text.require(known));
    }
}
