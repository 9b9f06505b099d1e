package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterColumns;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.SavedHead;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.weights.BasePrecision;

/** Loads saved models of any task. */
public final class SavedModel {
    private SavedModel() {}

    static FineTunedModel load(Path folder, Optional<BasePrecision> precision) throws IOException {
        Path files = files(folder);
        return isAdapter(files)
                ? loadAdapter(files, Optional.empty(), precision)
                : whole(name(folder), files, precision.orElse(BasePrecision.STORED));
    }

    static FineTunedModel load(Path folder, FrozenModel base) throws IOException {
        Path files = files(folder);
        Map<String, List<String>> columns = AdapterColumns.read(files);
        try (SavedAdapter saved = AdapterFolder.load(files)) {
            FineTunedModel model = onBase(saved, folder, base);
            model.columns(columns);
            return model;
        }
    }

    /** Returns the files of a saved model, or of a model on the hub whose name the path is. */
    private static Path files(Path folder) throws IOException {
        String name = name(folder);
        Optional<Path> found = Models.names().contains(name) ? Optional.of(folder) : Models.find(name);
        return found.orElseThrow(() -> new NoSuchFileException(
                folder.toString(),
                null,
                "there is no such folder or file, expected one that save, finetune or merge wrote, or the Hugging Face"
                        + " folder or GGUF file of a trained model; nothing is downloaded"));
    }

    private static String name(Path folder) {
        return Files.exists(folder)
                ? folder.toString()
                : folder.toString().replace(folder.getFileSystem().getSeparator(), "/");
    }

    /**
     * Loads an adapter and its base model.
     *
     * @param base the base model's name or folder; if empty, the one that the adapter names
     * @param precision the precision of the base model's weights; if empty, that of the training
     * @return the model, of the subclass for its task; the caller closes it
     * @throws IllegalArgumentException if the base model is not available, or is not the one that the adapter was trained on
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static FineTunedModel loadAdapter(Path folder, Optional<String> base, Optional<BasePrecision> precision)
            throws IOException {
        Map<String, List<String>> columns = AdapterColumns.read(folder);
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            AdapterCard card = card(saved, folder);
            String name = base.orElse(card.baseModel());
            BasePrecision kept = precision.orElse(card.basePrecision());
            FineTunedModel model = card.task().hasTowers()
                    ? onTowers(saved, card, BaseHandle.loadDual(name, kept).open())
                    : restore(saved, card, BaseHandle.load(name, kept).open());
            model.columns(columns);
            return model;
        }
    }

    /**
     * Puts an adapter on a base model that is in memory already.
     *
     * @param saved the adapter, which the caller closes
     * @param folder the adapter's folder, for messages
     * @param base the model that it was trained on; not closed with the result
     * @return the model, of the subclass for its task; the caller closes it
     * @throws IllegalArgumentException if the adapter was trained on another model
     */
    public static FineTunedModel onBase(SavedAdapter saved, Path folder, FrozenModel base) {
        AdapterCard card = card(saved, folder);
        return card.task().hasTowers()
                ? onTowers(saved, card, base(folder, base, DualModel.class))
                : restore(saved, card, base(folder, base, BaseModel.class));
    }

    private static AdapterCard card(SavedAdapter saved, Path folder) {
        return saved.card()
                .orElseThrow(() -> new IllegalArgumentException(folder
                        + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
    }

    /** Whether a folder has adapters that are put on a base model, not a whole model. */
    public static boolean isAdapter(Path folder) throws IOException {
        return AdapterFolder.isOne(folder) || hasAdaptersAlone(folder);
    }

    /** Whether a folder is not a model but contains folders of adapters, like that of a run. */
    private static boolean hasAdaptersAlone(Path folder) throws IOException {
        return !Files.exists(folder.resolve("config.json"))
                && !AdapterFolder.within(folder).isEmpty();
    }

    private static String towers(Class<?> type) {
        return type == DualModel.class ? "an image and a text tower" : "one tower";
    }

    private static <M extends FrozenModel> BaseHandle<M> base(Path folder, FrozenModel given, Class<M> type) {
        Require.argument(
                type.isInstance(given),
                "%s: the adapter is for a model of %s, model %s has %s",
                folder,
                towers(type),
                given.name(),
                towers(given.getClass()));
        return BaseHandle.of(type.cast(given));
    }

    private static FineTunedModel onTowers(SavedAdapter saved, AdapterCard card, BaseHandle<DualModel> base) {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            DualModel model = opened.add(base).model();
            saved.requireBase(model.name(), model.fingerprint());
            saved.requireLength(model.tokenizer(), model.maxLength());
            AdapterSet adapters = opened.add(saved.adapters(model.linearLayers(), Backends.standard()));
            return opened.release(
                    model(ModelParts.of(base, card.task(), card.maxLength()).with(adapters)));
        }
    }

    private static FineTunedModel model(ModelParts parts) {
        return TaskModule.allTypes().stream()
                .flatMap(type -> type.loading().apply(parts).stream())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("task " + parts.task().name() + ": no module on the class path loads "
                                + parts.task().kind()));
    }

