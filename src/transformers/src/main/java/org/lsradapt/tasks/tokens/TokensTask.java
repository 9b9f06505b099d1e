package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
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
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.inputs.WordReading;

/** Words with tags, such as names in texts. */
public final class TokensTask extends TrainingTask<TokenData, TokenClassifier> {
    private static final TaskOption WORD_COLUMN =
            TaskOption.value("--word-column", "N", "The number of the word column, from 1. Default: 1.");
    private static final TaskOption TAG_COLUMN =
            TaskOption.value("--tag-column", "N", "The number of the tag column, from 1. Default: the last one.");
    /** How words become tokens. */
    public static final TaskOption WORDS = TaskOption.value(
            "--words",
            "READING",
            "joined (by spaces, and tokenized as one text) or separate (each by itself, as transformers'"
                    + " is_split_into_words). Default: joined.");

    /** {@code --task tokens}. */
    public static final TaskType TYPE = TaskType.named(TokenData.NAME)
            .options(
                    TaskOption.TRAIN.described("Your training data: CoNLL columns, or JSON lines."),
                    TaskOption.DEV,
                    TaskOption.EXAMPLES)
            .columns(
                    TaskOption.TEXT.described(
                            "The field of the words or of the text in JSON lines. Default: tokens, or text."),
                    TaskOption.LABEL.described(
                            "The field of the tags or spans in JSON lines. Default: ner_tags, or spans."),
                    TaskOption.FORMAT,
                    WORD_COLUMN,
                    TAG_COLUMN)
            .options(TaskOption.OFFSETS, WORDS)
            .answers(TaskOption.OFFSETS)
            .sources(DatabaseOptions.ENCODING)
            .usualColumns("tokens")
            .usualColumns("words")
            .usualColumns("text", "spans")
            .check(given -> {
                given.requireOneFile();
                words(given);
            })
            .evaluation(TokensDescription.class, TokensTask::evaluation)
            .loads(TokensDescription.class, parts -> new TokenClassifier(parts, Optional.empty()))
            .reads(TokensTask::read);

    private final WordReading words;

    /** Creates a task of sentences with tags, with its name in folders and the way in which words become tokens. */
    public TokensTask(String name, TokenData data, WordReading words) {
        super(name, data, TrainingDefaults.HEAD, Feature.HEAD, Feature.FOLDS, Feature.LABEL_SMOOTHING);
        this.words = words;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation texts with %,d and %,d spans, %d tags",
                name(),
                data().train().size(),
                data().evaluation().size(),
                spans(data().train()),
                spans(data().evaluation()),
                data().labels().size());
    }

    private static long spans(List<LabelledWords> sentences) {
        return sentences.stream().mapToLong(sentence -> sentence.spans().size()).sum();
    }

    @Override
    protected TokensTask with(TokenData other) {
        return new TokensTask(name(), other, words);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "predict 'a text'", "TokenClassifier", "predict(\"a text\")");
    }

    @Override
    public String primaryMetric() {
        return EntityScores.METRICS.get(0);
    }

    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) {
        return List.of(Baseline.lexicon(data().lexiconBaseline().metrics()));
    }

    @Override
    public TokenClassifier train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(TokenClassifier.on((BaseModel) base).name(name()).words(words))
                .train(data());
    }

    @Override
    public double[][][] probabilities(TokenClassifier trained) {
        return trained.probabilities(
                data().evaluation().stream().map(LabelledWords::words).toList());
    }

    @Override
    public Measured measure(TokenClassifier model, Setup setup) {
        return measured(model.evaluate(data().evaluation()).inContext(data().evaluation()));
    }

    @Override
    public Measured measured(TokenClassifier trained) {
        return measured(trained.evaluated().orElseThrow().inContext(data().evaluation()));
    }

    @Override
    public Pool<TokenData, TokenClassifier> pool(boolean calibrated, OptionalDouble precision) {
        List<LabelledWords> sentences = new ArrayList<>();
        List<List<String>> predicted = new ArrayList<>();
        return new Pool<>() {
            @Override
            public int add(TokenData fold, TokenClassifier trained) {
                sentences.addAll(fold.evaluation());
                predicted.addAll(trained.predictTags(
                        fold.evaluation().stream().map(LabelledWords::words).toList()));
                return fold.evaluation().size();
            }

            @Override
            public Measured measured() {
                List<List<String>> truth =
                        sentences.stream().map(LabelledWords::tags).toList();
                return TokensTask.measured(EntityScores.of(truth, predicted).inContext(sentences));
            }
        };
    }

    private static Measured measured(EntityScores scores) {
        return new Measured(
                scores.metrics(), Optional.empty(), Optional.of(scores), scores.resamples(), Optional.empty());
    }

    static EvaluationData evaluation(TokensDescription task, Path file, TaskOptions given) throws IOException {
        List<LabelledWords> sentences =
                file(given.table(file.toString()), given).readAll(task.labels());
        return (tokenizer, maxLength) ->
                TokenEvaluation.of(sentences, task.labels(), task.words(), tokenizer, maxLength);
    }

    private static TokensTask read(TaskOptions given) throws IOException {
        TokenData.FromFile file = file(given.train(), given);
        given.dev().ifPresent(file::dev);
        return new TokensTask(TokenData.NAME, file.read(), words(given));
    }

    /** Returns how words become tokens. */
    public static WordReading words(TaskOptions given) {
        return given.value(WORDS).map(WordReading::named).orElse(WordReading.JOINED);
    }

    /** Prepares reading a file. */
    public static TokenData.FromFile file(Table file, TaskOptions given) {
        TokenData.FromFile data = TokenData.of(file).offsets(given.offsets());
        given.format().ifPresent(format -> {
            Require.argument(
                    format == DataFormat.JSON_LINES,
                    "--format %s: words with tags are read from CoNLL columns, which need no --format, or from"
                            + " json-lines",
                    format.label());
            data.jsonLines(true);
        });
        Require.argument(
                given.text().size() <= 1,
                "--text %s: expected the field of the words, or of the text",
                String.join(",", given.text()));
        given.text().forEach(data::text);
        given.label().ifPresent(data::label);
        given.integer(WORD_COLUMN).ifPresent(data::wordColumn);
        given.integer(TAG_COLUMN).ifPresent(data::tagColumn);
        return data;
    }
}
