package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.encoder.EncoderWeights;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.AdapterReduction;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.report.TextTable;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.Tasks;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code reduce}. */
@Command(
        name = "reduce",
        sortOptions = false,
        description = "Brings a saved adapter to fewer Kronecker terms, each A and B to the nearest sum of that many, and"
                + " shows what it costs: the error of the updates, and the metrics on the adapter's task. Needs no training.")
final class ReduceCommand implements Callable<Integer> {

    private final Console console;

    @Option(names = "--adapter", required = true, paramLabel = "FOLDER",
            description = "An adapter that finetune saved, such as RUN/lsr-1.")
    private Path adapter;

    @Option(names = "--s", split = ",", paramLabel = "S", description = "Numbers of terms; default: ${DEFAULT-VALUE}")
    private List<Integer> terms = List.of(16, 8, 4, 2);

    @Option(names = "--data", paramLabel = "DIR", description = "The task's files, for a task that has any.")
    private Path data;

    @Option(names = "--out", paramLabel = "DIR",
            description = "Writes the reduced adapters here, DIR/s8 and so on; else nothing is written.")
    private Path out;

    ReduceCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Backend backend = BadInput.in(Backends::standard);
        if (out != null) {
            OutputFolder.requireFree(out);
        }
        try (SavedAdapter saved = BadInput.in(() -> AdapterFolder.load(adapter))) {
            if (saved.config() == null || saved.config().isLora()) {
                throw new BadInput(adapter + ": has no Kronecker terms, expected an adapter of method lsr");
            }
            Task task = BadInput.in(() -> Tasks.named(saved.card().task().name()));
            TaskData examples = BadInput.in(() -> task.load(data));
            String name = saved.card().baseModel();
            try (PretrainedModel base = BadInput.in(() -> Models.load(name));
                    EncoderWeights encoder =
                            new EncoderWeights(base.config(), base.weights(), DataType.FLOAT);
                    RestoredModel restored =
                            BadInput.in(() -> saved.restore(encoder, name, base.fingerprint(), backend))) {
                List<EncodedExample> evaluation = EncodedExample.encode(
                        examples.evaluation(), base.tokenizer(), saved.card().maxLength());
                reduce(saved, restored, task, evaluation);
            }
        }
        return 0;
    }

    private void reduce(
            SavedAdapter saved, RestoredModel restored, Task task, List<EncodedExample> evaluation)
            throws IOException {
        Map<String, Double> before = Evaluation.of(restored.model(), task, evaluation);
        List<String> header = new ArrayList<>(List.of("s", "adapters", "mean error", "largest error", "largest γ"));
        header.addAll(before.keySet());
        TextTable table = new TextTable(0, header);
        table.add(row(
                saved.config().separationRank() + " as trained", restored.adapters(), restored.adapters(), before));
        for (int s : terms) {
            AdapterSet reduced = BadInput.in(() -> AdapterReduction.of(restored.adapters(), s));
            try (RestoredModel model = restored.withAdapters(reduced)) {
                table.add(row(
                        Integer.toString(s),
                        restored.adapters(),
                        reduced,
                        Evaluation.of(model.model(), task, evaluation)));
                if (out != null) {
                    AdapterFolder.save(
                            out.resolve("s" + s), saved.card(), reduced, model.model().head());
                }
            }
        }
        console.out().print(table.toText());
    }

    private static List<String> row(
            String title, AdapterSet exact, AdapterSet reduced, Map<String, Double> metrics) {
        double sum = 0;
        double largest = 0;
        double worst = 0;
        for (LsrAdapter now : reduced.adapters()) {
            double error = AdapterReduction.relativeError(exact.find(now.name()), now);
            sum += error;
            largest = Math.max(largest, error);
            worst = Math.max(worst, ConditionNumber.of(now.a()).value());
            worst = Math.max(worst, ConditionNumber.of(now.b()).value());
        }
        List<String> row = new ArrayList<>(List.of(
                title,
                String.format(Locale.ROOT, "%,d", reduced.parameterCount()),
                String.format(Locale.ROOT, "%.4f", sum / reduced.adapters().size()),
                String.format(Locale.ROOT, "%.4f", largest),
                String.format(Locale.ROOT, "%.3f", worst)));
        metrics.values().forEach(value -> row.add(String.format(Locale.ROOT, "%.4f", value)));
        return row;
    }
}
