package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.MissingArtifactException;
import org.lsradapt.transformer.weights.BasePrecision;

/** The base models that the properties ask for, each in memory once. The context closes them, after what uses them. */
final class BaseModels implements AutoCloseable {
    private record Key(String name, BasePrecision precision) {}

    /**
     * A base model that is to be loaded.
     *
     * @param name its name or folder
     * @param property the property that asks for it, which an exception names
     */
    record Wanted(String name, BasePrecision precision, Property property) {
        static Wanted stored(Property model) {
            return new Wanted(model.value(), BasePrecision.STORED, model);
        }

        /** The base model of an adapter. */
        static Wanted of(AdapterCard card, Property adapter) {
            return new Wanted(card.baseModel(), card.basePrecision(), adapter);
        }

        Wanted named(Property model) {
            return new Wanted(model.value(), precision, model);
        }
    }

    private final Map<Key, BaseModel> loaded = new LinkedHashMap<>();

    synchronized BaseModel load(Wanted wanted) {
        Key key = new Key(wanted.name, wanted.precision);
        BaseModel known = loaded.get(key);
        if (known != null) {
            return known;
        }
        try {
            BaseModel model = BaseModel.load(wanted.name, wanted.precision);
            loaded.put(key, model);
            return model;
        } catch (IOException | IllegalArgumentException | MissingArtifactException e) {
            throw wanted.property.invalid(e);
        }
    }

    /** Loads the adapter that training saved, with its base model, or a whole model without one. */
    <M extends FineTunedModel> M saved(Optional<Property> model, Optional<Property> adapter, Class<M> type) {
        Property property = adapter.or(() -> model).orElseThrow();
        Path path = adapter.isPresent() ? property.folder() : property.fileOrFolder();
        try {
            Optional<Wanted> base = adapter.isEmpty()
                    ? Optional.empty()
                    : AdapterFolder.card(path).map(card -> Wanted.of(card, property));
            FineTunedModel found = base.isEmpty()
                    ? FineTunedModel.load(path)
                    : FineTunedModel.load(
                            path, load(model.map(base.get()::named).orElse(base.get())));
            return SavedModel.require(found, type, path);
        } catch (IOException | IllegalArgumentException | MissingArtifactException e) {
            throw property.invalid(e);
        }
    }

    @Override
    public synchronized void close() {
        loaded.values().forEach(BaseModel::close);
        loaded.clear();
    }
}
