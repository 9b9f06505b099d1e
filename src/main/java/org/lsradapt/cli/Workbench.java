package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.tasks.Tasks;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What all methods and seeds of a run share: the task, its examples as tokens, and the frozen encoder.
 *
 * @param task the task
 * @param train training examples
 * @param evaluation evaluation examples
 * @param majorityAccuracy accuracy of always answering the most frequent class; empty for a regression
 * @param encoder the frozen weights; closed with the bench
 * @param layers the layers to adapt
 * @param card what is saved with each adapter
 * @param backend the arithmetic
 */
record Workbench(
        Task task,
        List<EncodedExample> train,
        List<EncodedExample> evaluation,
        OptionalDouble majorityAccuracy,
        TransformerWeights encoder,
        List<FrozenLinear> layers,
        AdapterCard card,
        Backend backend)
        implements AutoCloseable {

    /**
     * Loads everything and checks that every method can be set up on it.
     *
     * @throws BadInput if the settings do not fit the task or the model
     * @throws IOException if a file is missing or malformed
     */
    static Workbench load(FinetuneSettings settings) throws IOException {
        Backend backend = BadInput.in(Backends::standard);
        Task task = BadInput.in(() -> Tasks.named(settings.task()));
        TaskData data = BadInput.in(() -> task.load(settings.data()));
        Workbench bench;
        try (PretrainedModel model = BadInput.in(() -> Models.load(settings.model()))) {
            bench = load(settings, task, data, model, backend);
        }
        // The weights were read out of mapped files, whose pages stay resident until a collection finds the mappings.
        System.gc();
        return bench;
    }

    private static Workbench load(
            FinetuneSettings settings, Task task, TaskData data, PretrainedModel model, Backend backend)
            throws IOException {
        int longest = model.model().maxTokens();
        if (settings.maxLength() > longest) {
            throw new BadInput("--max-length " + settings.maxLength() + ": model " + settings.model()
                    + " has positions for " + longest + " tokens");
        }
        int length = settings.maxLength();
        List<EncodedExample> train =
                BadInput.in(() -> EncodedExample.encode(data.train(), model.tokenizer(), length));
        List<EncodedExample> evaluation = EncodedExample.encode(data.evaluation(), model.tokenizer(), length);
        boolean pairs = data.train().get(0).second() != null;
        TaskDescription description = task.kind() == TaskKind.REGRESSION
                ? TaskDescription.regression(task.name(), pairs)
                : TaskDescription.classification(task.name(), task.labels(), pairs);
        AdapterCard card = new AdapterCard(
                settings.model(), model.family().modelType(), model.fingerprint(), description, length);
        OptionalDouble majority = task.kind() == TaskKind.CLASSIFICATION
                ? OptionalDouble.of(TaskData.majorityBaseline(data.evaluation()))
                : OptionalDouble.empty();
        TransformerWeights encoder = new TransformerWeights(model.model(), model.weights(), DataType.FLOAT);
        try {
            List<FrozenLinear> layers = BadInput.in(() -> settings.targets().select(encoder.linearLayers()));
            for (Method method : settings.methods()) {
                BadInput.in(() -> check(method, settings, layers, backend));
            }
            return new Workbench(task, train, evaluation, majority, encoder, layers, card, backend);
        } catch (IOException | RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    /** Sets a method up and throws it away, so that a mistake shows before the first method has trained for hours. */
    private static Method check(
            Method method, FinetuneSettings settings, List<FrozenLinear> layers, Backend backend) {
        for (long seed : settings.seeds()) {
            settings.training(method, seed);
        }
        try (AdapterSet adapters = method.adapters(settings, layers, settings.seeds().get(0), backend)) {
            return method;
        }
    }

    @Override
    public void close() {
        encoder.close();
    }
}
