package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SavedModel;

/** Loads the model that {@code --adapter} and {@code --model} name. */
final class LoadedModel {
    private LoadedModel() {}

    /**
     * Loads an adapter on its base model, or a whole model.
     *
     * @param adapter {@code --adapter}, or null
     * @param model {@code --model}, or null. With an adapter it replaces the base model that the adapter names; without one
     *     it names a whole model
     */
    static FineTunedModel load(Path adapter, String model, BasePrecisionOption precision) throws IOException {
        if (adapter != null) {
            return SavedModel.loadAdapter(adapter, Optional.ofNullable(model), precision.asked());
        }
        BadInput.throwIf(
                model == null,
                "no model: expected --adapter FOLDER, as finetune saves it, or --model FOLDER, as merge"
                        + " writes it, or a GGUF file");
        return FineTunedModel.load(Path.of(model), precision.value());
    }

    /** Returns the model if it has a type; otherwise throws {@link BadInput}, and the caller still closes the model. */
    static <M extends FineTunedModel> M require(FineTunedModel model, Class<M> type, String refusal) {
        BadInput.throwIf(!type.isInstance(model), refusal);
        return type.cast(model);
    }
}
