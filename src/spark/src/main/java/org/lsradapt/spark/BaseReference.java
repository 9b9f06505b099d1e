package org.lsradapt.spark;

import java.io.Serializable;
import java.util.regex.Pattern;
import org.lsradapt.transformer.BasePrecision;

/**
 * Where each process finds the base model.
 *
 * @param model a name or path as {@link org.lsradapt.models.BaseModel#load} takes it, or a URI of a folder or file on a Hadoop
 *     file system, of which each process makes a copy of its own
 * @param precision how weights of linear layers are kept
 */
record BaseReference(String model, BasePrecision precision) implements Serializable {
    private static final Pattern URI = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*");

    boolean isUri() {
        return URI.matcher(model).matches();
    }
}
