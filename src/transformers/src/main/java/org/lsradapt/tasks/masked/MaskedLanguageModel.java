package org.lsradapt.tasks.masked;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.language.MaskedTokenHead;
import org.lsradapt.objectives.language.MaskedTokenObjective;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.tasks.description.MaskedDescription;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.generation.TrainingText;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.MaskedText;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Predicts words that are hidden in texts, with the base model's own head. So an encoder learns a domain's language
 * from texts without labels. Any other training can start from the adapters; see {@link FineTuning#from}.
 *
 * <pre>{@code
 * try (MaskedLanguageModel model = MaskedLanguageModel.on("bert-base").train(texts)) {
 *     model.save(folder);
 * }
 * TextClassifier classifier = TextClassifier.on("bert-base").from(folder).train(examples);
 * }</pre>
 *
 * <p>Whole words are hidden; see {@link MaskedText}. Texts are divided; see {@link MaskedTexts}. For one thread at a
 * time.
 */
public final class MaskedLanguageModel extends FineTunedModel {
    /** The share of tokens that are hidden by default. */
    public static final double RATE = 0.15;

    private final BaseModel model;
    private final MaskedTokenHead head;

    /** Takes ownership of the arguments. */
    MaskedLanguageModel(ModelParts parts) {
        super(parts);
        model = parts.base(BaseModel.class);
        head = model.maskedHead().on(model.weights());
    }

    /** Begins a training on an encoder that {@link BaseModel#load} finds, opened by {@code train}, closed with the result. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on an encoder, which the caller closes after the result. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Wraps the base model as it is, without adapters.
     *
     * @param model an encoder, which the caller closes after the result
     * @throws IllegalArgumentException if its files have no head of a masked language model; the message names the missing tensors
     */
    public static MaskedLanguageModel of(BaseModel model) {
        int length = Math.min(FineTuning.SEQUENCE_LENGTH, model.maxLength());
        return new MaskedLanguageModel(ModelParts.of(BaseHandle.of(model), new MaskedDescription("masked"), length));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote
     * @throws IllegalArgumentException also if the model is of another kind
     */
    public static MaskedLanguageModel load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), MaskedLanguageModel.class, folder);
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        throw request.refused("predicts hidden words", "finetune --from " + request.model() + " trains one");
    }

    @Override
    public BaseModel base() {
        return model;
    }

    /**
     * Measures like {@link #evaluate(List, int, double)}, with the length of the training and {@value #RATE} of the
     * tokens hidden.
     */
    public Map<String, Double> evaluate(List<String> texts) {
        return evaluate(texts, maxLength(), RATE);
    }

    /**
     * Measures how well the model predicts hidden words. The hidden words depend only on the texts, the length and the
     * rate, so models with the same tokenizer can be compared.
     *
     * @param texts at least one that has a word
     * @param length longest window in tokens
     * @param rate the share of tokens that are hidden
     * @return {@value MaskedTexts#PERPLEXITY} and {@value MaskedTexts#ACCURACY}
     * @throws NonFiniteOutputException if the perplexity is NaN or infinite
     */
    public Map<String, Double> evaluate(List<String> texts, int length, double rate) {
        return measure(texts, length, rate).metrics();
    }

    /** Measures like {@link #evaluate(List, int, double)}, with values by text. */
    synchronized Measurement measure(List<String> texts, int length, double rate) {
        return whileOpen(() -> {
            Evaluation evaluation = MaskedTexts.evaluation(
                    MaskedTexts.encodeMeasured(texts, model.tokenizer(), masks(model, rate), length));
            MaskedTokenObjective objective = new MaskedTokenObjective(head, 0, Backends.standard());
            Optional<AdapterSet> added = isMerged() ? Optional.empty() : ownAdapters();
            try (AdaptedModel adapted = new AdaptedModel(model.weights(), added, objective, Backends.standard())) {
                return evaluation.bestByRow(adapted).orElseThrow();
            } catch (DivergedException e) {
                throw NonFiniteOutputException.of(evaluation.primaryMetric(), e);
            }
        });
    }

    private static MaskedText.Masks masks(BaseModel model, double rate) {
        return new MaskedText.Masks(model.maskToken(), model.model().vocabulary(), rate);
    }

    /** Returns the plain texts of data without conversations. */
    public static List<String> plain(List<? extends TrainingText> texts) {
        Require.argument(
                texts.stream().allMatch(PromptCompletion.class::isInstance),
                "masked language model: found conversations, expected plain texts");
        return texts.stream()
                .map(PromptCompletion.class::cast)
                .map(text -> text.prompt() + text.completion())
                .toList();
    }

    @Override
    protected void saveParameters(Path folder, Precision storage) throws IOException {
        AdapterFolder.save(folder, card(), adaptersToSave("masked language model"), storage);
    }

    /** Configures and runs the training of adapters by hidden words. For one thread at a time. */
    public static final class Training extends FineTuning<Training, BaseModel> {
        private double rate = RATE;

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Sets the share of tokens that are hidden, above 0 and below 1; {@value MaskedLanguageModel#RATE} by default. */
        public Training rate(double share) {
            Require.argument(share > 0 && share < 1, "mask rate is %s, expected above 0 and below 1", share);
            rate = share;
            return this;
        }

        /** Trains on texts, a tenth of which is held out for evaluation; see {@link #train(LanguageModelData)}. */
        public MaskedLanguageModel train(List<String> texts) throws IOException {
            return train(LanguageModelData.of(
                            texts.stream().map(PromptCompletion::text).toList())
                    .read());
        }

        /**
         * Trains, and keeps the parameters with the best perplexity of the evaluation data's hidden words.
         *
         * @param data plain texts
         * @throws IllegalArgumentException if the model's files have no head of a masked language model (the message
         *     names the missing tensors), or a setting does not fit the model or the data
         * @throws DivergedException if the loss stops being finite
         */
        public MaskedLanguageModel train(LanguageModelData data) throws IOException {
            return train(new Texts(nameOr("masked"), data, rate));
        }
    }

    private record Texts(String name, LanguageModelData data, double rate)
            implements Lesson<BaseModel, MaskedLanguageModel> {

        @Override
        public TrainingDefaults defaults() {
            return TrainingDefaults.MASKED;
        }

        @Override
        public String describe(int items, BaseModel base) {
            return items + " sequences of tokens, some of which are hidden";
        }

        @Override
        public Parts<BaseModel, MaskedLanguageModel> on(BaseModel base, Setting setting) {
            int length = setting.maxLength();
            TrainingConfig config = setting.config();
            MaskedTokenObjective objective = new MaskedTokenObjective(
                    base.maskedHead().on(base.weights()), config.labelSmoothing(), Backends.standard());
            MaskedText.Masks masks = masks(base, rate);
            List<MaskedText> texts =
                    MaskedTexts.encode(plain(data.train()), base.tokenizer(), masks, length, config.seed());
            Require.argument(!texts.isEmpty(), "masked language model: no text to train on has a word");
            return new Parts<>(
                    objective,
                    () -> texts.stream().map(TrainingExample::of).toList(),
                    MaskedTexts.evaluation(
                            MaskedTexts.encodeMeasured(plain(data.evaluation()), base.tokenizer(), masks, length)),
                    trained -> new MaskedLanguageModel(trained.parts(new MaskedDescription(name), length)));
        }
    }
}
