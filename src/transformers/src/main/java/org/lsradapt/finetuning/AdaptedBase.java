package org.lsradapt.finetuning;

import java.io.IOException;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.transformer.BasePrecision;

/**
 * The base model that a fine-tuned model stands on.
 *
 * @param <M> its type
 * @param model the base model
 * @param owned whether it was loaded for the fine-tuned model, which closes it then, or is the caller's
 */
record AdaptedBase<M extends FrozenModel>(M model, boolean owned) implements AutoCloseable {

    /**
     * Where a base model comes from.
     *
     * @param <M> its type
     */
    @FunctionalInterface
    interface Source<M extends FrozenModel> {
        AdaptedBase<M> open() throws IOException;
    }

    /** Loads a base model that is closed with what stands on it. */
    static AdaptedBase<BaseModel> load(String name) throws IOException {
        return load(name, BasePrecision.STORED);
    }

    /** Loads a base model in a precision. */
    static AdaptedBase<BaseModel> load(String name, BasePrecision precision) throws IOException {
        return new AdaptedBase<>(BaseModel.load(name, precision), true);
    }

    /** Loads a model of two towers that is closed with what stands on it. */
    static AdaptedBase<DualModel> loadDual(String name, BasePrecision precision) throws IOException {
        return new AdaptedBase<>(DualModel.load(name, precision), true);
    }

    /** Takes a base model that the caller closes. */
    static <M extends FrozenModel> AdaptedBase<M> of(M model) {
        return new AdaptedBase<>(model, false);
    }

    @Override
    public void close() {
        if (owned) {
            model.close();
        }
    }
}
