package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.transformer.BasePrecision;

/**
 * The model that {@code --adapter} and {@code --model} name.
 *
 * @param base the base model if it was loaded separately; closed with this
 */
record LoadedModel(FineTunedModel model, Optional<FrozenModel> base) implements AutoCloseable {

    /**
     * Loads an adapter on its base model, or a whole model.
     *
     * @param adapter {@code --adapter}, or null
     * @param model {@code --model}, or null. With an adapter it replaces the base model that the adapter names; without one
     *     it names a whole model
     * @param precision {@code --base-precision}
     */
    static LoadedModel load(Path adapter, String model, BasePrecisionOption precision) throws IOException {
        if (adapter == null && model == null) {
            throw new BadInput("no model: expected --adapter FOLDER, as finetune saves it, or --model FOLDER, as merge"
                    + " writes it, or a GGUF file");
        }
        if (adapter == null) {
            return new LoadedModel(FineTunedModel.load(Path.of(model), precision.value()), Optional.empty());
        }
        AdapterCard card = AdapterOption.card(adapter);
        BasePrecision kept = precision.asked().orElse(card.basePrecision());
        if (model == null) {
            return new LoadedModel(FineTunedModel.load(adapter, kept), Optional.empty());
        }
        FrozenModel base = card.task().hasTowers() ? DualModel.load(model, kept) : BaseModel.load(model, kept);
        try {
            return new LoadedModel(FineTunedModel.load(adapter, base), Optional.of(base));
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /** Returns the model if it has a type; otherwise throws {@link BadInput}, and the caller still closes this. */
    <M extends FineTunedModel> M require(Class<M> type, String refusal) {
        if (!type.isInstance(model)) {
            throw new BadInput(refusal);
        }
        return type.cast(model);
    }

    @Override
    public void close() {
        model.close();
        base.ifPresent(FrozenModel::close);
    }
}
