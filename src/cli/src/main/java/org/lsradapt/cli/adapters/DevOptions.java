package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.nio.file.Path;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.SavedColumns;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.tasks.description.TaskDescription;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option that names the user's own evaluation data for a saved adapter, with the options of {@link TaskOptionSpecs.OfFiles}. */
final class DevOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Your evaluation data, as for finetune --dev: a table with labels (classification and"
                    + " regression of texts), a file with tags (words), questions about passages (answers), or plain"
                    + " text (.txt, or a folder of such files) or a table of instructions (next-token prediction).")
    @Names(Names.Use.INPUT)
    private Path file;

    boolean isGiven() {
        return file != null;
    }

    @Override
    public String toString() {
        return "--dev " + file;
    }

    void check() {
        if (file == null && !given("").values().isEmpty()) {
            throw new BadInput(
                    "--text, --label, --format, --encoding and the options of tokens and labels describe a file; expected"
                            + " --dev FILE with them");
        }
    }

    private TaskOptions given(String task) {
        return TaskOptionSpecs.given(spec, task);
    }

    /** Reads the file for the adapter's task, with the columns of the adapter's folder unless options name others. */
    EvaluationData read(TaskDescription task, Path adapter) throws IOException {
        return EvaluationData.read(task, file, SavedColumns.add(given(task.name()), adapter, file));
    }

    /** Checks that a file can be read for a task, if one is given. */
    void requireFits(TaskDescription task) {
        refuse(isGiven() && (task.hasTowers() || !EvaluationData.isReadFor(task)), task);
    }

    /** Throws {@link BadInput}, which says that the task cannot be measured, if {@code wrong}. */
    void refuse(boolean wrong, TaskDescription task) {
        BadInput.throwIf(
                wrong,
                this + ": the adapter's task " + task.name() + " ("
                        + task.kind() + ") is not measured here,"
                        + " expected an adapter of a classification or regression of texts, or of next-token prediction");
    }
}
