package org.lsradapt.tasks.answers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
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
import org.lsradapt.objectives.heads.SpanObjective;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers questions with words of a passage (extractive question answering).
 *
 * <pre>{@code
 * try (AnswerExtractor extractor = AnswerExtractor.on("minilm")
 *         .adapters(LsrConfig.defaults())
 *         .train(AnswerData.of(Path.of("train-v2.0.json")).read())) {
 *     extractor.save(folder);
 *     extractor.answer("Who wrote the program?", passage).ifPresent(answer -> System.out.println(answer.text()));
 * }
 * }</pre>
 *
 * <p>Long passages are read in overlapping windows, each with the whole question; see {@link AnswerWindows}. An answer
 * has at most {@link AnswerWindows#LONGEST} tokens. If the training data has questions without an answer, a passage has
 * none when the score of no answer exceeds the score of the best answer by more than the
 * {@linkplain #noAnswerThreshold threshold}.
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class AnswerExtractor extends HeadedModel {
    /** The default longest window in tokens, limited by the model's positions. */
    public static final int WINDOW_LENGTH = 384;

    private static final Logger LOG = LoggerFactory.getLogger(AnswerExtractor.class);

    private final Optional<AnswerScores> evaluated;

    /** A question about a passage. */
    public record Question(String question, String passage) {}

    AnswerExtractor(ModelParts parts, Optional<AnswerScores> evaluated) {
        super(parts);
        requireEncoder(base());
        this.evaluated = evaluated;
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the extractor. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the extractor. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder of a model for question answering
     * @throws IllegalArgumentException also if the model does not answer questions
     */
    public static AnswerExtractor load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), AnswerExtractor.class, folder);
    }

    /**
     * The margin by which the score of no answer has to exceed that of the best one; empty if there always is an
     * answer. The threshold has the best F1 on the training's evaluation data.
     */
    public OptionalDouble noAnswerThreshold() {
        return task().noAnswerThreshold();
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        return new AnswerPredictor(request, this);
    }

    @Override
    public SpansDescription task() {
        return (SpansDescription) super.task();
    }

    /** The scores of the best parameters on the training's evaluation data; empty if this model was loaded. */
    public Optional<AnswerScores> evaluated() {
        return evaluated;
    }

    /**
     * The best answer.
     *
     * @param question a question, not blank
     * @param passage the text to search for the answer, not blank
     * @return empty if the passage has no answer
     * @throws IllegalArgumentException if a text is blank, or the question leaves no room for the passage
     */
    public Optional<FoundAnswer> answer(String question, String passage) {
        return answers(List.of(new Question(question, passage))).get(0);
    }

    /**
     * The best answers, computed in batches.
     *
     * @param questions any number
     * @return an answer per question, in their order; empty if the passage has no answer
     * @throws IllegalArgumentException as for {@link #answer}
     */
    public List<Optional<FoundAnswer>> answers(List<Question> questions) {
        double threshold = noAnswerThreshold().orElse(Double.POSITIVE_INFINITY);
        List<AnswerWindows.Spans> said = spans(questions);
        List<Optional<FoundAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            String passage = questions.get(i).passage();
            answers.add(said.get(i).best(threshold).map(span -> found(span, passage)));
        }
        return answers;
    }

    /**
     * The best places for an answer, regardless of the threshold.
     *
     * @param question a question, not blank
     * @param passage the text to search for the answer, not blank
     * @param most the maximal number of places, at least 1; there are at most 20
     * @return the places, best first; they may overlap
     */
    public List<FoundAnswer> candidates(String question, String passage, int most) {
        Require.argument(most >= 1, "candidates: %d, expected at least 1", most);
        return spans(List.of(new Question(question, passage))).get(0).spans().stream()
                .limit(most)
                .map(span -> found(span, passage))
                .toList();
    }

    private static FoundAnswer found(AnswerWindows.Span span, String passage) {
        return new FoundAnswer(
                passage.substring(span.start(), span.end()), span.probability(), span.start(), span.end());
    }

    private List<AnswerWindows.Spans> spans(List<Question> questions) {
        return whileOpen(() -> spansWhileOpen(questions));
    }

    private List<AnswerWindows.Spans> spansWhileOpen(List<Question> questions) {
        List<AnswerWindows> windows = new ArrayList<>();
        for (Question one : questions) {
            Require.argument(
                    !one.question().isBlank() && !one.passage().isBlank(),
                    "answer: the %s of question %d of %d is blank, expected a text",
                    one.question().isBlank() ? "text" : "passage",
                    windows.size() + 1,
                    questions.size());
            windows.add(AnswerWindows.of(one.question(), one.passage(), base().tokenizer(), maxLength()));
        }
        List<TokenSequence> inputs = windows.stream()
                .flatMap(all -> all.windows().stream())
                .map(AnswerWindows.Window::tokens)
                .toList();
        return AnswerEvaluation.spans(windows, List.of(score(inputs)));
    }

    /** Compares the model's answers with the right ones, of at least one question. */
    public AnswerScores evaluate(List<AnsweredQuestion> questions) {
        List<Question> asked = questions.stream()
                .map(one -> new Question(one.question(), one.passage()))
                .toList();
        return AnswerScores.of(
                questions,
                answers(asked).stream()
                        .map(answer -> answer.map(FoundAnswer::text).orElse(""))
                        .toList());
    }

    /**
     * Configures and runs the training of an extractor, by the cross-entropies of the answers' starts and ends. For one
     * thread at a time.
     */
    public static final class Training extends FineTuning<Training, BaseModel> {

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Trains on questions, a tenth of which is held out for evaluation; see {@link #train(AnswerData)}. */
        public AnswerExtractor train(List<AnsweredQuestion> questions) throws IOException {
            return train(AnswerData.of(questions).read());
        }

        /**
         * Trains, and keeps the parameters with the best F1 of the answers on the evaluation data. If the training data
         * has questions without an answer, the threshold is chosen on the evaluation data, too.
         */
        public AnswerExtractor train(AnswerData data) throws IOException {
            return train(new Questions(nameOr(AnswerData.NAME), data));
        }
    }

    private record Questions(String name, AnswerData data) implements Lesson<BaseModel, AnswerExtractor> {

        @Override
        public OptionalInt labelled() {
            return OptionalInt.of(data.train().size());
        }

        @Override
        public String describe(int items, BaseModel base) {
            return data.train().size() + " questions"
                    + (items == data.train().size() ? "" : " in " + items + " windows") + ", evaluated on "
                    + data.evaluation().size();
        }

        @Override
        public void requireFit(BaseModel base) {
            requireEncoder(base);
        }

        @Override
        public int usualLength(BaseModel base) {
            return WINDOW_LENGTH;
        }

        @Override
        public Parts<BaseModel, AnswerExtractor> on(BaseModel base, Setting setting) {
            SequenceHead head = setting.opened()
                    .add(new SequenceHead(
                            base.weights(),
                            base.family().answerHead(base.model()),
                            SpanObjective.OUTPUTS,
                            setting.config().seed()));
            AnswerEvaluation measured = new AnswerEvaluation(
                    data.evaluation(),
                    AnswerEvaluation.windows(data.evaluation(), base.tokenizer(), setting.maxLength()),
                    data.hasUnanswerable(),
                    setting.passes());
            return new Parts<>(
                    new SpanObjective(head, Backends.standard()),
                    () -> examples(base, setting.maxLength()),
                    measured,
                    trained -> {
                        AnswerEvaluation.Measured best = trained.best(measured);
                        SpansDescription described = new SpansDescription(
                                name,
                                data.hasUnanswerable() ? OptionalDouble.of(best.threshold()) : OptionalDouble.empty());
                        return new AnswerExtractor(
                                trained.parts(described, setting.maxLength()).with(head), Optional.of(best.scores()));
                    });
        }

        private List<TrainingExample> examples(BaseModel base, int length) {
            List<TrainingExample> examples = new ArrayList<>();
            List<AnswerWindows> windows = AnswerEvaluation.windows(data.train(), base.tokenizer(), length);
            int tooLong = 0;
            for (int i = 0; i < windows.size(); i++) {
                List<TokenSequence> labelled =
                        windows.get(i).labelled(data.train().get(i));
                tooLong += labelled.stream().anyMatch(AnswerWindows::isTooLong) ? 1 : 0;
                labelled.forEach(window -> examples.add(TrainingExample.of(window)));
            }
            if (tooLong > 0) {
                LOG.warn(
                        "{} of {} questions have an answer of more than {} tokens, which is never found whole",
                        tooLong,
                        windows.size(),
                        AnswerWindows.LONGEST);
            }
            return examples;
        }
    }

    /** Checks that a model can have a head for answers: it is not causal, and reads no images. */
    public static void requireEncoder(BaseModel model) {
        Require.argument(
                !model.readsImages() && !model.model().isCausal(),
                "model %s %s, expected an encoder of texts to answer questions",
                model.name(),
                model.readsImages() ? "reads images" : "reads texts up to each token alone");
    }
}
