package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.ParameterSnapshot;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Threads;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.GenerationSettings;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.language.GenerationLimits;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.objectives.language.PreferenceLoss;
import org.lsradapt.objectives.language.PreferenceObjective;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.serving.PassCaller;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Continues texts with a causal language model, such as LLaMA.
 *
 * <pre>{@code
 * try (TextGenerator generator = TextGenerator.on("models/SmolLM2-135M").train(data)) {
 *     generator.save(folder);
 *     System.out.println(generator.generate("Once upon a time"));
 * }
 * }</pre>
 *
 * <p>A text ends at an end token of the model's files ({@link BaseModel#generationSettings}) or, with adapters or if
 * the files name none, at the tokenizer's. The files' repetition penalty applies unless the {@link Sampling} has one.
 *
 * <p>Generation is safe for use by many threads. The texts of all generators on one base model share each pass over its
 * weights, and each text is what it is alone; see {@link TokenGenerator}.
 */
public final class TextGenerator extends FineTunedModel {
    private static final String NAME = "text";

    private final BaseModel model;
    private final ParameterSnapshot<Optional<DenseUpdates>> updates;

    /** Takes ownership of the arguments. */
    TextGenerator(ModelParts parts) {
        super(parts);
        model = parts.base(BaseModel.class);
        Optional<AdapterSet> adapters = parts.adapters();
        updates = new ParameterSnapshot<>(
                this::isLent,
                adapters.stream().map(AdapterSet::values).toList(),
                () -> adapters.map(DenseUpdates::of),
                copy -> copy.ifPresent(DenseUpdates::close));
    }

    /** Begins a training on a causal model that {@link BaseModel#load} finds, opened by {@code train}, closed with the generator. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a causal model, which the caller closes after the generator. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Wraps the base model as it is, without adapters.
     *
     * @param model a causal base model, which the caller closes after the generator
     * @throws IllegalArgumentException if the model predicts no tokens
     */
    public static TextGenerator of(BaseModel model) {
        return of(BaseHandle.of(model));
    }

