package org.lsradapt.finetuning;

import java.io.IOException;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The base model of a fine-tuned model, which closes it or leaves that to the caller.
 *
 * @param owned whether {@link #close} closes it
 */
public record BaseHandle<M extends FrozenModel>(M model, boolean owned) implements AutoCloseable {

    /** Opens a base model. */
    @FunctionalInterface
    public interface Source<M extends FrozenModel> {
        BaseHandle<M> open() throws IOException;
    }

    /** Returns a source that loads a model, which the handle closes. */
    public static Source<BaseModel> load(String name, BasePrecision precision) {
        return () -> new BaseHandle<>(BaseModel.load(name, precision), true);
    }

    /** Returns a source that loads a model of two towers, which the handle closes. */
    public static Source<DualModel> loadDual(String name, BasePrecision precision) {
        return () -> new BaseHandle<>(DualModel.load(name, precision), true);
    }

    /** Returns a handle of a model that the caller closes. */
    public static <M extends FrozenModel> BaseHandle<M> of(M model) {
        return new BaseHandle<>(model, false);
    }

    @Override
    public void close() {
        if (owned) {
            model.close();
        }
    }
}
