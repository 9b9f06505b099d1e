package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.lsradapt.data.WordSplitter;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.weights.BasePrecision;

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

    TokenClassifier(ModelParts parts, Optional<EntityScores> evaluated) {
        super(parts);
        this.evaluated = evaluated;
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the classifier. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the classifier. */
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

    @Override
    public Predictor predictor(Predictor.Request request) {
        return new TokenPredictor(request, this);
    }

    @Override
    public TokensDescription task() {
        return (TokensDescription) super.task();
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

    /** Returns for each word of each sentence the probability of each label. */
    double[][][] probabilities(List<List<String>> sentences) {
        return read(sentences, (sentence, outputs) -> sentence.probabilities(outputs, labels().size()))
                .toArray(double[][][]::new);
    }

    private List<List<WordWindows.Answer>> answers(List<List<String>> sentences) {
        return read(sentences, (sentence, outputs) -> sentence.answers(outputs, labels().size()));
    }

    private <R> List<R> read(List<List<String>> sentences, BiFunction<WordWindows, List<double[]>, R> reading) {
        return whileOpen(() -> readWhileOpen(sentences, reading));
    }

    private <R> List<R> readWhileOpen(
            List<List<String>> sentences, BiFunction<WordWindows, List<double[]>, R> reading) {
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
        return TokenEvaluation.each(windows, List.of(score(inputs)), reading);
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
    public static final class Training extends FineTuning<Training, BaseModel> {
        private WordReading words = WordReading.JOINED;

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Sets and saves how words become tokens: joined by spaces by default, or {@link WordReading#SEPARATE} as in transformers. */
        public Training words(WordReading reading) {
            words = reading;
            return this;
        }

        /** Trains on sentences, a tenth of which is held out for evaluation; see {@link #train(TokenData)}. */
        public TokenClassifier train(List<LabelledWords> sentences) throws IOException {
            return train(TokenData.of(sentences).read());
        }

        /** Trains on sentences, with evaluation data; see {@link #train(TokenData)}. */
        public TokenClassifier train(List<LabelledWords> sentences, List<LabelledWords> dev) throws IOException {
            return train(TokenData.of(sentences).dev(dev).read());
        }

        /** Trains, and keeps the parameters with the best F1 of the evaluation data's spans. */
        public TokenClassifier train(TokenData data) throws IOException {
            return train(new Sentences(nameOr(TokenData.NAME), data, words));
        }
    }

    private record Sentences(String name, TokenData data, WordReading words)
            implements Lesson<BaseModel, TokenClassifier> {

        @Override
        public OptionalInt labelled() {
            return OptionalInt.of(data.train().size());
        }

        @Override
        public String describe(int items, BaseModel base) {
            return data.train().size() + " sentences"
                    + (items == data.train().size() ? "" : " in " + items + " windows") + " with "
                    + data.labels().size() + " tags, evaluated on "
                    + data.evaluation().size();
        }

        @Override
        public void requireFit(BaseModel base) {
            requireTexts(base);
        }

        @Override
        public Parts<BaseModel, TokenClassifier> on(BaseModel base, Setting setting) {
            SequenceHead head = setting.opened()
                    .add(new SequenceHead(
                            base.weights(),
                            base.family().tokenHead(base.model()),
                            data.labels().size(),
                            setting.config().seed()));
            TokenEvaluation measured = new TokenEvaluation(
                    data.evaluation(),
                    windows(data.evaluation(), base, setting.maxLength()),
                    data.labels(),
                    setting.passes());
            return new Parts<>(
                    new TokenObjective(head, setting.config().labelSmoothing(), Backends.standard()),
                    () -> examples(base, setting.maxLength()),
                    measured,
                    trained -> new TokenClassifier(
                            trained.parts(new TokensDescription(name, data.labels(), words), setting.maxLength())
                                    .with(head),
                            Optional.of(trained.best(measured))));
        }

        private List<WordWindows> windows(List<LabelledWords> sentences, BaseModel base, int length) {
            return sentences.stream()
                    .map(sentence -> WordWindows.of(sentence.words(), words, base.tokenizer(), length))
                    .toList();
        }

        private List<TrainingExample> examples(BaseModel base, int length) {
            List<TrainingExample> examples = new ArrayList<>();
            List<WordWindows> windows = windows(data.train(), base, length);
            for (int i = 0; i < windows.size(); i++) {
                int[] classes = data.train().get(i).tags().stream()
                        .mapToInt(data.labels()::indexOf)
                        .toArray();
                windows.get(i).labelled(classes).forEach(window -> examples.add(TrainingExample.of(window)));
            }
            Require.argument(!examples.isEmpty(), "training: no word has a token, expected some that do");
            return examples;
        }
    }
}
