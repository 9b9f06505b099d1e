package org.lsradapt.adapters;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A kind of adapter outside the mathematics: the methods that ask for it, its settings in {@code adapter_config.json}, and the tensors of a
 * layer. Parameters are stored in F32 under their names and in their shapes, and are bit-identical when read, except for {@link #factors}.
 * A kind that Hugging Face PEFT has too is also a {@code PeftKind}.
 *
 * <p>The library's kinds are in {@code org.lsradapt.adapters.kinds}. A kind is a public class with a public constructor without
 * parameters, named in {@code META-INF/services/org.lsradapt.adapters.AdapterKind}. {@link java.util.ServiceLoader} finds it with this
 * class's class loader and the thread's context class loader. Kinds are immutable, so threads may share them.
 */
public abstract class AdapterKind<C extends AdapterConfig> {
    private final String peftType;
    private final Class<C> settings;
    private final JsonForm<C> form;

    /**
     * Makes a kind.
     *
     * @param peftType its name in files, such as {@code LSR}; different from the names of all other kinds
     * @param settings the class of the settings
     * @param form all fields of the settings, without {@code peft_type} and {@code target_modules}
     */
    protected AdapterKind(String peftType, Class<C> settings, JsonForm<C> form) {
        this.peftType = peftType;
        this.settings = settings;
        this.form = form;
    }

    /** The kind's name in files. */
    public final String peftType() {
        return peftType;
    }

    /** The class of the settings. */
    public final Class<C> settings() {
        return settings;
    }

    /** All fields of the settings. */
    public final JsonForm<C> form() {
        return form;
    }

    /** The methods that ask for this kind by name; empty by default. */
    public List<AdapterMethod> methods() {
        return List.of();
    }

    /**
     * Reads settings.
     *
     * @param section an object with fields of the {@link #form} only; each may be missing
     * @return settings equal to the written ones
     * @throws IllegalArgumentException if the settings are not valid; the caller turns the message into one about the section
     * @throws IOException if a field is missing or not valid, as {@link JsonFields} throws it
     */
    public abstract C read(JsonFields section) throws IOException;

    /** Returns the names of {@link LayerAdapter#parameters()} for a layer with these settings, in the same order. */
    public abstract List<String> tensors(String layer, C config);

    /** Returns which of {@link #tensors} are stacks [s, rows, cols] that may be stored in less than F32; none by default. */
    public List<String> factors(String layer, C config) {
        return List.of();
    }

    /** Returns the parameters that a layer with these settings shares with others; empty by default. */
    public Optional<Sharing> sharing(String layer, C config) {
        return Optional.empty();
    }

    /**
     * Parameters that all layers with the same group and settings share. Immutable.
     *
     * @param ofOneSize whether only layers of one size share them
     * @param once whether a folder has them with the first of the layers alone; otherwise each layer has them
     */
    public record Sharing(String group, List<String> tensors, boolean ofOneSize, boolean once) {

        /** Copies the list. */
        public Sharing {
            tensors = List.copyOf(tensors);
        }

        LayerArrays.Fellows fellows(AdapterConfig config, Size size) {
            return new LayerArrays.Fellows(group, config, ofOneSize ? size : new Size(0, 0));
        }
    }

    /**
     * Checks the shapes of a layer's tensors in a file.
     *
     * @param tensors the shapes; all {@linkplain #tensors tensors} are present
     * @throws IOException if the shapes do not match the settings or each other, as {@link LayerTensors#shape} throws it
     */
    public abstract Size size(C config, LayerTensors tensors) throws IOException;

    /**
     * Checks a layer's finite numbers before they are written and after they are read.
     *
     * @param layer the layer's full name
     * @param arrays the layer's parameters by name; not modified
     * @return the problem, if there is one; empty by default
     */
    public Optional<String> flaw(String layer, C config, Map<String, INDArray> arrays) {
        return Optional.empty();
    }

    /**
     * The size of a linear layer. Immutable.
     *
     * @param in the input width; 0 if the tensors do not determine it
     * @param out the output width; 0 if the tensors do not determine it
     */
    public record Size(long in, long out) {

        boolean isOf(FrozenLinear layer) {
            return (in == 0 || layer.inFeatures() == in) && (out == 0 || layer.outFeatures() == out);
        }
    }
}
