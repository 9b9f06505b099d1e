package org.lsradapt.finetuning;

import java.io.IOException;
import org.lsradapt.models.BaseModel;
import org.lsradapt.transformer.BasePrecision;

/**
 * The base model that a fine-tuned model stands on.
 *
 * @param model the base model
 * @param owned whether it was loaded for the fine-tuned model, which closes it then, or is the caller's
 */
record AdaptedBase(BaseModel model, boolean owned) implements AutoCloseable {

    /** Where a base model comes from. */
    @FunctionalInterface
    interface Source {
        AdaptedBase open() throws IOException;
    }

    /** Loads a base model that is closed with what stands on it. */
    static AdaptedBase load(String name) throws IOException {
        return load(name, BasePrecision.STORED);
    }

    /** Loads a base model in a precision. */
    static AdaptedBase load(String name, BasePrecision precision) throws IOException {
        return new AdaptedBase(BaseModel.load(name, precision), true);
    }

    /** Takes a base model that the caller closes. */
    static AdaptedBase of(BaseModel model) {
        return new AdaptedBase(model, false);
    }

    @Override
    public void close() {
        if (owned) {
            model.close();
        }
    }
}
