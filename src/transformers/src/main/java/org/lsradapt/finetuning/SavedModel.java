package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.SavedHead;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.tasks.AnswerData;
import org.lsradapt.tasks.MultiLabelData;
import org.lsradapt.tasks.TokenData;
import org.lsradapt.transformer.BasePrecision;

final class SavedModel {
    private SavedModel() {}

    static FineTunedModel load(Path folder, Optional<FrozenModel> given, Optional<BasePrecision> precision)
            throws IOException {
        if (!Files.exists(folder) && !Models.names().contains(folder.toString())) {
            throw new NoSuchFileException(
                    folder.toString(),
                    null,
                    "there is no such folder or file, expected one that save, finetune or merge wrote, or the Hugging Face"
                            + " folder or GGUF file of a trained model; nothing is downloaded");
        }
        if (given.isEmpty() && !AdapterFolder.isOne(folder) && !hasAdaptersAlone(folder)) {
            return whole(folder, precision.orElse(BasePrecision.STORED), false);
        }
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            AdapterCard card = saved.card()
                    .orElseThrow(() -> new IllegalArgumentException(folder
                            + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
            BasePrecision kept = precision.orElse(card.basePrecision());
            return card.task().isImageText()
                    ? towers(saved, base(folder, given, DualModel.class, BaseHandle.loadDual(card.baseModel(), kept)))
                    : restore(
                            saved, card, base(folder, given, BaseModel.class, BaseHandle.load(card.baseModel(), kept)));
        }
    }

    /** Loads a saved reranker, or a whole cross-encoder, whose files need not declare it as one. */
    static Reranker reranker(Path folder) throws IOException {
        FineTunedModel model = AdapterFolder.isOne(folder) || hasAdaptersAlone(folder)
                ? FineTunedModel.load(folder)
                : whole(folder, BasePrecision.STORED, true);
        return require(model, Reranker.class, folder);
    }

    /** Whether a folder is not a model but contains folders of adapters, like that of a run. */
    private static boolean hasAdaptersAlone(Path folder) throws IOException {
        return !Files.exists(folder.resolve("config.json"))
                && !AdapterFolder.within(folder).isEmpty();
    }

    private static String towers(Class<?> type) {
        return type == DualModel.class ? "an image and a text tower" : "one tower";
    }

    private static <M extends FrozenModel> BaseHandle<M> base(
            Path folder, Optional<FrozenModel> given, Class<M> type, BaseHandle.Source<M> source) throws IOException {
        if (given.isEmpty()) {
            return source.open();
        }
        Require.argument(
                type.isInstance(given.get()),
                "%s: the adapter is for a model of %s, model %s has %s",
                folder,
                towers(type),
                given.get().name(),
                towers(given.get().getClass()));
        return BaseHandle.of(type.cast(given.get()));
    }

    /** Loads adapters of two towers; without a card, they go onto the layers that fit. */
    static ImageTextEmbedder towers(Path folder, BaseHandle<DualModel> base) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            return towers(saved, base);
        }
    }

    private static ImageTextEmbedder towers(SavedAdapter saved, BaseHandle<DualModel> base) {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            DualModel model = opened.add(base).model();
            Optional<AdapterCard> card = saved.card();
            if (card.isPresent()) {
                saved.requireBase(model.name(), model.fingerprint());
                saved.requireLength(model.tokenizer(), model.maxLength());
            }
            AdapterSet adapters = opened.add(saved.adapters(model.linearLayers(), Backends.standard()));
            return opened.release(new ImageTextEmbedder(
                    base,
                    Optional.of(adapters),
                    card.map(AdapterCard::task).orElse(TaskDescription.imageText("images")),
                    card.map(AdapterCard::maxLength).orElse(model.maxLength()),
                    Optional.empty()));
        }
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
            String name = card.task().name();
            if (card.embedding().isPresent()) {
                return opened.release(
                        new TextEmbedder(base, adapters, name, card.embedding().get(), Optional.empty()));
            }
            if (card.task().isMasked()) {
                return opened.release(
                        new MaskedLanguageModel(base, adapters, name, card.maxLength(), Optional.empty()));
            }
            Optional<SequenceHead> head = saved.head(model.weights());
            if (head.isEmpty()) {
                return opened.release(new TextGenerator(base, adapters, name, card.maxLength(), Optional.empty()));
            }
            opened.add(head.get());
            if (card.task().isTokens()) {
                return opened.release(new TokenClassifier(
                        base, adapters, head.get(), card.task(), card.maxLength(), Optional.empty(), Optional.empty()));
            }
            if (card.task().isSpans()) {
                return opened.release(new AnswerExtractor(
                        base, adapters, head.get(), card.task(), card.maxLength(), Optional.empty(), Optional.empty()));
            }
            return opened.release(scored(new SequenceModel.Parts(
                    base,
                    adapters,
                    head.get(),
                    card.task(),
                    Optional.of(card.task().pairs()),
                    card.maxLength(),
                    Optional.empty(),
                    Optional.empty())));
        }
    }

    private static SequenceModel scored(SequenceModel.Parts parts) {
        if (parts.base().model().readsImages()) {
            return new ImageClassifier(parts);
        }
        if (parts.task().isReranking()) {
            return new Reranker(parts);
        }
        if (parts.task().isMultiLabel()) {
            return new MultiLabelClassifier(parts);
        }
        return parts.task().isRegression() ? new TextRegressor(parts) : new TextClassifier(parts);
    }

    /**
     * Loads a Hugging Face folder of a whole model.
     *
     * @param ranks whether a single output scores how well a passage answers a query, regardless of the files
     */
    private static FineTunedModel whole(Path folder, BasePrecision precision, boolean ranks) throws IOException {
        if (DualModel.isOne(folder)) {
            return ImageTextEmbedder.of(
                    BaseHandle.loadDual(folder.toString(), precision).open());
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseHandle<BaseModel> base =
                    opened.add(BaseHandle.load(folder.toString(), precision).open());
            BaseModel model = base.model();
            if (model.head().isEmpty()) {
                Require.argument(
                        model.model().isCausal(),
                        "model %s has no trained head and predicts no tokens, expected an adapter's folder, or a model"
                                + " with a classifier or a causal one",
                        model.name());
                return opened.release(TextGenerator.of(base));
            }
            SavedHead saved = model.head().get();
            if (saved.isOfTokens()) {
                return opened.release(tokens(base, saved, opened));
            }
            if (saved.isOfSpans()) {
                return opened.release(spans(base, saved, opened));
            }
            saved.requireKnownAnswer();
            if (ranks || saved.isCrossEncoder()) {
                return opened.release(Reranker.of(base));
            }
            Require.argument(
                    !model.readsImages() || !saved.labels().isEmpty(),
                    "model %s: its head has one output, expected a classifier of images with a class for each of two or more",
                    model.name());
            Require.argument(
                    !model.readsImages() || !saved.isMultiLabel(),
                    "model %s: its head gives images several labels, expected a classifier of images with one class each",
                    model.name());
            SequenceHead head = opened.add(new SequenceHead(model.weights(), saved.outputs(), 0));
            saved.copyTo(head);
            TaskDescription task = task(saved);
            return opened.release(scored(new SequenceModel.Parts(
                    base,
                    Optional.empty(),
                    head,
                    task,
                    Optional.empty(),
                    // Merged models have the length of training in their tokenizer's model_max_length.
                    model.readsImages()
                            ? model.maxLength()
                            : model.embeddingSettings().maxLength(),
                    Optional.empty(),
                    Optional.empty())));
        }
    }

    private static TaskDescription task(SavedHead saved) {
        if (saved.labels().isEmpty()) {
            return TaskDescription.regression("regression", false);
        }
        return saved.isMultiLabel()
                ? TaskDescription.multiLabel(MultiLabelData.NAME, saved.labels(), false, saved.thresholds())
                : TaskDescription.classification("classification", saved.labels(), false);
    }

    private static TokenClassifier tokens(BaseHandle<BaseModel> base, SavedHead saved, CloseOnFailure opened)
            throws IOException {
        BaseModel model = base.model();
        SequenceHead head = opened.add(
                new SequenceHead(model.weights(), model.family().tokenHead(model.model()), saved.outputs(), 0));
        saved.copyTo(head);
        return new TokenClassifier(
                base,
                Optional.empty(),
                head,
                TaskDescription.tokens(TokenData.NAME, saved.labels(), saved.words()),
                model.embeddingSettings().maxLength(),
                Optional.empty(),
                Optional.empty());
    }

    private static AnswerExtractor spans(BaseHandle<BaseModel> base, SavedHead saved, CloseOnFailure opened)
            throws IOException {
        BaseModel model = base.model();
        AnswerExtractor.requireEncoder(model);
        SequenceHead head = opened.add(
                new SequenceHead(model.weights(), model.family().answerHead(model.model()), saved.outputs(), 0));
        saved.copyTo(head);
        return new AnswerExtractor(
                base,
                Optional.empty(),
                head,
                TaskDescription.spans(AnswerData.NAME, saved.noAnswerThreshold()),
                model.embeddingSettings().maxLength(),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns the model if it has the type, and closes it otherwise. */
    static <M extends FineTunedModel> M require(FineTunedModel model, Class<M> type, Path folder) {
        if (type.isInstance(model)) {
            return type.cast(model);
        }
        String found = model.getClass().getSimpleName();
        model.close();
        throw new IllegalArgumentException(folder + ": holds a " + found + ", expected a " + type.getSimpleName());
    }
}
