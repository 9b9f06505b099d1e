package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer's settings and their kind.
 *
 * @param holder the layer with which the shared tensors are stored; empty if that is each layer itself
 */
public record StoredConfig<C extends AdapterConfig>(AdapterKind<C> kind, C config, Optional<String> holder) {

    /** Combines settings with their kind; throws a {@link ClassCastException} if they are of another. */
    public static <C extends AdapterConfig> StoredConfig<C> of(AdapterKind<C> kind, AdapterConfig config) {
        return new StoredConfig<>(kind, kind.settings().cast(config), Optional.empty());
    }

    /**
     * Reads the settings of a section.
     *
     * @param besides the other fields that the section may have
     * @throws IOException if a field is unknown, missing or not valid; the message names it
     */
    public static <C extends AdapterConfig> StoredConfig<C> read(
            AdapterKind<C> kind, JsonFields section, List<String> besides) throws IOException {
        List<String> known = new ArrayList<>(kind.form().names());
        known.addAll(besides);
        section.requireOnly(known);
        try {
            return new StoredConfig<>(kind, kind.read(section), Optional.empty());
        } catch (IllegalArgumentException e) {
            throw section.failure(e.getMessage());
        }
    }

    /** Adds the settings to a section. */
    public void write(ObjectNode section) {
        kind.form().write(config, section);
    }

    /** The names of a layer's parameters. */
    public List<String> tensors(String layer) {
        return kind.tensors(layer, config);
    }

    /** The names of the tensors that a folder has with the layer: all but those that a holder has. */
    List<String> ownTensors(String layer) {
        List<String> own = new ArrayList<>(tensors(layer));
        if (holder.isPresent()) {
            own.removeAll(sharing(layer).orElseThrow().tensors());
        }
        return own;
    }

    /** The name of a layer's tensor where a folder has it. */
    String place(String layer, String tensor) {
        return ownTensors(layer).contains(tensor) ? tensor : holder.orElseThrow() + tensor.substring(layer.length());
    }

    /** The same settings of a layer whose shared tensors are stored with another. */
    StoredConfig<C> heldBy(String layer) {
        return new StoredConfig<>(kind, config, Optional.of(layer));
    }

    /** The names of the tensors that may be stored in less than F32. */
    List<String> factors(String layer) {
        return kind.factors(layer, config);
    }

    boolean isStoredIn(Precision storage, String layer) {
        return storage == Precision.FP32 || !factors(layer).isEmpty();
    }

    /** The tensors that the layer shares with others. */
    public Optional<AdapterKind.Sharing> sharing(String layer) {
        return kind.sharing(layer, config);
    }

    /** Checks the shapes of a layer's tensors; see {@link AdapterKind#size}. */
    public AdapterKind.Size size(LayerTensors tensors) throws IOException {
        return kind.size(config, tensors);
    }

    /** The problem of a layer's numbers, if there is one; see {@link AdapterKind#flaw}. */
    public Optional<String> flaw(String layer, Map<String, INDArray> arrays) {
        return kind.flaw(layer, config, arrays);
    }
}
