package org.lsradapt.adapters;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How a kind of adapter lies in a folder: its settings in {@code adapter_config.json}, and which tensors a layer has.
 * Parameters are stored in F32 under their names, in their own shapes, and come back to the bit, but for {@link #factors}.
 *
 * <p>The library's kinds are in {@code org.lsradapt.adapters.kinds}. A format is a public class with a public constructor without
 * parameters, named in {@code META-INF/services/org.lsradapt.adapters.AdapterFormat} and found by {@link java.util.ServiceLoader}
 * with this class's class loader and the thread's context class loader. Immutable, so threads may share it.
 *
 * @param <C> the kind's settings
 */
public interface AdapterFormat<C extends AdapterConfig> {

    /** The kind's name in files, such as {@code LSR}; different from those of all other formats. */
    String peftType();

    /** The class of the settings that this stores. */
    Class<C> settings();

    /** The fields of the settings, all of them; not {@code peft_type}, not {@code target_modules}. */
    JsonForm<C> form();

    /**
     * Reads settings back.
     *
     * @param section an object without other fields than those of the {@link #form}; each may be missing
     * @return settings equal to those that were written
     * @throws IllegalArgumentException if the settings are not valid; the message becomes one about the section
     * @throws IOException if a field is missing or not valid, as {@link JsonFields} throws it
     */
    C read(JsonFields section) throws IOException;

    /**
     * The names of a layer's parameters.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @return the names that {@link LayerAdapter#parameters()} has, in its order
     */
    List<String> tensors(String layer, C config);

    /**
     * Which of a layer's parameters are stacks of matrices [s, rows, cols] that may be stored in less than F32.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @return some of {@link #tensors}; none unless a format overrides it, and then the kind is stored in F32 alone
     */
    default List<String> factors(String layer, C config) {
        return List.of();
    }

    /**
     * Which of a layer's parameters it shares with others; they are stored with each.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @return empty unless a format overrides it
     */
    default Optional<Sharing> sharing(String layer, C config) {
        return Optional.empty();
    }

    /**
     * Parameters of a layer that all layers of the group, its settings and its size share. Immutable.
     *
     * @param group a name for those that share
     * @param tensors some of {@link #tensors}
     */
    record Sharing(String group, List<String> tensors) {

        /** Copies the list. */
        public Sharing {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * Checks the shapes of a layer's tensors in a file.
     *
     * @param config the layer's settings
     * @param tensors the shapes; all {@linkplain #tensors tensors} are there
     * @return the size of the layer that they are for
     * @throws IOException if they do not fit the settings or each other, as {@link LayerTensors#shape} throws it
     */
    Size size(C config, LayerTensors tensors) throws IOException;

    /**
     * Checks a layer's numbers, which are finite, before they are written and after they are read.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @param arrays its parameters by their names; not modified
     * @return what is wrong with them; empty unless a format overrides it
     */
    default Optional<String> flaw(String layer, C config, Map<String, INDArray> arrays) {
        return Optional.empty();
    }

    /**
     * The size of a linear layer. Immutable.
     *
     * @param in input width; 0 if the tensors do not tell
     * @param out output width; 0 if the tensors do not tell
     */
    record Size(long in, long out) {

        /** Whether a layer can have it. */
        boolean isOf(FrozenLinear layer) {
            return (in == 0 || layer.inFeatures() == in) && (out == 0 || layer.outFeatures() == out);
        }
    }
}
