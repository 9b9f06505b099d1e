package org.lsradapt.tasks.official;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.embeddings.EmbeddingTask;
import org.lsradapt.tasks.embeddings.PairsTask;
import org.lsradapt.tasks.tokens.TokensTask;

/** The types of tasks of GLUE, SuperGLUE and WordNet. */
public final class PublishedTask {
    private static final int WORDNET_EPOCHS = 6;

    private static final String SEARCH = "wordnet-search";

    private static final TaskType WORDNET_SEARCH = TaskType.named(SEARCH)
            .options(TaskOption.TEACHER)
            .published()
            .defaults(given -> TrainingDefaults.PAIRS)
            .check(given -> {})
            .reads(given -> new PairsTask(SEARCH, WordNetPairs.read(), EmbeddingTask.Losses.USUAL));

    private static final TaskType WORDNET_WORDS = TaskType.named(WordNetTokens.NAME)
            .options(TaskOption.EXAMPLES, TokensTask.WORDS)
            .published()
            .check(TokensTask::words)
            .reads(given -> new TokensTask(WordNetTokens.NAME, WordNetTokens.read(), TokensTask.words(given)));

    private PublishedTask() {}

    /** Returns all types: classifications and regressions by name, then the others. */
    public static List<TaskType> all() {
        return Stream.concat(
                        Tasks.names().stream().map(name -> type(Tasks.named(name))),
                        Stream.of(WORDNET_SEARCH, WORDNET_WORDS))
                .toList();
    }

    private static TaskType type(Task task) {
        TaskType.Builder type = TaskType.named(task.name())
                .options(
                        TaskOption.DATA,
                        TaskOption.EXAMPLES,
                        TaskOption.TEACHER,
                        TaskOption.TEACHER_SHARE,
                        TaskOption.TEMPERATURE)
                .published()
                .check(given -> check(task, given.data()));
        return (task.needsFolder() ? type : type.epochs(WORDNET_EPOCHS)).reads(given -> {
            Optional<Path> folder = given.data();
            return new ClassificationTask(folder.isPresent() ? task.load(folder.get()) : task.load());
        });
    }

    private static void check(Task task, Optional<Path> folder) throws IOException {
        Require.argument(
                folder.isEmpty() || task.needsFolder(),
                "--data %s: task %s includes its data, expected no folder",
                folder.map(Path::toString).orElse(""),
                task.name());
        if (folder.isEmpty() && task.needsFolder()) {
            // Throws an exception that names the missing files.
            task.load();
        }
    }
}
