package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.models.BaseModel;
import org.lsradapt.text.TextModel;

/**
 * The model that {@code --adapter} and {@code --model} name.
 *
 * @param model the model
 * @param base the base model where it was named apart; closed with this
 */
record LoadedModel(TextModel model, Optional<BaseModel> base) implements AutoCloseable {

    /**
     * Loads an adapter on its base model, or a whole model.
     *
     * @param adapter {@code --adapter}, or null
     * @param model {@code --model}, or null: the base model if not by the name that the adapter has, or without an
     *     adapter a folder of a whole model
     */
    static LoadedModel load(Path adapter, String model) throws IOException {
        if (adapter == null && model == null) {
            throw new BadInput("no model: expected --adapter FOLDER, as finetune saves it, or --model FOLDER, as merge"
                    + " writes it");
        }
        if (adapter == null) {
            return new LoadedModel(BadInput.in(() -> TextModel.load(Path.of(model))), Optional.empty());
        }
        if (!AdapterFolder.isOne(adapter)) {
            AdapterFolder.load(adapter).close(); // tells what is missing
        }
        if (model == null) {
            return new LoadedModel(BadInput.in(() -> TextModel.load(adapter)), Optional.empty());
        }
        BaseModel base = BadInput.in(() -> BaseModel.load(model));
        try {
            return new LoadedModel(BadInput.in(() -> TextModel.load(adapter, base)), Optional.of(base));
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    @Override
    public void close() {
        model.close();
        base.ifPresent(BaseModel::close);
    }
}
