package org.lsradapt.tasks.answers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.SpansDescription;

/** Questions about passages, answered with words of the passages. */
public final class SpansTask extends TrainingTask<AnswerData, AnswerExtractor> {
    /** The file for the answers in the form of SQuAD's script. */
    static final TaskOption SQUAD = new TaskOption(
            "--squad",
            TaskOption.Form.OUTPUT,
            "FILE",
            "Also write the answers to the questions of --data for SQuAD's script: a JSON object with each"
                    + " question's id and answer.");

    /** {@code --task spans}. */
    public static final TaskType TYPE = TaskType.named(AnswerData.NAME)
            .options(
                    TaskOption.TRAIN.described("Your training data: SQuAD's JSON, or JSON lines."),
                    TaskOption.DEV,
                    TaskOption.EXAMPLES)
            .columns(TaskOption.FORMAT)
            .options(TaskOption.OFFSETS)
            .answers(TaskOption.OFFSETS, SQUAD)
            .sources(DatabaseOptions.ENCODING)
            .usualColumns("context", "question")
            .usualColumns("data", "paragraphs")
            .check(given -> {
                given.requireOneFile();
                given.format().ifPresent(SpansTask::requireLines);
            })
            .evaluation(SpansDescription.class, SpansTask::evaluation)
            .loads(SpansDescription.class, parts -> new AnswerExtractor(parts, Optional.empty()))
            .reads(SpansTask::read);

    /** Creates a task of questions with answers, with its name in folders. */
    public SpansTask(String name, AnswerData data) {
        super(name, data, TrainingDefaults.HEAD, Feature.HEAD);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation questions, %,d and %,d of which have no answer",
                name(),
                data().train().size(),
                data().evaluation().size(),
                unanswerable(data().train()),
                unanswerable(data().evaluation()));
    }

    private static long unanswerable(List<AnsweredQuestion> questions) {
        return questions.stream().filter(one -> !one.isAnswerable()).count();
    }

    @Override
    protected SpansTask with(AnswerData other) {
        return new SpansTask(name(), other);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter, "predict --file questions.tsv", "AnswerExtractor", "answer(\"a question\", \"a passage\")");
    }

    @Override
    public String primaryMetric() {
        return AnswerScores.METRICS.get(0);
    }

    @Override
    public int usualLength(FrozenModel base) {
        return AnswerExtractor.WINDOW_LENGTH;
    }

    /** Returns the scores of answering no question, if some questions have no answer. */
    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) {
        List<AnsweredQuestion> questions = data().evaluation();
        AnswerScores none = AnswerScores.of(questions, Collections.nCopies(questions.size(), ""));
        return none.unanswerable().isEmpty() ? List.of() : List.of(Baseline.noAnswer(none.metrics()));
    }

    @Override
    public AnswerExtractor train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(AnswerExtractor.on((BaseModel) base).name(name())).train(data());
    }

    @Override
    public Measured measure(AnswerExtractor model, Setup setup) {
        return measured(model.evaluate(data().evaluation()));
    }

    @Override
    public Measured measured(AnswerExtractor trained) {
        return measured(trained.evaluated().orElseThrow());
    }

    private static Measured measured(AnswerScores scores) {
        return new Measured(scores.metrics(), scores.resamples());
    }

    static EvaluationData evaluation(SpansDescription task, Path file, TaskOptions given) throws IOException {
        List<AnsweredQuestion> questions =
                file(given.table(file.toString()), given).readAll();
        return (tokenizer, maxLength) ->
                AnswerEvaluation.of(questions, task.noAnswerThreshold().isPresent(), tokenizer, maxLength);
    }

    private static void requireLines(DataFormat format) {
        Require.argument(
                format == DataFormat.JSON_LINES,
                "--format %s: questions about passages are read from SQuAD's JSON, which needs no --format, or from"
                        + " json-lines",
                format.label());
    }

    private static SpansTask read(TaskOptions given) throws IOException {
        AnswerData.FromFile file = file(given.train(), given);
        given.dev().ifPresent(file::dev);
        return new SpansTask(AnswerData.NAME, file.read());
    }

    /** Prepares reading a file. */
    public static AnswerData.FromFile file(Table file, TaskOptions given) {
        AnswerData.FromFile questions = AnswerData.of(file).offsets(given.offsets());
        given.format().ifPresent(format -> {
            requireLines(format);
            questions.jsonLines();
        });
        return questions;
    }
}
