package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.Evaluation;
import org.lsradapt.transformer.inputs.Tokenizer;

/** Evaluation data for a saved adapter, which becomes an evaluation once the base model is known. */
@FunctionalInterface
public interface EvaluationData {

    /** Returns the evaluation of a model of texts with adapters for the task. */
    Evaluation evaluation(Tokenizer tokenizer, int maxLength);

    /** Whether adapters for a task can be measured on a file. */
    static boolean isReadFor(TaskDescription task) {
        return reader(task).isPresent();
    }

    private static Optional<TaskType.Evaluated> reader(TaskDescription task) {
        return TaskModule.allTypes().stream()
                .flatMap(type -> Optional.ofNullable(type.evaluations().get(task.getClass())).stream())
                .findFirst();
    }

    /**
     * Reads a file in the form of the task's training data.
     *
     * @param task the task of the adapter, one that {@link #isReadFor} accepts
     * @throws IllegalArgumentException if the task takes no such option, or the file has other inputs than the task
     * @throws IOException if the file is missing or malformed; the message names it
     */
    static EvaluationData read(TaskDescription task, Path file, TaskOptions given) throws IOException {
        TaskType.Evaluated reading = reader(task).orElseThrow();
        List<String> taken = reading.options().stream().map(TaskOption::name).toList();
        for (String option : given.values().keySet()) {
            Require.argument(
                    taken.contains(option),
                    "%s with --dev %s: the adapter's task %s (%s) takes none, expected only %s",
                    option,
                    file,
                    task.name(),
                    task.kind(),
                    String.join(", ", taken));
        }
        return reading.reader().read(task, file, given);
    }
}
