package org.lsradapt.tasks.official;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.embeddings.EmbeddingTask;
import org.lsradapt.tasks.embeddings.PairsTask;
import org.lsradapt.tasks.tokens.TokensTask;

/** A task of GLUE, SuperGLUE or WordNet. */
public final class PublishedTask implements TaskType {
    private static final int WORDNET_EPOCHS = 6;

    private final Task task;

    private PublishedTask(Task task) {
        this.task = task;
    }

    /** Returns all types: classifications and regressions by name, then the others. */
    public static List<TaskType> all() {
        return Stream.concat(
                        Tasks.names().stream().map(name -> new PublishedTask(Tasks.named(name))),
                        Stream.of(new WordNetSearch(), new WordNetWords()))
                .toList();
    }

    @Override
    public String name() {
        return task.name();
    }

    @Override
    public List<TaskOption> options() {
        return List.of(
                TaskOption.DATA,
                TaskOption.EXAMPLES,
                TaskOption.TEACHER,
                TaskOption.TEACHER_SHARE,
                TaskOption.TEMPERATURE);
    }

    @Override
    public boolean isPublished() {
        return true;
    }

    @Override
    public int epochs(TaskOptions given) {
        return task.needsFolder() ? TaskType.super.epochs(given) : WORDNET_EPOCHS;
    }

    @Override
    public void check(TaskOptions given) throws IOException {
        Optional<Path> folder = given.data();
        Require.argument(
                folder.isEmpty() || task.needsFolder(),
                "--data %s: task %s includes its data, expected no folder",
                folder.map(Path::toString).orElse(""),
                name());
        if (folder.isEmpty() && task.needsFolder()) {
            // Throws an exception that names the missing files.
            task.load();
        }
    }

    @Override
    public ClassificationTask read(TaskOptions given) throws IOException {
        Optional<Path> folder = given.data();
        return new ClassificationTask(folder.isPresent() ? task.load(folder.get()) : task.load());
    }

    /** The task of WordNet's words and definitions as pairs. */
    private static final class WordNetSearch implements TaskType {
        @Override
        public String name() {
            return "wordnet-search";
        }

        @Override
        public List<TaskOption> options() {
            return List.of(TaskOption.TEACHER);
        }

        @Override
        public boolean isPublished() {
            return true;
        }

        @Override
        public TrainingDefaults defaults(TaskOptions given) {
            return TrainingDefaults.PAIRS;
        }

        @Override
        public void check(TaskOptions given) {}

        @Override
        public PairsTask read(TaskOptions given) throws IOException {
            return new PairsTask(name(), WordNetPairs.read(), EmbeddingTask.Losses.USUAL);
        }
    }

    /** The task of tagged words in WordNet's definitions. */
    private static final class WordNetWords implements TaskType {
        @Override
        public String name() {
            return WordNetTokens.NAME;
        }

        @Override
        public List<TaskOption> options() {
            return List.of(TaskOption.EXAMPLES, TokensTask.Type.WORDS);
        }

        @Override
        public boolean isPublished() {
            return true;
        }

        @Override
        public void check(TaskOptions given) {
            TokensTask.Type.words(given);
        }

        @Override
        public TokensTask read(TaskOptions given) throws IOException {
            return new TokensTask(name(), WordNetTokens.read(), TokensTask.Type.words(given));
        }
    }
}