    static TextGenerator of(BaseHandle<BaseModel> base) {
        requireCausal(base.model());
        int length = Math.min(FineTuning.TEXT_LENGTH, base.model().maxLength());
        return new TextGenerator(ModelParts.of(base, new TextDescription(NAME), length));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder of a causal model
     * @throws IllegalArgumentException also if the model is not a generator
     */
    public static TextGenerator load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextGenerator.class, folder);
    }

    static void requireCausal(BaseModel model) {
        Require.argument(
                model.model().isCausal() && model.weights().vocabularyWeight().isPresent(),
                "model %s predicts no tokens, expected a causal language model such as LLaMA",
                model.name());
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        throw request.refused("continues texts", "see generate");
    }

    @Override
    public BaseModel base() {
        return model;
    }

    /** Continues a text with {@link Generation#defaults()}. */
    public String generate(String prompt) {
        return generate(prompt, Generation.defaults());
    }

    /**
     * Continues a text.
     *
     * @param prompt the text so far
     * @return the continuation, without the prompt
     * @throws IllegalArgumentException if the prompt has no tokens or fills the model's positions
     */
    public String generate(String prompt, Generation generation) {
        return generate(prompt, generation, piece -> {});
    }

    /**
     * Continues a text, and passes it on as it grows.
     *
     * @param prompt the text so far
     * @param pieces receives each piece, in this thread; together they are the text
     * @return the continuation, without the prompt
     * @throws IllegalArgumentException if the prompt has no tokens or fills the model's positions
     */
    public String generate(String prompt, Generation generation, Consumer<String> pieces) {
        return complete(prompt, generation, pieces).text();
    }

    /**
     * Continues a text like {@link #generate(String, Generation, Consumer)}, and says how the text ended.
     *
     * @return the continuation, with its length
     * @throws IllegalArgumentException if the prompt has no tokens or fills the model's positions
     */
    public GeneratedText complete(String prompt, Generation generation, Consumer<String> pieces) {
        return whileOpen(() -> generate(TextSequences.prompt(prompt, base().tokenizer()), generation, pieces));
    }

    /** Answers with {@link Generation#defaults()}. */
    public String answer(List<ChatMessage> messages) {
        return answer(messages, Generation.defaults(), piece -> {});
    }

    /**
     * Answers in a conversation, which the model's chat template turns into a text.
     *
     * @param messages the messages so far, the user's question last
     * @param pieces receives each piece, in this thread; together they are the answer
     * @return the assistant's answer
     * @throws IllegalArgumentException as {@link #respond} does
     */
    public String answer(List<ChatMessage> messages, Generation generation, Consumer<String> pieces) {
        return respond(messages, generation, pieces).text();
    }

    /**
     * Answers like {@link #answer(List, Generation, Consumer)}, and says how the answer ended.
     *
     * @param messages the messages so far, the user's question last
     * @param pieces receives each piece, in this thread; an exception that it throws ends the generation and is thrown
     *     to the caller
     * @return the assistant's answer, with its length
     * @throws IllegalArgumentException if the model has no chat template or it refuses the messages, or they fill the
     *     model's positions
     */
    public GeneratedText respond(List<ChatMessage> messages, Generation generation, Consumer<String> pieces) {
        return whileOpen(
                () -> generate(base().tokenizer().ids(ChatTurns.prompt(base(), messages)), generation, pieces));
    }

    /**
     * Continues several texts together, which takes less time than one after the other; each is what it is alone.
     *
     * @return the continuations, in order
     * @throws IllegalArgumentException if a prompt has no tokens or fills the model's positions
     */
    public List<GeneratedText> completeAll(List<String> prompts, Generation generation) {
        return together(prompts, prompt -> complete(prompt, generation, piece -> {}));
    }

    /**
     * Answers in several conversations together, like {@link #completeAll}.
     *
     * @return the answers, in order
     * @throws IllegalArgumentException as {@link #respond}
     */
    public List<GeneratedText> respondAll(List<List<ChatMessage>> conversations, Generation generation) {
        return together(conversations, messages -> respond(messages, generation, piece -> {}));
    }

    private static <T> List<GeneratedText> together(List<T> all, Function<T, GeneratedText> generate) {
        PassCaller caller = PassCaller.current();
        int most = GenerationLimits.standard().texts();
        return Threads.map(all, most, one -> caller.call(() -> generate.apply(one)), caller::cancel);
    }

    private GeneratedText generate(int[] tokens, Generation generation, Consumer<String> pieces) {
        StreamedText text = new StreamedText(base().tokenizer(), tokens, generation.stops(), pieces);
        GenerationSettings settings = base().generationSettings();
        settings.warnOfUnread();
        Sampling sampling = generation.sampling().repetitionPenalty().isPresent()
                ? generation.sampling()
                : generation.sampling().withRepetitionPenalty(settings.repetitionPenalty());
        Set<Integer> ends = ends(settings);
        return updates.use(copy -> {
            TokenGenerator generator = TokenGenerator.shared(base().weights(), Backends.standard(), passes());
            Optional<DenseUpdates> added = isMerged() ? Optional.empty() : copy;
            TokenRequest request = new TokenRequest(tokens, added, sampling, generation.maxTokens(), ends);
            int count = generator.generate(request, text::add, PassCaller.current()::isCancelled).length;
            int most = Math.min(generation.maxTokens(), base().model().maxTokens() - tokens.length);
            return new GeneratedText(text.finish(), tokens.length, count, text.isStopped() || count < most);
        });
    }

    /**
     * The files' end tokens. The tokenizer's is added if the files name none, or with adapters, whose training texts
     * end with it.
     */
    private Set<Integer> ends(GenerationSettings settings) {
        Set<Integer> ends = new HashSet<>(settings.endTokens());
        if (ends.isEmpty() || ownAdapters().isPresent()) {
            base().tokenizer().endToken().ifPresent(ends::add);
        }
        return ends;
    }

    /**
     * Measures the perplexity: exp of the mean −log p over the predicted tokens of texts.
     *
     * @param texts at least one; of prompts and conversations, only the completion or the assistant's answers are
     *     predicted
     * @return the perplexity, 1 or more
     */
    public double perplexity(List<? extends TrainingText> texts) {
        return perplexity(texts, maxLength());
    }

    /**
     * Measures the perplexity like {@link #perplexity(List)}, with windows of another length.
     *
     * @param texts at least one; of prompts and conversations, only the completion or the assistant's answers are
     *     predicted
     * @param length longest window in tokens
     * @return the perplexity, 1 or more
     * @throws NonFiniteOutputException if the perplexity is NaN or infinite
     */
    public double perplexity(List<? extends TrainingText> texts, int length) {
        return measure(texts, length).metrics().values().iterator().next();
    }

    /** Measures the perplexity like {@link #perplexity(List, int)}, with values by text. */
    Measurement measure(List<? extends TrainingText> texts, int length) {
        return whileOpen(() -> measure(Evaluation.nextTokenByText(ChatTurns.encodeEach(texts, base(), length))));
    }

    /**
     * The model's inputs for texts and conversations.
     *
     * @param texts such as {@link LanguageModelData#train()}
     * @param length longest sequence in tokens
     * @return the sequences; all but their given tokens are predicted
     * @throws IllegalArgumentException if there are conversations, and the model has no chat template or it refuses one
     */
    public List<TokenSequence> sequences(List<? extends TrainingText> texts, int length) {
        return whileOpen(() -> ChatTurns.encode(texts, base(), length));
    }

    /**
     * Measures how often and by how much a loss's rewards agree with preferences: {@code accuracy}, the share of the
     * pairs whose chosen answer has the higher reward, {@code margin}, the mean difference of the two,
     * {@code perplexity} of the chosen answers, and {@code eval_loss}. DPO compares with the base model without
     * adapters.
     *
     * @param pairs at least one
     * @param loss defines the rewards
     * @throws IllegalArgumentException if a prompt leaves no room for its answers; or there are conversations, and the model has no chat
     *     template or it refuses one
     * @throws IllegalStateException if the loss compares with the base model, whose weights have been merged with the adapters
     */
    public Map<String, Double> evaluate(List<Preference> pairs, PreferenceLoss loss) {
        return measure(pairs, loss).metrics();
    }

    /** Measures like {@link #evaluate}, with values by pair. */
    Measurement measure(List<Preference> pairs, PreferenceLoss loss) {
        return whileOpen(() -> measure(PreferencePairs.encode(pairs, base(), maxLength()), loss));
    }

    /**
     * The model's inputs for preferences.
     *
     * @param pairs such as {@link PreferenceData#train()}
     * @param length longest sequence in tokens, to which answers are cut
     * @return for each pair the prompt with the chosen answer, then with the rejected one
     * @throws IllegalArgumentException as {@link #evaluate} says
     */
    public List<TokenSequence> answers(List<Preference> pairs, int length) {
        return whileOpen(() -> PreferencePairs.encode(pairs, base(), length).sequences());
    }

    private synchronized Measurement measure(PreferencePairs pairs, PreferenceLoss loss) {
        if (loss.hasReference() && isMerged()) {
            throw new IllegalStateException("evaluate: the adapters are merged into the base model, which the loss "
                    + loss + " compares with, expected them as well");
        }
        return pairs.measure(base(), ownAdapters(), loss);
    }

    private synchronized Measurement measure(Evaluation evaluation) {
        NextTokenObjective objective = new NextTokenObjective(base().weights(), Backends.standard());
        try (AdaptedModel model = new AdaptedModel(base().weights(), ownAdapters(), objective, Backends.standard())) {
            return evaluation.bestByRow(model).orElseThrow();
        } catch (DivergedException e) {
            throw NonFiniteOutputException.of(evaluation.primaryMetric(), e);
        }
    }

    @Override
    protected void saveParameters(Path folder, Precision storage) throws IOException {
        AdapterFolder.save(folder, card(), adaptersToSave("generator"), storage);
    }

    @Override
    protected void free() {
        updates.close();
    }

    /**
     * Configures and runs the training of a generator, by next-token prediction or on preferences. For one thread at a
     * time.
     */
    public static final class Training extends FineTuning<Training, BaseModel> {
        private PreferenceLoss preferenceLoss = PreferenceLoss.dpo(PreferenceLoss.DPO_BETA);

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /**
         * Trains on texts, and on the assistant's answers in conversations. Texts that are longer than the maximal
         * length are cut into windows; attention does not cross texts.
         *
         * @return the generator of the best perplexity, which the caller closes
         * @throws IllegalArgumentException if the model predicts no tokens, or a setting does not fit it
         */
        public TextGenerator train(LanguageModelData data) throws IOException {
            return train(new Texts(nameOr(NAME), data));
        }

        /**
         * Sets the loss of training on preferences; {@link PreferenceLoss#dpo} with {@value PreferenceLoss#DPO_BETA} by
         * default.
         */
        public Training preferenceLoss(PreferenceLoss minimized) {
            preferenceLoss = minimized;
            return this;
        }

        /**
         * Trains on preferences. Each answer is read with its prompt; a sequence that is longer than the maximal length
         * is cut at its end. The base model's log-probabilities, where the loss compares with them, are computed once,
         * before training.
         *
         * @return the generator of the best {@code accuracy}, as {@link TextGenerator#evaluate} measures it, which the
         *     caller closes
         * @throws IllegalArgumentException if the model predicts no tokens, a prompt leaves no room for an answer, or a
         *     setting does not fit the model
         */
        public TextGenerator train(PreferenceData data) throws IOException {
            return train(new Preferences(nameOr(NAME), data, preferenceLoss));
        }
    }

    private record Texts(String name, LanguageModelData data) implements Lesson<BaseModel, TextGenerator> {

        @Override
        public TrainingDefaults defaults() {
            return TrainingDefaults.TEXT;
        }

        @Override
        public String describe(int items, BaseModel base) {
            return items + " sequences of tokens";
        }

        @Override
        public void requireFit(BaseModel base) {
            requireCausal(base);
        }

        @Override
        public int usualLength(BaseModel base) {
            return FineTuning.TEXT_LENGTH;
        }

        @Override
        public Parts<BaseModel, TextGenerator> on(BaseModel base, Setting setting) {
            int length = setting.maxLength();
            return new Parts<>(
                    new NextTokenObjective(base.weights(), setting.config().labelSmoothing(), Backends.standard()),
                    () -> ChatTurns.encode(data.train(), base, length).stream()
                            .map(TrainingExample::of)
                            .toList(),
                    Evaluation.nextToken(ChatTurns.encode(data.evaluation(), base, length)),
                    trained -> new TextGenerator(trained.parts(new TextDescription(name), length)));
        }
    }

    private record Preferences(String name, PreferenceData data, PreferenceLoss loss)
            implements Lesson<BaseModel, TextGenerator> {

        @Override
        public TrainingDefaults defaults() {
            return TrainingDefaults.of(loss);
        }

        @Override
        public String describe(int items, BaseModel base) {
            return items + " pairs of answers, loss " + loss;
        }

        @Override
        public void requireFit(BaseModel base) {
            requireCausal(base);
        }

        @Override
        public int usualLength(BaseModel base) {
            return FineTuning.TEXT_LENGTH;
        }

        @Override
        public Parts<BaseModel, TextGenerator> on(BaseModel base, Setting setting) {
            TrainingConfig config = setting.config();
            Require.argument(
                    config.chunkSize() == 0,
                    "chunk size %d: the loss is of two answers together, expected smaller batches that are accumulated",
                    config.chunkSize());
            int length = setting.maxLength();
            PreferenceLoss minimized = loss.smoothed(config.labelSmoothing());
            PreferencePairs pairs = PreferencePairs.encode(data.train(), base, length);
            PreferencePairs measured = PreferencePairs.encode(data.evaluation(), base, length);
            return new Parts<>(
                    new PreferenceObjective(base.weights(), minimized, Backends.standard()),
                    () -> pairs.examples(base, minimized),
                    measured.evaluation(base, minimized),
                    trained -> new TextGenerator(trained.parts(new TextDescription(name), length)));
        }
    }
}
