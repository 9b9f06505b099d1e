package org.lsradapt.adapters.peft;

import java.util.List;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.SavedAdapter;

/** An {@link AdapterKind} with which adapters of Hugging Face PEFT can be represented, or which PEFT can represent. */
public interface PeftKind {

    /** The types of PEFT's adapters that are read as adapters of this kind; none by default. */
    default List<PeftReader> readers() {
        return List.of();
    }

    /**
     * Returns an adapter in PEFT's form.
     *
     * @param adapter an adapter all of whose layers have this kind; kept
     * @throws IllegalArgumentException if PEFT does not support its settings; the message gives the reason
     */
    PeftLayers layers(SavedAdapter adapter);
}
