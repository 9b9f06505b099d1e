package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * The contribution of a task's package: the types of tasks that it trains, and the models that it loads. {@code META-INF/services}
 * lists the modules of this library, in the order of messages; a new task is registered there.
 */
public interface TaskModule {

    /** Returns the types of tasks that this module trains. */
    List<TaskType> types();

    /**
     * Makes the model of a saved task.
     *
     * @param parts the loaded parts; the model takes ownership
     * @return the model; empty if the task is another module's
     */
    Optional<FineTunedModel> load(LoadedParts parts);

    /** Returns how evaluation data for a saved task is read; empty if this module does not read it. */
    default Optional<EvaluationReader> evaluation(TaskDescription task) {
        return Optional.empty();
    }

    /**
     * Reads evaluation data for a saved task.
     *
     * @param options the options that describe a file
     * @param reading reads it
     */
    record EvaluationReader(List<TaskOption> options, Reading reading) {

        /** Creates a reader that takes the options by which a type describes its files. */
        public static EvaluationReader of(TaskType type, Reading reading) {
            return new EvaluationReader(
                    Stream.concat(type.columns().stream(), type.answers().stream())
                            .filter(option -> option.form() != TaskOption.Form.OUTPUT)
                            .toList(),
                    reading);
        }
    }

    /** Reads a file of evaluation data. */
    @FunctionalInterface
    interface Reading {
        /** Reads the file in the form that options describe. */
        EvaluationData read(Path file, TaskOptions given) throws IOException;
    }

    /** Returns all modules. */
    static List<TaskModule> all() {
        return Modules.ALL;
    }

    /** Returns the types of tasks of all modules. */
    static List<TaskType> allTypes() {
        return all().stream().flatMap(module -> module.types().stream()).toList();
    }

    /** The modules on the class path, found at the first use: a server asks for them with every request. */
    final class Modules {
        private static final List<TaskModule> ALL =
                ServiceLoader.load(TaskModule.class, TaskModule.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList();

        private Modules() {}
    }
}
