package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.LabelledRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.Task;

/** A task of GLUE, SuperGLUE or WordNet. */
record OfficialTask(Task task) implements DataTask {
    /** The data options that all official tasks take. */
    static final List<String> OPTIONS =
            List.of("--data", "--examples", "--teacher", "--teacher-share", "--temperature");

    private static final int WORDNET_EPOCHS = 6;

    @Override
    public String name() {
        return task.name();
    }

    @Override
    public List<String> options() {
        return OPTIONS;
    }

    @Override
    public boolean isOwn() {
        return false;
    }

    @Override
    public int epochs(TrainingDefaults defaults) {
        return task.needsFolder() ? DataTask.super.epochs(defaults) : WORDNET_EPOCHS;
    }

    @Override
    public void check(DataOptions given) throws IOException {
        Optional<Path> folder = given.data();
        if (folder.isPresent() && !task.needsFolder()) {
            throw new BadInput(
                    "--data " + folder.get() + ": task " + name() + " includes its data, expected no folder");
        }
        if (folder.isEmpty() && task.needsFolder()) {
            // Throws an exception that names the missing files.
            task.load();
        }
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        Optional<Path> folder = given.data();
        return new LabelledRunData(task, folder.isPresent() ? task.load(folder.get()) : task.load());
    }
}
