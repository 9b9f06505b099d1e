package org.lsradapt.tasks.official;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.data.Task;

/**
 * The tasks by name.
 *
 * <p>{@code wordnet} and {@code wordnet-10k} need no files. The others read the official files from a folder:
 * {@code train.tsv} and {@code dev.tsv} of the GLUE tasks {@code cola}, {@code sst2} (also {@code sst-2}), {@code mrpc},
 * {@code stsb} (also {@code sts-b}), {@code qqp}, {@code mnli}, {@code qnli}, {@code rte} and {@code wnli};
 * {@code train.jsonl} and {@code val.jsonl} of the SuperGLUE tasks {@code boolq}, {@code cb}, {@code copa}, {@code wic} and
 * {@code wsc}. {@code mnli} is evaluated on {@code dev_matched.tsv}; {@code mnli-mm} trains on the same file and is
 * evaluated on {@code dev_mismatched.tsv}.
 */
public final class Tasks {

    private static final Map<String, Task> BY_NAME = byName();
    private static final Map<String, String> ALIASES = Map.of("sst-2", "sst2", "sts-b", "stsb");

    private Tasks() {}

    /**
     * Finds a task.
     *
     * @param name one of {@link #names()} or of the aliases above, in any case
     * @throws IllegalArgumentException if there is no such task; the message lists the available ones
     */
    public static Task named(String name) {
        Task task = BY_NAME.get(key(name));
        if (task == null) {
            throw new IllegalArgumentException(
                    "unknown task \"" + name + "\", expected one of " + String.join(", ", names()));
        }
        return task;
    }

    /** Whether {@link #named} finds a task of this name. */
    public static boolean has(String name) {
        return BY_NAME.containsKey(key(name));
    }

    /** Returns the names of all tasks in an unmodifiable list. Tasks that need no files come first. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    private static String key(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        return ALIASES.getOrDefault(key, key);
    }

    private static Map<String, Task> byName() {
        List<Task> all = new ArrayList<>();
        all.addAll(WordNetTask.all());
        all.addAll(GlueTasks.all());
        all.addAll(SuperGlueTasks.all());
        Map<String, Task> byName = new LinkedHashMap<>();
        all.forEach(task -> byName.put(task.name(), task));
        return byName;
    }
}
