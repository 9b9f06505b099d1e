package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;

/** Reads adapters of one {@code peft_type}. Immutable. */
public interface PeftReader {

    /** The value of {@code peft_type}. */
    String type();

    /** The names of the tensors. */
    FileLayout layout();

    /** The fields of the configuration that only this type has, and that are read or do not affect the output. */
    Set<String> fields();

    /** The field of α, with which layers have r and α and patterns of them; empty by default. */
    default Optional<String> alphaField() {
        return Optional.empty();
    }

    /** Whether PEFT has this type in common with LyCORIS, which reads patterns in another way; false by default. */
    default boolean isLycoris() {
        return false;
    }

    /** Checks the configuration before any tensor is read; by default all is right. */
    default void check(JsonFields config) throws IOException {}

    /**
     * Begins to read a file.
     *
     * @param tensors the file, with names of the {@link #layout}
     * @param config the checked configuration
     */
    Reading open(TensorSource tensors, JsonFields config) throws IOException;

    /** Reads layers. */
    @FunctionalInterface
    interface Reading {
        /** Reads one layer; throws an exception that names the tensor if it is not valid. */
        LayerArrays read(FileLayer layer) throws IOException;
    }
}
