package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.SavedHead;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.transformer.BasePrecision;

/** Fine-tuned models out of folders. */
final class SavedModel {
    private SavedModel() {}

    /** What is saved of a base model with each adapter. */
    static AdapterCard card(FrozenModel base, TaskDescription task, int maxLength) {
        return new AdapterCard(base.name(), base.modelType(), base.fingerprint(), task, maxLength, base.precision());
    }

    /** As the other, for embeddings. */
    static AdapterCard card(BaseModel base, String name, EmbeddingSettings settings) {
        return new AdapterCard(
                base.name(),
                base.modelType(),
                base.encoderFingerprint(),
                TaskDescription.embedding(name),
                settings.maxLength(),
                Optional.of(settings),
                base.precision());
    }

    /** What a task's outputs mean. */
    static TaskDescription description(Task task, boolean pairs) {
        return task.kind() == TaskKind.REGRESSION
                ? TaskDescription.regression(task.name(), pairs)
                : TaskDescription.classification(task.name(), task.labels(), pairs);
    }

    static FineTunedModel load(Path folder, Optional<FrozenModel> given, Optional<BasePrecision> precision)
            throws IOException {
        if (given.isEmpty() && !AdapterFolder.isOne(folder) && !hasAdaptersAlone(folder)) {
            return whole(folder, precision.orElse(BasePrecision.STORED));
        }
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            AdapterCard card = saved.card()
                    .orElseThrow(() -> new IllegalArgumentException(folder
                            + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
            BasePrecision kept = precision.orElse(card.basePrecision());
            if (card.task().isImageText()) {
                return towers(
                        saved,
                        base(folder, given, DualModel.class, () -> AdaptedBase.loadDual(card.baseModel(), kept)));
            }
            Parts parts =
                    new Parts(base(folder, given, BaseModel.class, () -> AdaptedBase.load(card.baseModel(), kept)));
            try {
                return parts.restore(saved, card);
            } catch (RuntimeException e) {
                parts.close();
                throw e;
            }
        }
    }

    /** Whether a folder is no model but has the folders of adapters, as a run's has. */
    private static boolean hasAdaptersAlone(Path folder) throws IOException {
        return !Files.exists(folder.resolve("config.json"))
                && !AdapterFolder.within(folder).isEmpty();
    }

    private static <M extends FrozenModel> AdaptedBase<M> base(
            Path folder, Optional<FrozenModel> given, Class<M> type, AdaptedBase.Source<M> source) throws IOException {
        if (given.isEmpty()) {
            return source.open();
        }
        Require.argument(
                type.isInstance(given.get()),
                "%s: the adapter is for a %s, model %s is a %s",
                folder,
                type.getSimpleName(),
                given.get().name(),
                given.get().getClass().getSimpleName());
        return AdaptedBase.of(type.cast(given.get()));
    }

    /** Adapters of two towers; without a card they are put on whatever layers fit. */
    static ImageTextEmbedder towers(Path folder, AdaptedBase<DualModel> base) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            return towers(saved, base);
        }
    }

    private static ImageTextEmbedder towers(SavedAdapter saved, AdaptedBase<DualModel> base) {
        Optional<AdapterSet> adapters = Optional.empty();
        try {
            DualModel model = base.model();
            Optional<AdapterCard> card = saved.card();
            if (card.isPresent()) {
                saved.requireBase(model.name(), model.fingerprint());
                saved.requireLength(model.tokenizer(), model.maxLength());
            }
            adapters = Optional.of(saved.adapters(model.linearLayers(), Backends.standard()));
            return new ImageTextEmbedder(
                    base,
                    adapters,
                    card.map(AdapterCard::task).orElse(TaskDescription.imageText("images")),
                    card.map(AdapterCard::maxLength).orElse(model.maxLength()),
                    Optional.empty());
        } catch (RuntimeException e) {
            adapters.ifPresent(AdapterSet::close);
            base.close();
            throw e;
        }
    }

    /** What is put together of a model so far. */
    private static final class Parts {
        private final AdaptedBase<BaseModel> base;
        private Optional<AdapterSet> adapters = Optional.empty();
        private Optional<SequenceHead> head = Optional.empty();

        Parts(AdaptedBase<BaseModel> base) {
            this.base = base;
        }

        FineTunedModel restore(SavedAdapter saved, AdapterCard card) {
            BaseModel model = base.model();
            saved.requireBase(model.name(), model.fingerprint(), model.encoderFingerprint());
            if (!model.readsImages()) {
                saved.requireLength(model.tokenizer(), model.maxLength());
            }
            if (!saved.layerNames().isEmpty()) {
                adapters = Optional.of(saved.adapters(model.linearLayers(), Backends.standard()));
            }
            if (card.embedding().isPresent()) {
                String name = card.task().name();
                return new TextEmbedder(base, adapters, name, card.embedding().get(), Optional.empty());
            }
            head = saved.head(model.weights());
            if (head.isEmpty()) {
                return new TextGenerator(base, adapters, card.task().name(), card.maxLength(), Optional.empty());
            }
            return scored(new SequenceModel.Parts(
                    base,
                    adapters,
                    head.get(),
                    card.task(),
                    Optional.of(card.task().pairs()),
                    card.maxLength(),
                    Optional.empty(),
                    Optional.empty()));
        }

        void close() {
            head.ifPresent(SequenceHead::close);
            adapters.ifPresent(AdapterSet::close);
            base.close();
        }
    }

    private static SequenceModel scored(SequenceModel.Parts parts) {
        if (parts.base().model().readsImages()) {
            return new ImageClassifier(parts);
        }
        return parts.task().isRegression() ? new TextRegressor(parts) : new TextClassifier(parts);
    }

    /** A Hugging Face folder of a whole model. */
    private static FineTunedModel whole(Path folder, BasePrecision precision) throws IOException {
        if (DualModel.isOne(folder)) {
            return ImageTextEmbedder.of(AdaptedBase.loadDual(folder.toString(), precision));
        }
        AdaptedBase<BaseModel> base = AdaptedBase.load(folder.toString(), precision);
        try {
            if (base.model().head().isEmpty()) {
                Require.argument(
                        base.model().model().isCausal(),
                        "model %s has no trained head and predicts no tokens, expected an adapter's folder, or a model"
                                + " with a classifier or a causal one",
                        base.model().name());
                return TextGenerator.of(base);
            }
            SavedHead saved = base.model().head().get();
            saved.requireOneAnswer();
            Require.argument(
                    !base.model().readsImages() || !saved.labels().isEmpty(),
                    "model %s: its head has one output, expected a classifier of images with a class for each of two or more",
                    base.model().name());
            SequenceHead head = new SequenceHead(base.model().weights(), saved.outputs(), 0);
            try {
                saved.copyTo(head);
                TaskDescription task = saved.labels().isEmpty()
                        ? TaskDescription.regression("regression", false)
                        : TaskDescription.classification("classification", saved.labels(), false);
                return scored(new SequenceModel.Parts(
                        base,
                        Optional.empty(),
                        head,
                        task,
                        Optional.empty(),
                        length(base.model()),
                        Optional.empty(),
                        Optional.empty()));
            } catch (IOException | RuntimeException e) {
                head.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /** Where texts are cut: by the tokenizer's {@code model_max_length}, where merged models have the length of training. */
    private static int length(BaseModel model) throws IOException {
        return model.readsImages()
                ? model.maxLength()
                : model.embeddingSettings().maxLength();
    }

    /** The model itself if it is of a type; closed otherwise. */
    static <M extends FineTunedModel> M require(FineTunedModel model, Class<M> type, Path folder) {
        if (type.isInstance(model)) {
            return type.cast(model);
        }
        String found = model.getClass().getSimpleName();
        model.close();
        throw new IllegalArgumentException(folder + ": holds a " + found + ", expected a " + type.getSimpleName());
    }
}
