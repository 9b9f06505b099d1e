package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code finetune}. */
@Command(
        name = "finetune",
        sortOptions = false,
        showDefaultValues = true,
        description = "Fine-tunes a model on a task, by several methods on the same data, and compares them.")
final class FinetuneCommand implements Callable<Integer> {

    private final Console console;

    @Option(names = "--model", paramLabel = "MODEL",
            description = "Base model: minilm, bert-base, or a Hugging Face folder of type bert or roberta.")
    private String model = Defaults.MODEL;

    @Option(names = "--task", paramLabel = "TASK",
            description = "wordnet, which needs no files, or a GLUE or SuperGLUE task.")
    private String task = Defaults.TASK;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of the task's official files.")
    private Path data;

    @Option(names = "--out", paramLabel = "RUN",
            description = "Folder for adapters, metrics and report, empty or not there yet. Default:"
                    + " runs/TASK-MODEL, with a number where that is taken.")
    private Path out;

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private AdapterOptions adapter = new AdapterOptions();

    @Mixin
    private PrecisionOptions numerics = new PrecisionOptions();

    @Option(names = "--quiet", description = "Print the table only.")
    private boolean quiet;

    FinetuneCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (out != null) {
            OutputFolder.requireFree(out);
        }
        FinetuneSettings settings = BadInput.in(this::settings);
        Path folder =
                out != null ? out : OutputFolder.fresh(OutputFolder.RUNS, settings.task(), settings.model());
        new FineTuning(settings, folder, console, quiet).run();
        return 0;
    }

    private FinetuneSettings settings() {
        Task named = Tasks.named(task);
        if (data != null && !named.needsFolder()) {
            throw new BadInput("--data " + data + ": task " + named.name()
                    + " brings its data along, expected no folder");
        }
        return new FinetuneSettings(
                model,
                named.name(),
                data,
                training.methods(),
                training.seeds(),
                adapter.targets(),
                adapter.lsr(),
                adapter.lora(),
                training.lsrRate,
                training.loraRate,
                training.headRate,
                training.epochs(named.name()),
                training.batch,
                training.maxLength,
                training.weightDecay,
                training.warmUp,
                training.clip,
                numerics.lowPrecision(),
                numerics.monitor(adapter.lsr()),
                numerics.skew());
    }
}
