package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerAdapter;

/**
 * How a kind of adapter lies in a folder: its settings in {@code adapter_config.json}, and which tensors a layer has.
 * Parameters are stored in F32 under their names, in their own shapes, and come back to the bit.
 *
 * <p>LSR's is built in. Another kind's is a public class with a public constructor without parameters, named in
 * {@code META-INF/services/org.lsradapt.adapters.AdapterFormat} and found by {@link java.util.ServiceLoader} with the
 * thread's context class loader. Immutable, so threads may share it.
 */
public interface AdapterFormat {

    /** The kind's name in files, such as {@code LSR}; different from those of all other formats. */
    String peftType();

    /** Whether this is the format of adapters with these settings. */
    boolean stores(AdapterConfig config);

    /** Names of the fields that {@link #write} writes, all of them; not {@code peft_type}, not {@code target_modules}. */
    List<String> fields();

    /**
     * Writes settings.
     *
     * @param config settings that this {@linkplain #stores stores}
     * @param section where to put the {@link #fields}
     */
    void write(AdapterConfig config, ObjectNode section);

    /**
     * Reads settings back.
     *
     * @param section an object without other {@link #fields}; each may be missing
     * @return settings equal to those that were written
     * @throws IllegalArgumentException if the settings are not valid; the message becomes one about the section
     * @throws IOException if a field is missing or not valid, as {@link JsonFields} throws it
     */
    AdapterConfig read(JsonFields section) throws IOException;

    /**
     * The names of a layer's parameters.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @return the names that {@link LayerAdapter#parameters()} has, in its order
     */
    List<String> tensors(String layer, AdapterConfig config);

    /**
     * Which of a layer's parameters it shares with others; they are stored with each.
     *
     * @param layer the layer's full name
     * @param config its settings
     * @return empty unless a format overrides it
     */
    default Optional<Sharing> sharing(String layer, AdapterConfig config) {
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
    Size size(AdapterConfig config, LayerTensors tensors) throws IOException;

    /**
     * The size of a linear layer. Immutable.
     *
     * @param in input width
     * @param out output width
     */
    record Size(long in, long out) {}
}
