package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.TokenObjective;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.tasks.TokenData;
import org.lsradapt.tasks.WordSpan;
import org.lsradapt.tasks.WordSplitter;
import org.lsradapt.training.TokenEvaluation;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingExample;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.WordWindows;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.WordReading;

/**
 * Labels words, and so finds names and other spans in texts.
 *
 * <pre>{@code
 * try (TokenClassifier tagger = TokenClassifier.on("minilm")
 *         .adapters(LsrConfig.defaults())
 *         .train(TokenData.of(Path.of("train.conll")).read())) {
 *     tagger.save(folder);
 *     for (FoundSpan span : tagger.predict("Ada Lovelace was born in London.")) {
 *         System.out.println(span.label() + ": " + span.text());
 *     }
 * }
 * }</pre>
 *
 * <p>{@link WordSplitter} divides texts into words; {@link #predictTags} takes words that are divided otherwise. Either
 * way, the model reads words as in training, joined by single spaces unless {@link Training#words} says otherwise, and
 * the first token of a word stands for it. Long texts are read in overlapping windows, so that no word is lost; see
 * {@link WordWindows}.
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class TokenClassifier extends HeadedModel {
    private final Optional<EntityScores> evaluated;

    /** Takes ownership of the arguments. */
    TokenClassifier(
            BaseHandle<BaseModel> base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            TaskDescription task,
            int maxLength,
            Optional<TrainingResult> training,
            Optional<EntityScores> evaluated) {
        super(base, adapters, head, task, maxLength, training);
        this.evaluated = evaluated;
    }

    /**
     * Begins the setup of a training.
     *
     * @param model a name or folder as {@link BaseModel#load} takes it; loaded by {@code train}, closed with the
     *     classifier
     */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /**
     * Begins the setup of a training.
     *
     * @param model a base model, which the caller closes after the classifier
     */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier of tokens
     * @throws IllegalArgumentException also if the model is not a classifier of tokens
     */
    public static TokenClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TokenClassifier.class, folder);
    }

    /** The tags in the order of the outputs. */
    public List<String> labels() {
        return task().labels();
    }

    /** The scores of the best parameters on the training's evaluation data; empty if this model was loaded. */
    public Optional<EntityScores> evaluated() {
        return evaluated;
    }

    /**
     * Finds the spans of a text.
     *
     * @return the spans in their order; no two overlap
     * @throws NullPointerException if the text is null
     */
    public List<FoundSpan> predict(String text) {
        return predict(List.of(Objects.requireNonNull(text, "predict: the text is null, expected a text")))
                .get(0);
    }

    /**
     * Finds the spans of texts, computed in batches.
     *
     * @param texts any number; blank texts have no spans
     * @return a list per text, in their order
     * @throws NullPointerException if a text is null
     */
    public List<List<FoundSpan>> predict(List<String> texts) {
        List<List<WordSplitter.Word>> words =
                texts.stream().map(WordSplitter::split).toList();
        List<List<String>> written = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            written.add(words.get(i).stream()
                    .map(word -> text.substring(word.start(), word.end()))
                    .toList());
        }
        List<List<WordWindows.Answer>> answers = answers(written);
        List<List<FoundSpan>> found = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            found.add(spans(texts.get(i), words.get(i), answers.get(i)));
        }
        return found;
    }

    private List<FoundSpan> spans(String text, List<WordSplitter.Word> words, List<WordWindows.Answer> answers) {
        List<FoundSpan> found = new ArrayList<>();
        for (WordSpan span : WordSpan.of(tags(answers))) {
            int start = words.get(span.from()).start();
            int end = words.get(span.to() - 1).end();
            double score = answers.subList(span.from(), span.to()).stream()
                    .mapToDouble(WordWindows.Answer::probability)
                    .average()
                    .orElseThrow();
            found.add(new FoundSpan(span.label(), score, start, end, text.substring(start, end)));
        }
        return found;
    }

    private List<String> tags(List<WordWindows.Answer> answers) {
        return answers.stream().map(answer -> labels().get(answer.index())).toList();
    }

    /**
     * Finds the tags of words that are divided already.
     *
     * @param sentences sentences or longer texts, with any number of words, none of which is blank
     * @return a tag per word of each
     * @throws IllegalArgumentException if a word is blank
     */
    public List<List<String>> predictTags(List<List<String>> sentences) {
        return answers(sentences).stream().map(this::tags).toList();
    }

    private List<List<WordWindows.Answer>> answers(List<List<String>> sentences) {
        return whileOpen(() -> answersWhileOpen(sentences));
    }

    private List<List<WordWindows.Answer>> answersWhileOpen(List<List<String>> sentences) {
        List<WordWindows> windows = new ArrayList<>();
        for (List<String> words : sentences) {
            Require.argument(
                    words.stream().noneMatch(String::isBlank),
                    "predict: text %d of %d has a blank word, expected words",
                    windows.size() + 1,
                    sentences.size());
            windows.add(WordWindows.of(words, task().words(), base().tokenizer(), maxLength()));
        }
        List<TokenSequence> inputs = windows.stream()
                .flatMap(all -> all.windows().stream())
                .map(WordWindows.Window::tokens)
                .toList();
        return TokenEvaluation.answers(windows, List.of(score(inputs)), labels().size());
    }

    /**
     * Compares the model's tags with the right ones.
     *
     * @param sentences sentences with the words' tags, in the form IOB2 as {@link TokenData} returns them; at least one
     *     sentence
     */
    public EntityScores evaluate(List<LabelledWords> sentences) {
        return EntityScores.of(
                sentences.stream().map(LabelledWords::tags).toList(),
                predictTags(sentences.stream().map(LabelledWords::words).toList()));
    }

    /**
     * Configures and runs the training of a classifier of words, by the cross-entropy of the words' classes. For one
     * thread at a time.
     */
    public static final class Training extends FineTuning<Training> {
        private final BaseHandle.Source<BaseModel> source;
        private String name = TokenData.NAME;
        private WordReading words = WordReading.JOINED;
        /** Empty until there is data. */
        private Optional<TokenData> learned = Optional.empty();

        private Training(BaseHandle.Source<BaseModel> source) {
            this.source = source;
        }

        @Override
        Training self() {
            return this;
        }

        /** Sets the name of the task for the saved folder; "tokens" by default. */
        public Training name(String ofTask) {
            name = ofTask;
            return this;
        }

        /**
         * Sets how words become tokens; by default, they are joined by single spaces. The saved model keeps the
         * setting.
         *
         * @param reading {@link WordReading#SEPARATE} for the tokens that transformers makes with {@code is_split_into_words}
         */
        public Training words(WordReading reading) {
            words = reading;
            return this;
        }

        /** Trains the head alone. */
        public Training headOnly() {
            withoutAdapters();
            return this;
        }

        /** Trains on sentences, a tenth of which is held out for evaluation; see {@link #train(TokenData)}. */
        public TokenClassifier train(List<LabelledWords> sentences) throws IOException {
            return train(TokenData.words(sentences).build());
        }

        /** Trains on sentences, with evaluation data; see {@link #train(TokenData)}. */
        public TokenClassifier train(List<LabelledWords> sentences, List<LabelledWords> dev) throws IOException {
            return train(TokenData.words(sentences).dev(dev).build());
        }

        /**
         * Trains, and keeps the parameters with the best F1 of the evaluation data's spans.
         *
         * @param data sentences
         * @return the model of the best evaluation, which the caller closes
         * @throws IllegalArgumentException if a setting does not fit the model or the data
         * @throws org.lsradapt.training.DivergedException if the loss stops being finite
         * @throws IOException if a file of the base model is missing or malformed
         */
        public TokenClassifier train(TokenData data) throws IOException {
            learned = Optional.of(data);
            return onBase(source, (base, opened) -> {
                BaseModel model = base.model();
                requireTexts(model);
                int length = maxLength(model, SEQUENCE_LENGTH);
                SequenceHead head = opened.add(new SequenceHead(
                        model.weights(),
                        model.family().tokenHead(model.model()),
                        data.labels().size(),
                        config().seed()));
                Objective objective = new TokenObjective(head, config().labelSmoothing(), Backends.standard());
                Optional<AdapterSet> adapters = makeAdapters(model, objective, opened);
                TokenEvaluation measured = new TokenEvaluation(
                        data.evaluation(), windows(data.evaluation(), model, length), data.labels(), passes());
                TrainingResult result = train(model, adapters, objective, examples(data, model, length), measured);
                EntityScores scores = measured.best().orElseGet(() -> scores(model, adapters, objective, measured));
                return new TokenClassifier(
                        base,
                        adapters,
                        head,
                        TaskDescription.tokens(name, data.labels(), words),
                        length,
                        Optional.of(result),
                        Optional.of(scores));
            });
        }

        private List<WordWindows> windows(List<LabelledWords> sentences, BaseModel model, int length) {
            return sentences.stream()
                    .map(sentence -> WordWindows.of(sentence.words(), words, model.tokenizer(), length))
                    .toList();
        }

        private List<TrainingExample> examples(TokenData data, BaseModel model, int length) {
            List<TrainingExample> examples = new ArrayList<>();
            List<WordWindows> windows = windows(data.train(), model, length);
            for (int i = 0; i < windows.size(); i++) {
                int[] classes = data.train().get(i).tags().stream()
                        .mapToInt(data.labels()::indexOf)
                        .toArray();
                windows.get(i).labelled(classes).forEach(window -> examples.add(TrainingExample.of(window)));
            }
            Require.argument(!examples.isEmpty(), "training: no word has a token, expected some that do");
            return examples;
        }

        private static EntityScores scores(
                BaseModel base, Optional<AdapterSet> adapters, Objective objective, TokenEvaluation measured) {
            try (AdaptedModel best = new AdaptedModel(base.weights(), adapters, objective, Backends.standard())) {
                return measured.scores(best);
            }
        }

        @Override
        TrainingDefaults defaults() {
            return TrainingDefaults.HEAD;
        }

        @Override
        TrainingConfig forData(TrainingConfig usual) {
            return learned.map(data -> usual.toBuilder()
                            .epochs(SequenceTraining.epochs(data.train().size(), usual.batchSize()))
                            .build())
                    .orElse(usual);
        }

        @Override
        String defaultEpochs() {
            return SequenceTraining.defaultEpochs(learned.orElseThrow().train().size());
        }

        @Override
        String describe(int items) {
            TokenData data = learned.orElseThrow();
            return data.train().size() + " sentences"
                    + (items == data.train().size() ? "" : " in " + items + " windows") + " with "
                    + data.labels().size() + " tags, evaluated on "
                    + data.evaluation().size();
        }
    }
}