    private static FineTunedModel restore(SavedAdapter saved, AdapterCard card, BaseHandle<BaseModel> base) {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseModel model = opened.add(base).model();
            saved.requireBase(model.name(), model.fingerprint(), model.encoderFingerprint());
            if (!model.readsImages()) {
                saved.requireLength(model.tokenizer(), model.maxLength());
            }
            Optional<AdapterSet> adapters = saved.layerNames().isEmpty()
                    ? Optional.empty()
                    : Optional.of(opened.add(saved.adapters(model.linearLayers(), Backends.standard())));
            Optional<SequenceHead> head = saved.head(model.weights());
            head.ifPresent(opened::add);
            return opened.release(model(new ModelParts(
                    base,
                    adapters,
                    head.map(HeadSource.Own::new),
                    card.task(),
                    Optional.of(card.task().pairs()),
                    card.maxLength(),
                    card.embedding(),
                    Optional.empty())));
        }
    }

    private static FineTunedModel whole(String name, Path files, BasePrecision precision) throws IOException {
        if (DualModel.isOne(files)) {
            BaseHandle<DualModel> base = BaseHandle.loadDual(name, precision).open();
            return model(ModelParts.of(
                    base, new ImageTextDescription("images"), base.model().maxLength()));
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseHandle<BaseModel> base =
                    opened.add(BaseHandle.load(name, precision).open());
            BaseModel model = base.model();
            Optional<AdapterCard> card = cardOf(model);
            Require.argument(
                    card.isPresent() || model.model().isCausal(),
                    "model %s has no trained head and predicts no tokens, expected an adapter's folder, or a model"
                            + " with a classifier or a causal one",
                    model.name());
            if (card.isEmpty()) {
                int length = Math.min(FineTuning.TEXT_LENGTH, model.maxLength());
                return opened.release(model(ModelParts.of(base, new TextDescription("text"), length)));
            }
            HeadSource head = new HeadSource.Own(opened.add(headOf(model)));
            return opened.release(model(parts(base, card.get(), head)));
        }
    }

    private static ModelParts parts(BaseHandle<BaseModel> base, AdapterCard card, HeadSource head) {
        return new ModelParts(
                base,
                Optional.empty(),
                Optional.of(head),
                card.task(),
                card.task().pairs() ? Optional.of(true) : Optional.empty(),
                card.maxLength(),
                card.embedding(),
                Optional.empty());
    }

    /** Returns the task of a base model's own trained head; empty without a head. */
    public static Optional<AdapterCard> cardOf(BaseModel model) throws IOException {
        if (model.head().isEmpty()) {
            return Optional.empty();
        }
        // Merged models have the length of training in their tokenizer's model_max_length.
        int longest = model.readsImages()
                ? model.maxLength()
                : Math.min(model.embeddingSettings().maxLength(), model.maxLength());
        return Optional.of(new AdapterCard(
                model.name(),
                model.modelType(),
                model.fingerprint(),
                model.head().get().task(),
                longest,
                model.precision()));
    }

    /**
     * Copies a base model's own trained head.
     *
     * @return the copy, which the caller closes
     * @throws java.util.NoSuchElementException if it has none
     * @throws IOException if a file of the head is malformed
     */
    public static SequenceHead headOf(BaseModel model) throws IOException {
        SavedHead saved = model.head().orElseThrow();
        SequenceHead head =
                new SequenceHead(model.weights(), saved.task().head(model.family(), model.model()), saved.outputs(), 0);
        saved.copyTo(head);
        return head;
    }

    /**
     * Returns a model whose outputs an adapter of a model with many computes. It owns nothing: there is no need to close it.
     *
     * @param served the adapter, or a head, in the model with many
     * @return the model, of the subclass for the task
     * @throws IllegalArgumentException if the task has neither a head nor embeddings
     */
    public static FineTunedModel served(BaseModel base, AdapterCard card, HeadSource.Served served) {
        Require.argument(
                card.task().hasHead() || card.task().embeds(),
                "adapter %s: is of task %s (%s), expected one with a head, or of embeddings",
                served.name(),
                card.task().name(),
                card.task().kind());
        return model(parts(BaseHandle.of(base), card, served));
    }

    /** Returns the model if it has the type, and closes it otherwise. */
    public static <M extends FineTunedModel> M require(FineTunedModel model, Class<M> type, Path folder) {
        if (type.isInstance(model)) {
            return type.cast(model);
        }
        String found = model.getClass().getSimpleName();
        model.close();
        throw new IllegalArgumentException(folder + ": holds a " + found + ", expected a " + type.getSimpleName());
    }
}
