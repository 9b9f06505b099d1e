package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingTask;

/** A type of tasks on a table of texts, or pairs of texts, with one label each. */
public abstract class LabelledTextsType implements TaskType {
    private final String name;
    private final List<TaskOption> further;

    /**
     * Creates a type.
     *
     * @param further the options beyond those of the table
     */
    protected LabelledTextsType(String name, List<TaskOption> further) {
        this.name = name;
        this.further = further;
    }

    /** Prepares reading the training file, whose columns are not set yet. */
    protected abstract LabelledData.FromFiles from(TaskOptions given);

    /** Makes the task of the data. */
    protected abstract TrainingTask<?, ?> task(LabelledData data);

    /** Sets the columns and the format of files. */
    public static LabelledData.FromFiles described(LabelledData.FromFiles files, TaskOptions given) {
        given.format().ifPresent(files::format);
        given.text(files::text, files::text);
        given.label().ifPresent(files::label);
        return files;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<TaskOption> options() {
        return Stream.of(List.of(TaskOption.TRAIN, TaskOption.DEV, TaskOption.EXAMPLES), columns(), further)
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public final List<TaskOption> columns() {
        return List.of(TaskOption.TEXT, TaskOption.LABEL, TaskOption.FORMAT);
    }

    @Override
    public void check(TaskOptions given) {
        given.requireOneFile();
        given.requireTexts(1, 2);
    }

    @Override
    public final TrainingTask<?, ?> read(TaskOptions given) throws IOException {
        LabelledData.FromFiles files = described(from(given), given);
        given.dev().ifPresent(files::dev);
        return task(files.read());
    }
}
