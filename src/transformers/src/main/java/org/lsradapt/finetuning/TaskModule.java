package org.lsradapt.finetuning;

import java.util.List;
import java.util.ServiceLoader;

/** A list of types of tasks, which {@code META-INF/services} names. */
public interface TaskModule {

    /** Returns the types of tasks, in the order of messages. */
    List<TaskType> types();

    /** Returns the types of tasks of all modules. */
    static List<TaskType> allTypes() {
        return Modules.TYPES;
    }

    /** The modules on the class path, found at the first use: a server asks for them with every request. */
    final class Modules {
        private static final List<TaskType> TYPES =
                ServiceLoader.load(TaskModule.class, TaskModule.class.getClassLoader()).stream()
                        .flatMap(module -> module.get().types().stream())
                        .toList();

        private Modules() {}
    }
}
