package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * A kind of task that can be trained: the options that it takes, and how it reads its data. Immutable. {@link
 * TaskModule#allTypes} lists those for the user's own data.
 *
 * @param options the options that this type takes; options that only other types take are refused
 * @param columns the options that describe the columns and the format of a file, for predictions and measurements as well
 * @param answers the options that describe how the answers of a trained model are written
 * @param sources the options that say where the rows come from, for predictions as well
 * @param usualColumns signs of a file for this task: sets of columns that occur together in its first line, those that decide first
 * @param isPublished whether the data comes with the library, or from a published data set
 * @param standalone the training of a task that adapts no base model; empty for a task of runs
 * @param defaults returns the training defaults for checked options, before the data is read
 * @param ownEpochs the default number of epochs, if it is not that of the defaults
 * @param check checks options against each other, without reading data files
 * @param evaluations read evaluation data for saved tasks, by their kinds
 * @param loading makes the model of a saved task, which takes ownership of the parts; empty for tasks of other types
 */
public record TaskType(
        String name,
        List<TaskOption> options,
        List<TaskOption> columns,
        List<TaskOption> answers,
        List<TaskOption> sources,
        List<List<String>> usualColumns,
        boolean isPublished,
        Optional<StandaloneTraining> standalone,
        Function<TaskOptions, TrainingDefaults> defaults,
        OptionalInt ownEpochs,
        Check check,
        Reader data,
        Map<Class<? extends TaskDescription>, Evaluated> evaluations,
        Function<ModelParts, Optional<FineTunedModel>> loading) {

    /** Checks options. */
    @FunctionalInterface
    public interface Check {
        /**
         * Throws an {@link IllegalArgumentException} if an option does not fit.
         *
         * @throws IOException if official files are missing
         */
        void check(TaskOptions given) throws IOException;
    }

    /** Reads the data of a task. */
    @FunctionalInterface
    public interface Reader {
        /**
         * Reads the data.
         *
         * @throws IOException if a file is missing or malformed; the message names it
         */
        TrainingTask<?, ?> read(TaskOptions given) throws IOException;
    }

    /** Evaluation data for a saved task. */
    public record Evaluated(List<TaskOption> options, EvaluationReader<TaskDescription> reader) {}

    /**
     * Reads a file of evaluation data.
     *
     * @param <D> the kind of saved task
     */
    @FunctionalInterface
    public interface EvaluationReader<D extends TaskDescription> {
        /** Reads the file in the form that options describe. */
        EvaluationData read(D task, Path file, TaskOptions given) throws IOException;
    }

    /** Begins the description of a type. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Returns the options of a training: those of the task, and those of the source of its rows. */
    public List<TaskOption> trainingOptions() {
        List<TaskOption> all = new ArrayList<>(options);
        all.addAll(sources);
        if (sources.contains(DatabaseOptions.SQL)) {
            all.add(DatabaseOptions.DEV_SQL);
        }
        return all;
    }

    /** Returns the default number of epochs before the data is read; few examples get more. */
    public int epochs(TaskOptions given) {
        return ownEpochs.orElseGet(() -> defaults.apply(given).withoutAdapters().epochs());
    }

    /** Describes a type, by default one of a head that reads one file to train on. For one thread. */
    public static final class Builder {
        private final String name;
        private final List<TaskOption> options = new ArrayList<>();
        private List<TaskOption> columns = List.of();
        private List<TaskOption> answers = List.of();
        private Optional<List<TaskOption>> sources = Optional.empty();
        private final List<List<String>> usualColumns = new ArrayList<>();
        private boolean published;
        private Optional<StandaloneTraining> standalone = Optional.empty();
        private Function<TaskOptions, TrainingDefaults> defaults = given -> TrainingDefaults.HEAD;
        private OptionalInt epochs = OptionalInt.empty();
        private Check check = TaskOptions::requireOneFile;
        private final Map<Class<? extends TaskDescription>, Evaluated> evaluations = new HashMap<>();
        private Function<ModelParts, Optional<FineTunedModel>> loading = parts -> Optional.empty();

        private Builder(String name) {
            this.name = name;
        }

        /** Adds options of a training. */
        public Builder options(TaskOption... further) {
            options.addAll(Arrays.asList(further));
            return this;
        }

        /** Sets the options that describe columns and format, which a training takes too. */
        public Builder columns(TaskOption... ofFiles) {
            columns = List.of(ofFiles);
            return options(ofFiles);
        }

        /** Sets the options that describe how answers are written. */
        public Builder answers(TaskOption... ofAnswers) {
            answers = List.of(ofAnswers);
            return this;
        }

        /** Sets the options of the source of rows; by default all of them, if the type takes {@link TaskOption#FORMAT}. */
        public Builder sources(TaskOption... ofRows) {
            sources = Optional.of(List.of(ofRows));
            return this;
        }

        /** Adds columns that occur together in the first line of a file for this task. */
        public Builder usualColumns(String... together) {
            usualColumns.add(List.of(together));
            return this;
        }

        /** Says that the data comes with the library, or from a published data set. */
        public Builder published() {
            published = true;
            return this;
        }

        /** Sets the training defaults, which may depend on the options. */
        public Builder defaults(Function<TaskOptions, TrainingDefaults> ofOptions) {
            defaults = ofOptions;
            return this;
        }

        /** Sets the default number of epochs, instead of that of the defaults. */
        public Builder epochs(int usual) {
            epochs = OptionalInt.of(usual);
            return this;
        }

        /** Sets the check of the options; by default {@link TaskOptions#requireOneFile}. */
        public Builder check(Check ofOptions) {
            check = ofOptions;
            return this;
        }

        /**
         * Adds a reader of evaluation data for a kind of saved task.
         *
         * @param ofFile the options that describe the file; by default those of columns, those of answers that are read too, and the
         *     encoding
         */
        public <D extends TaskDescription> Builder evaluation(
                Class<D> saved, EvaluationReader<D> reader, TaskOption... ofFile) {
            List<TaskOption> usual = Stream.of(columns, answers, List.of(DatabaseOptions.ENCODING))
                    .flatMap(List::stream)
                    .filter(option -> option.form() != TaskOption.Form.OUTPUT)
                    .toList();
            evaluations.put(
                    saved,
                    new Evaluated(
                            ofFile.length == 0 ? usual : List.of(ofFile),
                            (task, file, given) -> reader.read(saved.cast(task), file, given)));
            return this;
        }

        /** Adds the making of the models of saved tasks of a kind. */
        public Builder loads(Class<? extends TaskDescription> saved, Function<ModelParts, FineTunedModel> model) {
            return loads(parts -> saved.isInstance(parts.task()), model);
        }

        /** Adds the making of models from some parts. */
        public Builder loads(Predicate<ModelParts> fits, Function<ModelParts, FineTunedModel> model) {
            Function<ModelParts, Optional<FineTunedModel>> others = loading;
            loading = parts -> fits.test(parts) ? Optional.of(model.apply(parts)) : others.apply(parts);
            return this;
        }

        /** Makes a type of a task that adapts no base model. */
        public TaskType standalone(StandaloneTraining training) {
            standalone = Optional.of(training);
            return reads(given -> {
                throw new IllegalArgumentException("--task " + name
                        + ": adapts no layer of a base model, expected it in the command finetune alone");
            });
        }

        /** Makes the type. */
        public TaskType reads(Reader data) {
            boolean tables = options.stream().anyMatch(option -> option.name().equals(TaskOption.FORMAT.name()));
            return new TaskType(
                    name,
                    List.copyOf(options),
                    columns,
                    answers,
                    sources.orElse(tables ? DatabaseOptions.all() : List.of()),
                    List.copyOf(usualColumns),
                    published,
                    standalone,
                    defaults,
                    epochs,
                    check,
                    data,
                    Map.copyOf(evaluations),
                    loading);
        }
    }
}
