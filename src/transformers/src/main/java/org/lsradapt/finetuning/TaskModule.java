package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The contribution of a task's package: the types of tasks that it trains, and the models that it loads. {@code META-INF/services}
 * lists the modules of this library, in the order of messages; a new task is registered there.
 */
public interface TaskModule {

    /** Returns the types of tasks that this module trains. */
    List<TaskType> types();

    /** Makes the model of a saved task, which takes ownership of the parts; empty if the task is another module's. */
    Optional<FineTunedModel> load(LoadedParts parts);

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
