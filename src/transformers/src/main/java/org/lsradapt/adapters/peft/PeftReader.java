package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;

/**
 * Reads adapters of one {@code peft_type}. Immutable.
 *
 * @param type the value of {@code peft_type}
 * @param layout the names of the tensors
 * @param fields the fields of the configuration that only this type has, and that are read or do not affect the output
 * @param alphaField the field of α, with which layers have r and α and patterns of them; empty for types without α
 * @param isLycoris whether PEFT has this type in common with LyCORIS, which reads patterns in another way
 * @param check checks the configuration before any tensor is read
 * @param opening begins to read a file
 */
public record PeftReader(
        String type,
        FileLayout layout,
        Set<String> fields,
        Optional<String> alphaField,
        boolean isLycoris,
        Check check,
        Opening opening) {

    /** Checks a configuration. */
    @FunctionalInterface
    public interface Check {
        /** Throws an exception that names the field if it is not valid. */
        void check(JsonFields config) throws IOException;
    }

    /** Begins to read a file. */
    @FunctionalInterface
    public interface Opening {
        /** Checks the configuration's settings, and tensors that belong to no layer, by the names of {@link PeftReader#layout}. */
        Reading open(TensorSource tensors, JsonFields config) throws IOException;
    }

    /** Reads layers. */
    @FunctionalInterface
    public interface Reading {
        /** Reads one layer; throws an exception that names the tensor if it is not valid. */
        LayerArrays read(FileLayer layer) throws IOException;
    }

    /** Creates a reader of a type without α. */
    public static PeftReader of(String type, FileLayout layout, Set<String> fields, Check check, Opening opening) {
        return new PeftReader(type, layout, fields, Optional.empty(), false, check, opening);
    }

    /** The same reader of a type with α. */
    public PeftReader scaled(String field, boolean lycoris) {
        return new PeftReader(type, layout, fields, Optional.of(field), lycoris, check, opening);
    }
}
